//! Partitions that fail: what becomes of the others, and how a run goes on.

use std::fs;

use wpipe::{Error, Event, History, Project, Runner};

use crate::support::{Events, Workshop, check_copy_see, message, node, over, workers};

fn manifest(workshop: &Workshop, keys: &str) -> String {
    workshop.set("checked", "") + &check_copy_see(workshop, "bad", "", keys)
}

fn workshop(bad: &[usize]) -> Workshop {
    let workshop = Workshop::local();
    for index in 0..10 {
        let text = if bad.contains(&index) { "bad" } else { "good" };
        workshop.put("raw", &index.to_string(), text);
    }
    workshop
}

fn resumed(workshop: &Workshop, manifest: &str, events: &Events) -> Result<wpipe::RunResult, Error> {
    let project: Project = workshop.project(manifest);
    let record = History::of(workshop.path()).open(None)?;
    let rest = project.resume(&record)?.expect("something is left");
    workshop.run_project(rest, |run| run.resume(&record).observe(events.observer()))
}

#[test]
fn a_failing_partition_loses_none_of_its_neighbours() {
    for runner in [Runner::Sequential, workers(4)] {
        let workshop = workshop(&[4]);
        let manifest = manifest(&workshop, "slices = 2\non_partition_error = \"skip\"");
        let failure = match workshop.run_with(&manifest, |run| run.runner(runner)) {
            Err(Error::Run(failure)) => failure,
            other => panic!("{other:?}"),
        };
        let told = failure.to_string();
        assert!(told.contains("1 of 10 partitions failed in multipipeline `m`: `4`:"), "{told}");
        assert_eq!(workshop.objects("out").len(), 9);
        let report = &failure.report.multipipelines["m"];
        assert_eq!((report.completed, report.total), (9, 10));
        assert_eq!(fs::read_to_string(workshop.path().join("all")).unwrap().lines().count(), 9);
        let set = fs::read_to_string(workshop.folder("out").join(".wpipe/set.json")).unwrap();
        let set: serde_json::Value = serde_json::from_str(&set).unwrap();
        assert_eq!(set["complete"], false);
        assert!(set["missing"]["4"].is_string(), "{set}");
    }
}

#[test]
fn where_it_is_allowed_an_incomplete_set_is_a_success() {
    let workshop = workshop(&[4, 5]);
    let manifest = manifest(&workshop, "on_partition_error = \"skip\"\nallow_incomplete = true");
    let result = workshop.run(&manifest).unwrap();
    assert_eq!(result.report().multipipelines["m"].failed.keys().collect::<Vec<_>>(), ["4", "5"]);
}

#[test]
fn a_failure_leaves_the_old_set_in_force() {
    let workshop = workshop(&[]);
    let manifest = manifest(&workshop, "slices = 3");
    workshop.run(&manifest).unwrap();
    workshop.put("raw", "0", "new");
    workshop.put("raw", "9", "bad");
    let told = message(workshop.run(&manifest));
    assert!(told.contains("node `check` failed on partition `9`"), "{told}");
    assert!(workshop.objects("out").values().all(|text| text == "GOOD"), "readers see the old set");
}

#[test]
fn a_resumed_run_does_only_what_is_missing_or_failed() {
    for keys in ["slices = 3", "slices = 3\non_partition_error = \"skip\""] {
        let workshop = workshop(&[7]);
        let manifest = manifest(&workshop, keys);
        let before = Events::default();
        workshop.run_with(&manifest, |run| run.observe(before.observer())).unwrap_err();
        let saved = before.pick(|event| match event {
            Event::PartitionSaved { dataset, partition, .. } if dataset == "out" => Some(partition.clone()),
            _ => None,
        });
        assert!(!saved.contains(&"7".to_owned()) && !saved.is_empty());
        workshop.put("raw", "7", "mended");
        let events = Events::default();
        resumed(&workshop, &manifest, &events).unwrap();
        let called = events.calls("copy");
        assert!(called.iter().all(|id| !saved.contains(id)), "{called:?} were done again of {saved:?}");
        assert_eq!(called.len() + saved.len(), 10);
        assert_eq!(workshop.objects("out").len(), 10);
        assert_eq!(workshop.objects("out")["7"], "MENDED");
        let all = fs::read_to_string(workshop.path().join("all")).unwrap();
        assert_eq!(all.lines().count(), 10, "readers behind the barrier see all of them");
    }
}

