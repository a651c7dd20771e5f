//! The same bytes, however a multipipeline is run.

use std::collections::BTreeMap;

use wpipe::{Persist, Runner};

use crate::support::{Workshop, node, over, workers};

const PARTITIONS: usize = 7;

/// Two layers, a side branch and a node behind the barrier.
fn manifest(workshop: &Workshop, slices: usize, keys: &str) -> String {
    workshop.set("raw", "suffix = \".txt\"")
        + &workshop.set("other", "")
        + &workshop.set("side", "")
        + &workshop.set("out", "suffix = \".out\"")
        + &workshop.text("all")
        + &node("first", "copy_text", &["raw"], "one")
        + &node("branch", "upper", &["one"], "side")
        + &node("last", "join_texts", &["one", "other"], "out")
        + &node("see", "concat_texts", &["out"], "all")
        + &over(&["first", "branch", "last"], &["raw", "other"], &format!("slices = {slices}\n{keys}"))
}

fn workshop(is_local: bool) -> Workshop {
    let workshop = if is_local { Workshop::local() } else { Workshop::s3() };
    for index in 0..PARTITIONS {
        // From nothing to more than a page.
        let text = "x".repeat(index * 3000);
        workshop.put("raw", &format!("day.{index}.txt"), &format!("{index}{text}"));
        workshop.put("other", &format!("day.{index}"), &format!("other {index}"));
    }
    workshop
}

/// Everything that is made.
fn made(workshop: &Workshop, manifest: &str, runner: Runner, persist: Persist) -> BTreeMap<String, String> {
    workshop.run_with(manifest, |run| run.runner(runner).persist(persist)).unwrap();
    let sets = ["side", "out"]
        .into_iter()
        .flat_map(|set| workshop.objects(set).into_iter().map(move |(name, text)| (format!("{set}/{name}"), text)));
    let all = std::fs::read_to_string(workshop.folder("all")).unwrap();
    sets.chain([("all".to_owned(), all)]).collect()
}

#[test]
fn every_runner_and_number_of_slices_makes_the_same() {
    let expected = {
        let workshop = workshop(true);
        made(&workshop, &manifest(&workshop, 1, ""), Runner::Sequential, Persist::Tee)
    };
    assert_eq!(expected.len(), 2 * PARTITIONS + 1);
    for is_local in [true, false] {
        let workshop = workshop(is_local);
        for slices in 1..=3 * PARTITIONS {
            let runner = [Runner::Sequential, workers(1), workers(2), workers(8)][slices % 4];
            let keys = if slices % 3 == 0 { "balance = \"size\"" } else { "" };
            let now = made(&workshop, &manifest(&workshop, slices, keys), runner, Persist::Tee);
            assert_eq!(now, expected, "{slices} slices, {runner:?}, local: {is_local}");
        }
    }
}

#[test]
fn every_way_to_storage_makes_the_same() {
    let workshop = workshop(true);
    let manifest = manifest(&workshop, 3, "");
    let expected = made(&workshop, &manifest, Runner::Sequential, Persist::Tee);
    for persist in [Persist::Sync, Persist::Async, Persist::Cache, Persist::CacheAsync] {
        for runner in [Runner::Sequential, workers(2)] {
            assert_eq!(made(&workshop, &manifest, runner, persist), expected, "{persist}, {runner:?}");
        }
    }
}
