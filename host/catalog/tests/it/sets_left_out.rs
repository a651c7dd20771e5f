//! Objects at a set's root that are none of its partitions: hidden names, and those that `glob` and `exclude` leave
//! out.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;

use wpipe_catalog::{DataError, Partitioned};

use crate::sets_support::*;
use crate::support::*;

fn csv() -> Partitioned {
    Partitioned { suffix: ".csv".to_owned(), prune: true, ..Partitioned::default() }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The files that other tools leave beside data, with the suffix.
const FOREIGN: [&str; 6] =
    [".ipynb_checkpoints/a-checkpoint", "._a", "x/._b", "_temporary/0/part", "_delta_log/0", "x/_metadata"];

#[test]
fn hidden_objects_are_no_partitions_and_are_shown() {
    for root in Root::all() {
        for name in ["a", "x/b"].iter().chain(&FOREIGN) {
            root.write(&format!("set/{name}.csv"), "text");
        }
        root.write("set/_SUCCESS", "");
        let set = root.open_set_as(csv());
        assert_eq!(ids(&list(&set)), ["a", "x/b"]);
        let description = wait(set.describe()).expect("described");
        assert_eq!((description.count, description.hidden.len(), description.others.len()), (2, 7, 0));
        let all = root.open_set_as(Partitioned { hidden: true, ..csv() });
        assert_eq!(ids(&list(&all)).len(), 2 + FOREIGN.len());
    }
}

#[test]
fn what_is_no_partition_is_never_pruned() {
    for root in Root::all() {
        for name in ["old", "tmp/x", "2023/a"].iter().chain(&FOREIGN) {
            root.write(&format!("set/{name}.csv"), "text");
        }
        let of_set = Partitioned { glob: owned(&["20*/**", "old", "new"]), exclude: owned(&["2023/"]), ..csv() };
        let set = root.open_set_as(of_set);
        let committed = replace(&set, "r1", &texts([("new", "text")]));
        assert_eq!(committed.pruned, ["old"]);
        for name in ["new", "tmp/x", "2023/a"].iter().chain(&FOREIGN) {
            assert_eq!(root.read(&format!("set/{name}.csv")), "text", "{name}");
        }
    }
}

#[test]
fn globs_and_exclusions_hold_for_what_others_put_there_and_for_what_runs_have_made() {
    for root in Root::all() {
        let all = texts([("2023/a", "1"), ("2024/a", "2"), ("2024/a.bak", "3"), ("2024/old/b", "4")]);
        for (id, text) in &all {
            root.write(&format!("set/{id}.csv"), text);
        }
        let exclude = owned(&["*.bak", "old"]);
        let part = root.open_set_as(Partitioned { glob: owned(&["2024/**"]), exclude, ..csv() });
        assert_eq!(seen(&part), texts([("2024/a", "2")]));
        assert_eq!(wait(part.describe()).expect("described").excluded.len(), 3);

        replace(&root.open_set_as(csv()), "r1", &all);
        assert_eq!(seen(&part), texts([("2024/a", "2")]));
        let description = wait(part.describe()).expect("described");
        let excluded: Vec<_> = description.excluded.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((description.count, description.stale.len()), (1, 0));
        assert_eq!(excluded, ["2023/a.csv", "2024/a.bak.csv", "2024/old/b.csv"]);
    }
}

#[test]
fn what_a_set_lacks_and_nobody_asks_for_does_not_make_it_incomplete() {
    let root = Root::new();
    let writer = begin(&root.open_set_as(csv()), "r1");
    let saved = save_texts(&writer, &texts([("2024/a", "1")]));
    let missing = BTreeMap::from([("2023/a".to_owned(), "it failed".to_owned())]);
    wait(writer.commit(saved, missing)).expect("committed");
    assert!(!list(&root.open_set_as(csv())).is_complete());
    let of_2024 = list(&root.open_set_as(Partitioned { glob: owned(&["2024/*"]), ..csv() }));
    assert!(of_2024.is_complete() && of_2024.missing().is_empty());
}

#[test]
fn what_would_not_be_found_again_is_not_written() {
    let root = Root::new();
    let set = root.open_set_as(Partitioned { exclude: owned(&["*.bak"]), ..csv() });
    let writer = begin(&set, "r1");
    for (id, cure) in [("_a", "`hidden = true`"), ("x/.b", "`hidden = true`"), ("a.bak", "`exclude` has \"*.bak\"")] {
        let told = wait(writer.save(id, &buffer(b"x"), TEXT)).expect_err("refused").to_string();
        assert!(told.contains(cure), "{told}");
    }
    let hidden = root.open_set_as(Partitioned { hidden: true, ..csv() });
    let all = texts([("_a", "1"), ("x/.b", "2")]);
    replace(&hidden, "r2", &all);
    std::fs::remove_dir_all(root.path("set/.wpipe")).expect("there");
    assert_eq!(seen(&hidden), all);
}

#[test]
fn a_manifest_that_names_hidden_partitions_is_read_as_it_is() {
    for root in Root::all() {
        let all = texts([("_a", "1"), ("b/.c", "2"), ("d", "3")]);
        replace(&root.open_set_as(Partitioned { hidden: true, ..csv() }), "r1", &all);
        let set = root.open_set_as(csv());
        assert_eq!(seen(&set), all);
        // A run keeps partitions that it does not make anew, and replaces nothing that it could not read again.
        let writer = begin(&set, "r2");
        let mut partitions = writer.before().partitions().clone();
        partitions.extend(save_texts(&writer, &texts([("d", "4")])));
        commit(&writer, partitions);
        assert_eq!(seen(&set), texts([("_a", "1"), ("b/.c", "2"), ("d", "4")]));
        assert!(matches!(wait(begin(&set, "r3").save("_a", &buffer(b"x"), TEXT)), Err(DataError::BadPartition { .. })));
    }
}

#[test]
fn patterns_that_are_none_are_told_with_their_keys() {
    let of_set = Partitioned { glob: owned(&["**.csv"]), exclude: owned(&["[a", "/x"]), ..csv() };
    let errors = Root::new().try_open_set("text", "set", of_set).expect_err("wrong patterns");
    let keys: Vec<_> = errors.iter().filter_map(|error| error.key.as_deref()).collect();
    assert_eq!(keys, ["glob", "exclude", "exclude"]);
    assert!(errors.iter().all(|error| error.help.is_some()));
}

#[test]
fn what_is_no_partition_may_be_called_and_lead_as_it_likes() {
    let root = Root::new();
    root.write("set/a.csv", "text");
    for name in ["set/.git/a\tb", "set/b\tc.log", "set/x/latin"] {
        root.write(name, "text");
    }
    let latin = std::ffi::OsStr::from_bytes(b"\xe9.log");
    std::fs::write(root.path("set/x").join(latin), "text").expect("a file");
    std::os::unix::fs::symlink("/etc", root.path("set/old")).expect("a link");
    let of_set = Partitioned { exclude: owned(&["old"]), ..csv() };
    assert_eq!(ids(&list(&root.open_set_as(of_set.clone()))), ["a"]);
    // An object that may be meant as a partition is reported.
    root.write("set/b\tc.csv", "text");
    let told = message(&wait(root.open_set_as(of_set).list()).expect_err("an error"));
    assert!(told.contains("`b\\tc.csv` is not UTF-8, or has a control character in it"), "{told}");
}