#[test]
fn a_replaced_set_can_be_resumed_as_well() {
    let workshop = workshop(&[]);
    let manifest = manifest(&workshop, "slices = 2");
    workshop.run(&manifest).unwrap();
    for index in 0..10 {
        workshop.put("raw", &index.to_string(), if index == 9 { "bad" } else { "second" });
    }
    workshop.run_with(&manifest, |run| run.runner(Runner::Sequential)).unwrap_err();
    assert!(workshop.objects("out").values().all(|text| text == "GOOD"));
    workshop.put("raw", "9", "second");
    let events = Events::default();
    resumed(&workshop, &manifest, &events).unwrap();
    assert!(events.calls("copy").len() < 10);
    assert!(workshop.objects("out").values().all(|text| text == "SECOND"), "{:?}", workshop.objects("out"));
}

#[test]
fn a_failing_call_is_tried_again_for_its_partition_only() {
    let workshop = workshop(&[3]);
    let manifest = manifest(&workshop, "slices = 2") + "[retry]\ntimes = 2\ndelay = \"1ms\"\n";
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap_err();
    let retried = events.pick(|event| match event {
        Event::NodeRetried { at, .. } => at.partition.clone(),
        _ => None,
    });
    assert_eq!(retried, ["3", "3"]);
}

#[test]
fn a_run_that_keeps_going_does_the_other_partitions() {
    let workshop = workshop(&[0]);
    let manifest = manifest(&workshop, "slices = 2");
    let told = message(workshop.run_with(&manifest, |run| run.keep_going(true)));
    assert!(told.contains("1 of 10 partitions failed"), "{told}");
    let events = Events::default();
    workshop.put("raw", "0", "mended");
    resumed(&workshop, &manifest, &events).unwrap();
    assert_eq!(events.calls("copy"), ["0"]);
}

#[test]
fn what_was_made_of_an_incomplete_set_is_made_again_by_a_resumed_run() {
    let workshop = workshop(&[7]);
    let manifest = "[params]\nword = \"bad\"\n".to_owned()
        + &workshop.set("raw", "")
        + &workshop.set("mid", "")
        + &workshop.set("out", "")
        + &node("check", "fail_on", &["raw", "params:word"], "mid")
        + &node("see", "concat_texts", &["mid"], "seen")
        + &node("join", "join_texts", &["raw", "seen"], "out")
        + "[multinodes.check]\nover = [\"raw\"]\non_partition_error = \"skip\"\n[multinodes.join]\nover = [\"raw\"]\n";
    workshop.run(&manifest).unwrap_err();
    workshop.put("raw", "7", "mended");
    resumed(&workshop, &manifest, &Events::default()).unwrap();
    let out = workshop.objects("out");
    assert!(out.len() == 10 && out.values().all(|text| text.contains("7=mended")), "{out:?}");
}

#[test]
fn a_node_that_makes_nothing_fails_again_in_a_resumed_run() {
    let workshop = workshop(&[7]);
    let manifest = "[params]\nword = \"BAD\"\n".to_owned()
        + &workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("copy", "upper", &["raw"], "out")
        + "[nodes.check]\nuses = \"good/refuse\"\ninputs = [\"out\", \"params:word\"]\n"
        + &over(&["copy", "check"], &["raw"], "");
    for _ in 0..2 {
        let told = message(match History::of(workshop.path()).ids().unwrap().is_empty() {
            true => workshop.run_with(&manifest, |run| run.keep_going(true)),
            false => resumed(&workshop, &manifest, &Events::default()),
        });
        assert!(told.contains("found `BAD` in the text"), "{told}");
    }
    workshop.put("raw", "7", "mended");
    resumed(&workshop, &manifest, &Events::default()).unwrap();
    assert_eq!(workshop.objects("out").len(), 10);
}
