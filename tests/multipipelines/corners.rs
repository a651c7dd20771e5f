//! Corners: manifests, storage and partitions that are unusual, and allowed.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wpipe::{Error, Event, Failure, History, OnSaveError, Persist, Run, RunError, RunResult, Runner, Selection};

use crate::support::{Events, Workshop, message, node, over, texts, workers};

fn workshop(raw: &[(&str, &str)]) -> Workshop {
    let workshop = Workshop::local();
    raw.iter().for_each(|(id, text)| workshop.put("raw", id, text));
    workshop
}

fn failure(result: Result<RunResult, Error>) -> Box<Failure> {
    match result {
        Err(Error::Run(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

fn resumed(workshop: &Workshop, manifest: &str, set_up: impl FnOnce(Run<'_>) -> Run<'_>) -> Result<RunResult, Error> {
    let record = History::of(workshop.path()).open(None)?;
    let rest = workshop.project(manifest).resume(&record)?.expect("something is left");
    workshop.run_project(rest, |run| set_up(run.resume(&record)))
}

fn text(workshop: &Workshop, name: &str) -> String {
    fs::read_to_string(workshop.path().join(name)).unwrap()
}

#[test]
fn a_partition_that_a_node_of_slices_did_not_make_is_an_error_that_names_it() {
    let raw = [("a", "one"), ("b", "none"), ("c", "two")];
    let manifest = |workshop: &Workshop, keys: &str| {
        "[params]\nword = \"none\"\n".to_owned()
            + &workshop.set("raw", "")
            + &workshop.set("out", "")
            + &node("all", "upper_without", &["raw", "params:word"], "some")
            + &node("last", "copy_text", &["some"], "out")
            + &over(&["all", "last"], &["raw"], keys)
    };
    for runner in [Runner::Sequential, workers(2)] {
        let workshop = workshop(&raw);
        let told = message(workshop.run_with(&manifest(&workshop, "slices = 1"), |run| run.runner(runner)));
        assert!(told.contains("`some`") && told.contains("partition `b`"), "{told}");
        let skipping = manifest(&workshop, "slices = 1\non_partition_error = \"skip\"\nallow_incomplete = true");
        let result = workshop.run_with(&skipping, |run| run.runner(runner)).unwrap();
        assert_eq!(result.report().multipipelines["m"].failed.keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(workshop.objects("out"), texts([("a", "ONE"), ("c", "TWO")]));
    }
}

#[test]
fn what_is_read_partition_by_partition_and_by_slices_is_the_same_on_every_way_to_storage() {
    for keys in ["", "reload = true"] {
        for persist in Persist::ALL {
            let workshop = workshop(&[("a", "one"), ("b", "two"), ("c", "three")]);
            let manifest = workshop.set("raw", "")
                + &workshop.set("one", keys)
                + &workshop.set("out", "")
                + &workshop.set("capitals", "")
                + &node("first", "copy_text", &["raw"], "one")
                + &node("second", "upper", &["one"], "out")
                + &node("all", "upper_all", &["one"], "capitals")
                + &over(&["first", "second", "all"], &["raw"], "slices = 2");
            for runner in [Runner::Sequential, workers(2)] {
                let result = workshop
                    .run_with(&manifest, |run| run.runner(runner).persist(persist).verify_round_trip(true).memory(1));
                result.unwrap_or_else(|error| panic!("{keys} {persist}: {error}"));
                let expected = texts([("a", "ONE"), ("b", "TWO"), ("c", "THREE")]);
                assert_eq!(workshop.objects("out"), expected, "{keys} {persist}");
                assert_eq!(workshop.objects("capitals"), expected, "{keys} {persist}");
            }
        }
    }
}

#[test]
fn a_partition_waits_for_its_readers_behind_a_node_of_slices() {
    for persist in Persist::ALL {
        let workshop = workshop(&[("a", "one"), ("b", "two")]);
        let manifest = workshop.set("raw", "")
            + &workshop.set("one", "")
            + &workshop.set("out", "")
            + &node("first", "copy_text", &["raw"], "one")
            + &node("slice", "upper_all", &["raw"], "two")
            + &node("last", "join_texts", &["one", "two"], "out")
            + &over(&["first", "slice", "last"], &["raw"], "slices = 2");
        workshop.run_with(&manifest, |run| run.persist(persist)).unwrap();
        assert_eq!(workshop.objects("out"), texts([("a", "oneONE"), ("b", "twoTWO")]));
    }
}

#[test]
fn a_node_of_slices_sees_what_there_is_of_an_outer_join() {
    let workshop = Workshop::local();
    workshop.put("left", "b", "left");
    workshop.put("right", "a", "right");
    let manifest = workshop.set("left", "")
        + &workshop.set("right", "")
        + &workshop.set("out", "")
        + &workshop.set("copied", "")
        + &node("upper", "upper", &["left"], "capitals")
        + &node("all", "count_with", &["capitals"], "out")
        + &node("copy", "copy_text", &["right"], "copied")
        + &over(&["upper", "all", "copy"], &["left", "right"], "join = \"outer\"\nslices = 2");
    workshop.run_with(&manifest, |run| run.runner(Runner::Sequential)).unwrap();
    assert_eq!(workshop.objects("out"), texts([("b", "LEFT of 1")]));
    assert_eq!(workshop.objects("copied"), texts([("a", "right")]));
}

#[test]
fn partitions_are_read_in_other_formats() {
    let workshop = workshop(&[("a", "one"), ("b", "two")]);
    let formats = |name: &str| {
        let entry = |format| {
            format!(
                "[datasets.\"{name}@{format}\"]\ntype = \"text\"\npartitioned = true\npath = \"{name}\"\n\
                 suffix = \"{}\"\n",
                if name == "raw" { "" } else { ".txt" }
            )
        };
        entry("x") + &entry("y")
    };
    // Behind a barrier, by a node that sees all, and by another multipipeline.
    let manifest = workshop.set("raw", "")
        + &formats("middle")
        + &workshop.set("out", "")
        + &workshop.text("all")
        + &node("first", "upper", &["raw"], "middle@x")
        + &node("second", "copy_text", &["middle@y"], "out")
        + &node("see", "concat_texts", &["middle@y"], "all")
        + &over(&["first"], &["raw"], "slices = 2")
        + "[multinodes.second]\nover = [\"middle@y\"]\n";
    for persist in Persist::ALL {
        workshop.run_with(&manifest, |run| run.persist(persist)).unwrap();
        assert_eq!(workshop.objects("out"), texts([("a", "ONE"), ("b", "TWO")]));
        assert_eq!(text(&workshop, "all"), "a=ONE\nb=TWO\n");
    }
    // Within a multipipeline: of what it makes, and of what it is over.
    let within = formats("raw")
        + &formats("middle")
        + &workshop.set("out", "")
        + &workshop.set("other", "")
        + &workshop.set("counted", "")
        + &node("first", "upper", &["raw@x"], "middle@x")
        + &node("second", "copy_text", &["middle@y"], "out")
        + &node("third", "join_texts", &["raw@y", "middle@y"], "other")
        + &node("slice", "count_with", &["middle@y"], "counted")
        + &over(&["first", "second", "third", "slice"], &["raw@x"], "slices = 2");
    for persist in Persist::ALL {
        for runner in [Runner::Sequential, workers(2)] {
            workshop.run_with(&within, |run| run.runner(runner).persist(persist)).unwrap();
            assert_eq!(workshop.objects("out"), texts([("a", "ONE"), ("b", "TWO")]));
            assert_eq!(workshop.objects("other"), texts([("a", "oneONE"), ("b", "twoTWO")]));
            assert_eq!(workshop.objects("counted"), texts([("a", "ONE of 1"), ("b", "TWO of 1")]));
        }
    }
    workshop.put("middle", "a.txt", "stale");
    workshop.run_with(&within, |run| run).unwrap();
    assert_eq!(workshop.objects("out"), texts([("a", "ONE"), ("b", "TWO")]));
}

#[test]
fn an_entry_need_not_say_that_it_is_partitioned() {
    let workshop = workshop(&[("a", "one")]);
    let manifest = workshop.text("raw")
        + &workshop.text("out")
        + &node("copy", "copy_text", &["raw"], "out")
        + &over(&["copy"], &["raw"], "");
    workshop.run(&manifest).unwrap();
    assert_eq!(workshop.objects("out"), texts([("a", "one")]));
}

#[test]
fn a_partition_that_cannot_be_stored_is_skipped_as_any_other() {
    let workshop = Workshop::local();
    fs::write(workshop.path().join("lines"), "a=one\nb//c=two\n").unwrap();
    let manifest = workshop.text("lines")
        + &workshop.set("out", "")
        + &node("split", "split_lines", &["lines"], "parts")
        + &node("copy", "copy_text", &["parts"], "out")
        + &over(&["copy"], &["parts"], "on_partition_error = \"skip\"\nallow_incomplete = true");
    let result = workshop.run(&manifest).unwrap();
    assert_eq!(result.report().multipipelines["m"].failed.keys().collect::<Vec<_>>(), ["b//c"]);
    assert_eq!(workshop.objects("out"), texts([("a", "one")]));
}

#[test]
fn no_failure_hides_another() {
    let workshop = workshop(&[("a", "good"), ("b", "bad")]);
    fs::create_dir_all(workshop.folder("out").join("a")).unwrap();
    let manifest = "[params]\nword = \"bad\"\n".to_owned()
        + &workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("check", "fail_on", &["raw", "params:word"], "out")
        + &over(&["check"], &["raw"], "slices = 1");
    for what in [OnSaveError::Finish, OnSaveError::Stop] {
        let result = workshop.run_with(&manifest, |run| run.runner(Runner::Sequential).on_save_error(what));
        let failure = failure(result);
        let told: Vec<_> = failure.errors.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|error| error.contains("`a`")), "{told:?}");
        if what == OnSaveError::Finish {
            assert!(told.iter().any(|error| error.contains("`b`")), "{told:?}");
        }
    }
}

#[test]
fn a_partition_is_completed_or_failed() {
    let workshop = workshop(&[("a", "one"), ("b", "two"), ("c", "three")]);
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("copy", "copy_text", &["raw"], "one")
        + &node("all", "upper_all", &["one"], "out")
        + "limits = { output = \"1B\" }\n"
        + &over(&["copy", "all"], &["raw"], "slices = 2\non_partition_error = \"skip\"\nallow_incomplete = true");
    let events = Events::default();
    let result = workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    let report = &result.report().multipipelines["m"];
    assert_eq!((report.completed, report.failed.len()), (0, 3));
    let told = events.pick(|event| match event {
        Event::PartitionCompleted { .. } => Some("completed"),
        Event::PartitionFailed { .. } => Some("failed"),
        _ => None,
    });
    assert_eq!(told, ["failed"; 3]);
}

#[test]
fn a_set_without_a_checkpoint_is_worked_on_as_a_whole() {
    let workshop = workshop(&[("1", "one"), ("2", "two")]);
    let manifest = |keys: &str| {
        workshop.set("raw", keys)
            + &workshop.set("out", "")
            + &node("copy", "upper", &["raw"], "out")
            + &over(&["copy"], &["raw"], "slices = 1")
    };
    for keys in ["checkpoint = true", ""] {
        let events = Events::default();
        workshop.run_with(&manifest(keys), |run| run.observe(events.observer())).unwrap();
        assert_eq!(events.calls("copy"), ["1", "2"], "{keys}");
    }
}

#[test]
fn what_is_new_in_one_of_several_sets_is_worked_on() {
    let workshop = Workshop::local();
    for set in ["left", "right"] {
        workshop.put(set, "1", set);
        workshop.put(set, "2", set);
    }
    let alone = workshop.set("left", "checkpoint = true")
        + &workshop.set("out", "")
        + &node("copy", "copy_text", &["left"], "out")
        + &over(&["copy"], &["left"], "");
    workshop.run(&alone).unwrap();
    let both = workshop.set("left", "checkpoint = true")
        + &workshop.set("right", "checkpoint = true")
        + &workshop.set("joined", "")
        + &node("join", "join_texts", &["left", "right"], "joined")
        + &over(&["join"], &["left", "right"], "");
    workshop.run(&both).unwrap();
    assert_eq!(workshop.objects("joined"), texts([("1", "leftright"), ("2", "leftright")]));
}

#[test]
fn what_fails_behind_a_checkpoint_is_not_taken_from_the_old_set() {
    let workshop = workshop(&[("1", "good"), ("2", "bad"), ("3", "good")]);
    let manifest = "[params]\nword = \"bad\"\n".to_owned()
        + &workshop.set("raw", "checkpoint = true")
        + &workshop.set("out", "prune = true")
        + &workshop.text("all")
        + &node("check", "fail_on", &["raw", "params:word"], "out")
        + &node("see", "concat_texts", &["out"], "all")
        + &over(&["check"], &["raw"], "on_partition_error = \"skip\"\nallow_incomplete = true");
    workshop.run(&manifest).unwrap();
    assert_eq!(text(&workshop, "all"), "1=good\n3=good\n");
    workshop.put("raw", "3", "bad as well");
    let result = workshop.run(&manifest).unwrap();
    assert_eq!(result.report().multipipelines["m"].failed.len(), 2);
    assert_eq!(text(&workshop, "all"), "1=good\n");
}

#[test]
fn a_checkpoint_waits_for_what_is_made_of_memory() {
    let workshop = workshop(&[("1", "one"), ("2", "two")]);
    let manifest = |word: &str| {
        format!("[params]\nword = \"{word}\"\n")
            + &workshop.set("raw", "checkpoint = true")
            + &workshop.text("all")
            + &node("copy", "upper", &["raw"], "made")
            + &node("see", "concat_texts", &["made"], "seen")
            + &node("check", "fail_on", &["seen", "params:word"], "all")
            + &over(&["copy"], &["raw"], "")
    };
    message(workshop.run(&manifest("ONE")));
    workshop.run(&manifest("none")).unwrap();
    assert_eq!(text(&workshop, "all"), "1=ONE\n2=TWO\n");
}

#[test]
fn a_resumed_run_leaves_out_what_is_no_more() {
    let workshop = workshop(&[("1", "good"), ("2", "good"), ("3", "bad")]);
    let manifest = "[params]\nword = \"bad\"\n".to_owned()
        + &workshop.set("raw", "")
        + &workshop.set("out", "prune = true")
        + &node("check", "fail_on", &["raw", "params:word"], "out")
        + &over(&["check"], &["raw"], "slices = 1");
    failure(workshop.run_with(&manifest, |run| run.runner(Runner::Sequential)));
    fs::remove_file(workshop.folder("raw").join("1")).unwrap();
    workshop.put("raw", "3", "mended");
    resumed(&workshop, &manifest, |run| run).unwrap();
    assert_eq!(workshop.objects("out"), texts([("2", "good"), ("3", "mended")]));
}

#[test]
fn what_was_made_of_a_slice_is_made_again_with_it() {
    let workshop = workshop(&[("a", "one"), ("b", "bad")]);
    let manifest = "[params]\nword = \"bad\"\n".to_owned()
        + &workshop.set("raw", "")
        + &workshop.set("counted", "")
        + &workshop.set("out", "")
        + &node("all", "count_with", &["raw"], "counted")
        + &node("check", "fail_on", &["counted", "params:word"], "out")
        + &over(&["all", "check"], &["raw"], "slices = 1\non_partition_error = \"skip\"");
    failure(workshop.run(&manifest));
    assert_eq!(workshop.objects("out"), texts([("a", "one of 2")]));
    workshop.put("raw", "b", "two");
    workshop.put("raw", "c", "three");
    resumed(&workshop, &manifest, |run| run).unwrap();
    assert_eq!(workshop.objects("out"), texts([("a", "one of 3"), ("b", "two of 3"), ("c", "three of 3")]));
}

#[test]
fn a_resumed_run_that_saves_less_makes_what_its_readers_need() {
    for persist in Persist::ALL {
        let workshop = workshop(&[("1", "good"), ("2", "good"), ("3", "bad")]);
        let manifest = "[params]\nword = \"bad\"\n".to_owned()
            + &workshop.set("raw", "")
            + &workshop.set("one", "")
            + &workshop.set("out", "")
            + &workshop.text("all")
            + &node("copy", "copy_text", &["raw"], "one")
            + &node("check", "fail_on", &["one", "params:word"], "out")
            + &node("see", "concat_texts", &["one"], "all")
            + &over(&["copy", "check"], &["raw"], "slices = 1");
        failure(workshop.run_with(&manifest, |run| run.runner(Runner::Sequential)));
        workshop.put("raw", "3", "mended");
        resumed(&workshop, &manifest, |run| run.persist(persist)).unwrap();
        assert_eq!(text(&workshop, "all"), "1=good\n2=good\n3=mended\n", "{persist}");
        assert_eq!(workshop.objects("out").len(), 3, "{persist}");
    }
}

#[test]
fn a_run_that_is_interrupted_at_any_step_can_be_resumed() {
    let manifest = |workshop: &Workshop| {
        workshop.set("raw", "")
            + &workshop.set("one", "")
            + &workshop.set("out", "")
            + &workshop.text("all")
            + &node("copy", "copy_text", &["raw"], "one")
            + &node("second", "upper", &["one"], "out")
            + &node("see", "concat_texts", &["out"], "all")
            + &over(&["copy", "second"], &["raw"], "slices = 2")
    };
    type Step = fn(&Event) -> bool;
    let steps: [Step; 5] = [
        |event| matches!(event, Event::PartitionsListed { .. }),
        |event| matches!(event, Event::Sliced { .. }),
        |event| matches!(event, Event::PartitionSaved { .. }),
        |event| matches!(event, Event::BarrierReached { .. }),
        |event| matches!(event, Event::SaveStarted { at, .. } if at.is_whole()),
    ];
    for (index, step) in steps.into_iter().enumerate() {
        for runner in [Runner::Sequential, workers(2)] {
            let workshop = workshop(&[("a", "one"), ("b", "two"), ("c", "three"), ("d", "four")]);
            let manifest = manifest(&workshop);
            let cancel = Arc::new(AtomicBool::new(false));
            let set = cancel.clone();
            let observer = move |record: &wpipe::Record| {
                if step(&record.event) {
                    set.store(true, Ordering::Relaxed);
                }
            };
            let result = workshop.run_with(&manifest, |run| run.runner(runner).cancel(cancel).observe(observer));
            let errors = failure(result).errors;
            assert!(matches!(errors[..], [RunError::Interrupted]), "{index} {runner:?}: {errors:?}");
            resumed(&workshop, &manifest, |run| run.runner(runner)).unwrap();
            assert_eq!(text(&workshop, "all"), "a=ONE\nb=TWO\nc=THREE\nd=FOUR\n", "{index} {runner:?}");
        }
    }
}

fn lines(count: usize) -> String {
    (0..count).map(|line| format!("{line:03}=text {line}\n")).collect()
}

#[test]
fn a_node_whose_partitions_cannot_be_saved_is_not_held_up() {
    let manifest = |workshop: &Workshop| {
        workshop.text("all") + &workshop.set("parts", "") + &node("split", "split_lines", &["all"], "parts")
    };
    for runner in [Runner::Sequential, workers(2)] {
        // The first partition cannot be stored.
        let workshop = Workshop::local();
        fs::write(workshop.path().join("all"), format!("b//c=text\n{}", lines(300))).unwrap();
        let told = message(workshop.run_with(&manifest(&workshop), |run| run.runner(runner)));
        assert!(told.contains("b//c"), "{told}");
        // There can be no set.
        let workshop = Workshop::local();
        fs::write(workshop.path().join("all"), lines(300)).unwrap();
        fs::write(workshop.path().join("parts"), "a file").unwrap();
        let told = message(workshop.run_with(&manifest(&workshop), |run| run.runner(runner)));
        assert!(told.contains("`parts`"), "{told}");
    }
}

#[test]
fn a_run_is_interrupted_while_a_node_waits_for_storage() {
    let workshop = Workshop::local();
    let manifest = workshop.text("all")
        + &workshop.set("parts", "delay = { save = \"20ms\" }")
        + &node("split", "split_lines", &["all"], "parts");
    fs::write(workshop.path().join("all"), "old=text\n").unwrap();
    workshop.run(&manifest).unwrap();
    fs::write(workshop.path().join("all"), lines(4000)).unwrap();
    for runner in [Runner::Sequential, workers(2)] {
        let cancel = Arc::new(AtomicBool::new(false));
        let set = cancel.clone();
        let observer = move |record: &wpipe::Record| {
            if matches!(record.event, Event::PartitionSaved { .. }) {
                set.store(true, Ordering::Relaxed);
            }
        };
        let result = workshop.run_with(&manifest, |run| run.runner(runner).cancel(cancel).observe(observer));
        assert!(matches!(failure(result).errors[..], [RunError::Interrupted]));
        let set = fs::read_to_string(workshop.folder("parts").join(".wpipe/set.json")).unwrap();
        assert!(set.contains("\"old\"") && !set.contains("\"001\""), "{set}");
    }
}

#[test]
fn no_partition_is_no_problem_for_any_reader() {
    let workshop = workshop(&[("a", "one")]);
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &workshop.text("seen")
        + &workshop.text("all")
        + &node("copy", "copy_text", &["raw"], "one")
        + &node("slice", "upper_all", &["one"], "two")
        + &node("last", "copy_text", &["two"], "out")
        + &node("see", "concat_texts", &["two"], "seen")
        + &node("stored", "concat_texts", &["out"], "all")
        + &over(&["copy", "slice", "last"], &["raw"], "filter = { glob = \"z*\" }\non_empty = \"skip\"");
    for persist in Persist::ALL {
        workshop.run_with(&manifest, |run| run.persist(persist)).unwrap();
        assert_eq!((text(&workshop, "seen"), text(&workshop, "all")), (String::new(), String::new()));
        assert_eq!(workshop.objects("out"), BTreeMap::new());
    }
}

#[test]
fn two_multipipelines_go_over_one_set() {
    for stored in [true, false] {
        for persist in Persist::ALL {
            let workshop = Workshop::local();
            fs::write(workshop.path().join("lines"), "a=one\nb=two\nc=three\n").unwrap();
            let manifest = workshop.text("lines")
                + &if stored { workshop.set("parts", "") } else { String::new() }
                + &workshop.set("out", "")
                + &workshop.set("other", "")
                + &node("split", "split_lines", &["lines"], "parts")
                + &node("first", "upper", &["parts"], "out")
                + &node("second", "copy_text", &["parts"], "two")
                + &node("slice", "count_with", &["parts"], "three")
                + &node("last", "join_texts", &["two", "three"], "other")
                + &over(&["first"], &["parts"], "slices = 2")
                + "[multipipelines.n]\nnodes = [\"second\", \"slice\", \"last\"]\nover = [\"parts\"]\nslices = 1\n";
            for runner in [Runner::Sequential, workers(3)] {
                workshop.run_with(&manifest, |run| run.runner(runner).persist(persist).memory(1)).unwrap();
                assert_eq!(workshop.objects("out"), texts([("a", "ONE"), ("b", "TWO"), ("c", "THREE")]));
                let expected = [("a", "oneone of 3"), ("b", "twotwo of 3"), ("c", "threethree of 3")];
                assert_eq!(workshop.objects("other"), texts(expected));
            }
        }
    }
}

#[test]
fn a_part_of_a_pipeline_confirms_no_checkpoint_for_the_others() {
    let workshop = workshop(&[("1", "one"), ("2", "two")]);
    let manifest = workshop.set("raw", "checkpoint = true")
        + &workshop.set("out", "")
        + &workshop.text("all")
        + &node("copy", "upper", &["raw"], "out")
        + &node("see", "concat_texts", &["raw"], "all")
        + &over(&["copy"], &["raw"], "");
    let part = workshop.project(&manifest);
    let part = part.select(&Selection { nodes: vec!["copy".to_owned()], ..Selection::default() }).unwrap();
    workshop.run_project(part, |run| run).unwrap();
    workshop.run(&manifest).unwrap();
    assert_eq!(text(&workshop, "all"), "1=one\n2=two\n");
}
