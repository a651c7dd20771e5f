//! What was measured in the tool that showed the way, row by row: here each is right. Where a row is about manifests
//! or slices alone, its test stands with `wpipe-pipeline`.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wpipe::{Error, Event, History, Incremental, Persist, Record, RunState, Runner, Selection};

use crate::support::{Events, Workshop, check_copy_see, message, node, over, texts, workers};

#[test]
fn partitions_are_paired_by_id_however_they_are_listed() {
    // `a-b.txt` is listed before `a.txt`, and `a` before `a-b`: paired by position, `a` would meet `a-b`.
    let workshop = Workshop::local();
    for id in ["a", "a-b", "c"] {
        workshop.put("left", &format!("{id}.txt"), &format!("left of {id}"));
        workshop.put("right", id, &format!("right of {id}"));
    }
    let manifest = workshop.set("left", "suffix = \".txt\"")
        + &workshop.set("right", "")
        + &workshop.set("joined", "")
        + &node("join", "join_texts", &["left", "right"], "joined")
        + &over(&["join"], &["left", "right"], "slices = 2");
    workshop.run(&manifest).unwrap();
    for (id, text) in workshop.objects("joined") {
        assert!(text.contains(&format!("left of {id}")) && text.contains(&format!("right of {id}")), "{id}: {text}");
    }
    assert_eq!(workshop.objects("joined").len(), 3);
}

#[test]
fn ids_with_dots_stay_apart_and_only_the_suffix_is_cut_off() {
    let workshop = Workshop::local();
    for id in ["2020.01", "2020.02", "2021.01", "a.csv", "v1.2/x.y"] {
        workshop.put("raw", &format!("{id}.csv"), id);
    }
    let manifest = workshop.set("raw", "suffix = \".csv\"")
        + &workshop.set("copied", "suffix = \".txt\"")
        + &node("copy", "copy_text", &["raw"], "copied")
        + &over(&["copy"], &["raw"], "");
    workshop.run(&manifest).unwrap();
    let expected = [
        ("2020.01.txt", "2020.01"),
        ("2020.02.txt", "2020.02"),
        ("2021.01.txt", "2021.01"),
        ("a.csv.txt", "a.csv"),
        ("v1.2/x.y.txt", "v1.2/x.y"),
    ];
    assert_eq!(workshop.objects("copied"), texts(expected));
}

#[test]
fn a_second_run_replaces_every_output_and_destroys_none() {
    for prune in [false, true] {
        let workshop = Workshop::local();
        let keys = format!("prune = {prune}");
        let manifest = workshop.set("raw", "")
            + &workshop.set("first", &keys)
            + &workshop.set("second", &keys)
            + &node("one", "copy_text", &["raw"], "first")
            + &node("two", "upper", &["first"], "second")
            + &over(&["one", "two"], &["raw"], "slices = 2");
        for round in ["old", "new"] {
            for id in ["a", "b", "c"] {
                workshop.put("raw", id, round);
            }
            workshop.run(&manifest).unwrap();
            assert_eq!(workshop.objects("first"), texts([("a", round), ("b", round), ("c", round)]));
            assert_eq!(workshop.objects("second").len(), 3);
        }
    }
}

#[test]
fn many_workers_make_folders_that_were_not_there() {
    let workshop = Workshop::local();
    for id in 0..20 {
        workshop.put("raw", &format!("{}/{id}", id % 3), "text");
    }
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("copy", "copy_text", &["raw"], "out")
        + &over(&["copy"], &["raw"], "slices = 8");
    workshop.run_with(&manifest, |run| run.runner(workers(8))).unwrap();
    assert_eq!(workshop.objects("out"), workshop.objects("raw"));
}

#[test]
fn readers_of_a_branch_that_ends_early_wait_for_the_barrier() {
    // `side` is made in the first layer, and slowly saved; `main` takes two layers more.
    let workshop = Workshop::local();
    for id in ["a", "b", "c", "d"] {
        workshop.put("raw", id, id);
    }
    workshop.put("side", "stale", "of an earlier time");
    let manifest = workshop.set("raw", "")
        + &workshop.set("side", "delay = { save = \"20ms\" }")
        + &workshop.text("seen")
        + &node("early", "upper", &["raw"], "side")
        + &node("first", "copy_text", &["raw"], "one")
        + &node("second", "copy_text", &["one"], "two")
        + &node("count", "concat_texts", &["side"], "seen")
        + &over(&["early", "first", "second"], &["raw"], "slices = 2");
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.runner(workers(8)).observe(events.observer())).unwrap();
    assert_eq!(fs::read_to_string(workshop.path().join("seen")).unwrap(), "a=A\nb=B\nc=C\nd=D\n");
    let order = events.pick(|event| match event {
        Event::NodeCompleted { node, at, .. } if node == "second" && !at.is_whole() => Some("second"),
        Event::NodeStarted { node, .. } if node == "count" => Some("count"),
        _ => None,
    });
    assert_eq!(order, ["second", "second", "second", "second", "count"]);
}

#[test]
fn stale_partitions_are_no_data() {
    let workshop = Workshop::local();
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &workshop.text("seen")
        + &node("copy", "copy_text", &["raw"], "out")
        + &node("see", "concat_texts", &["out"], "seen")
        + &over(&["copy"], &["raw"], "");
    for id in ["a", "b", "old"] {
        workshop.put("raw", id, id);
    }
    workshop.run(&manifest).unwrap();
    fs::remove_file(workshop.folder("raw").join("old")).unwrap();
    workshop.run(&manifest).unwrap();
    assert_eq!(fs::read_to_string(workshop.path().join("seen")).unwrap(), "a=a\nb=b\n");
    assert!(workshop.objects("out").contains_key("old"), "what is stale is ignored, not removed");
}

#[test]
fn fewer_partitions_than_slices_make_no_empty_slices() {
    let workshop = Workshop::local();
    for id in ["a", "b", "c"] {
        workshop.put("raw", id, id);
    }
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("copy", "copy_text", &["raw"], "out")
        + &over(&["copy"], &["raw"], "slices = 8");
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    let slices = events.pick(|event| match event {
        Event::Sliced { slices, .. } => Some(slices.iter().map(Vec::len).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(slices, [[1, 1, 1]]);
    assert_eq!(events.calls("copy"), ["a", "b", "c"]);
}

#[test]
fn the_slicer_leaves_nothing_among_the_data() {
    let workshop = Workshop::local();
    workshop.put("raw", "a", "text");
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &workshop.text("count")
        + &node("copy", "copy_text", &["raw"], "out")
        + &node("count", "count_partitions", &["out"], "count")
        + &over(&["copy"], &["raw"], "");
    workshop.run(&manifest).unwrap();
    assert_eq!(workshop.objects("out"), texts([("a", "text")]));
    assert_eq!(fs::read_to_string(workshop.path().join("count")).unwrap(), "1");
    assert!(!workshop.folder("raw").join(".wpipe").exists(), "a set that is read is left as it is");
}

#[test]
fn zero_partitions_are_an_error_or_an_empty_set_and_never_stale_data() {
    let workshop = Workshop::local();
    let manifest = |on_empty: &str| {
        workshop.set("raw", "")
            + &workshop.set("out", "")
            + &workshop.text("seen")
            + &node("copy", "copy_text", &["raw"], "out")
            + &node("see", "concat_texts", &["out"], "seen")
            + &over(&["copy"], &["raw"], &format!("filter = {{ glob = \"2024*\" }}\non_empty = \"{on_empty}\""))
    };
    workshop.put("raw", "2024-01", "old");
    workshop.run(&manifest("error")).unwrap();
    fs::rename(workshop.folder("raw").join("2024-01"), workshop.folder("raw").join("2025-01")).unwrap();
    let told = message(workshop.run(&manifest("error")));
    assert!(told.contains("no partition to work on") && told.contains("filter"), "{told}");
    workshop.run(&manifest("skip")).unwrap();
    assert_eq!(fs::read_to_string(workshop.path().join("seen")).unwrap(), "");
}

#[test]
fn what_does_not_join_is_an_error_or_reported() {
    let workshop = Workshop::local();
    for id in ["a", "b", "c"] {
        workshop.put("left", id, id);
    }
    for id in ["b", "c", "d"] {
        workshop.put("right", id, id);
    }
    let manifest = |join: &str| {
        workshop.set("left", "")
            + &workshop.set("right", "")
            + &workshop.set("out", "")
            + &node("join", "join_texts", &["left", "right"], "out")
            + &over(&["join"], &["left", "right"], &format!("join = \"{join}\""))
    };
    let told = message(workshop.run(&manifest("strict")));
    assert!(told.contains("`a` is not in `right`") && told.contains("`d` is not in `left`"), "{told}");
    let result = workshop.run(&manifest("inner")).unwrap();
    let left_out: Vec<_> =
        result.report().multipipelines["m"].left_out.iter().map(|left| left.partition.as_str()).collect();
    assert_eq!(left_out, ["a", "d"]);
    assert_eq!(workshop.objects("out").into_keys().collect::<Vec<_>>(), ["b", "c"]);
}

#[test]
fn a_partition_without_configuration_gets_the_plain_parameters() {
    let workshop = Workshop::local();
    for id in ["2024/01", "2024/02", "2025/01"] {
        workshop.put("raw", id, "one two");
    }
    let manifest = "[params]\nword = \"three\"\n".to_owned()
        + &workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("check", "fail_on", &["raw", "params:word"], "out")
        + &over(&["check"], &["raw"], "on_partition_error = \"skip\"\nallow_incomplete = true")
        + "[[multipipelines.m.configure]]\nmatch = \"2024/{month}\"\nparams = { word = \"one\" }\n"
        + "[[multipipelines.m.configure]]\nmatch = \"2024/02\"\nparams = { word = \"four\" }\n";
    let result = workshop.run(&manifest).unwrap();
    let failed: Vec<_> = result.report().multipipelines["m"].failed.keys().collect();
    assert_eq!(failed, ["2024/01"], "the most specific wins, and what no entry matches has the plain parameters");
    assert_eq!(workshop.objects("out").into_keys().collect::<Vec<_>>(), ["2024/02", "2025/01"]);
}

#[test]
fn max_parallel_bounds_what_runs_at_once_and_not_what_there_is_to_run() {
    let workshop = Workshop::local();
    for id in 0..12 {
        workshop.put("raw", &id.to_string(), "text");
    }
    for most in [1, 2] {
        let manifest = "[params]\nrounds = 200000\n".to_owned()
            + &workshop.set("raw", "")
            + &node("work", "spin", &["raw", "params:rounds"], "made")
            + &over(&["work"], &["raw"], &format!("slices = 6\nmax_parallel = {most}"));
        let events = Events::default();
        workshop.run_with(&manifest, |run| run.runner(workers(4)).observe(events.observer())).unwrap();
        let steps = events.pick(|event| match event {
            Event::NodeStarted { .. } => Some(1_i32),
            Event::NodeCompleted { at, .. } if !at.is_whole() => Some(-1),
            _ => None,
        });
        let mut running = 0;
        let peak = steps.iter().map(|step| {
            running += step;
            running
        });
        let peak = peak.max().unwrap_or(0);
        assert!((1..=most).contains(&peak), "{peak} calls ran at once, of {most}");
        assert_eq!(events.calls("work").len(), 12);
    }
}

#[test]
fn a_partition_that_cannot_be_saved_is_an_error_that_names_it() {
    let workshop = Workshop::local();
    for id in ["a", "b", "c"] {
        workshop.put("raw", id, id);
    }
    // A directory is in the way of `b`.
    fs::create_dir_all(workshop.folder("out").join("b")).unwrap();
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("copy", "copy_text", &["raw"], "out")
        + &over(&["copy"], &["raw"], "");
    let told = message(workshop.run(&manifest));
    assert!(told.contains("`b`") && told.contains("directory"), "{told}");
}

#[test]
fn an_id_that_cannot_be_stored_is_an_error_that_names_it() {
    for id in ["../x", "a//b", "/etc/x", ".wpipe/x"] {
        let workshop = Workshop::local();
        let manifest = workshop.set("out", "") + &workshop.text("all") + &node("split", "split_lines", &["all"], "out");
        fs::write(workshop.path().join("all"), format!("{id}=text")).unwrap();
        let told = message(workshop.run(&manifest));
        assert!(told.contains(id), "{told}");
        assert!(!workshop.path().join("x").exists());
    }
}

#[test]
fn a_partition_that_was_changed_by_hand_is_told_as_that() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        workshop.put("raw", "a", "text");
        let manifest = workshop.set("raw", "")
            + &workshop.set("out", "")
            + &node("copy", "upper", &["raw"], "out")
            + &node("see", "concat_texts", &["out"], "all")
            + &over(&["copy"], &["raw"], "");
        workshop.run(&manifest).unwrap();
        let see = || Selection { nodes: vec!["see".to_owned()], ..Selection::default() };
        let read = || message(workshop.run_project(workshop.project(&manifest).select(&see()).unwrap(), |run| run));
        workshop.put("out", "a", "longer");
        let told = read();
        let run = History::of(workshop.path()).ids().unwrap().remove(0);
        let expected = format!("out/a` is not what run `{run}` has saved: it has 6 bytes, and had 4 bytes");
        assert!(told.contains(&expected), "{told}");
        fs::remove_file(workshop.folder("out").join("a")).unwrap();
        assert!(read().contains("it is gone, and had 4 bytes"), "{}", read());
        // What is told to help does.
        let decided = Incremental::of(&workshop.project(&manifest)).unwrap();
        let part = Selection { nodes: decided.to_run(), ..Selection::default() };
        workshop.run_project(workshop.project(&manifest).select(&part).unwrap(), |run| run).unwrap();
        assert_eq!(workshop.objects("out"), texts([("a", "TEXT")]));
    }
}

#[test]
fn a_set_that_lacks_what_failed_is_never_read_without_a_word() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        for (id, text) in [("1", "good"), ("2", "bad"), ("3", "good")] {
            workshop.put("raw", id, text);
        }
        let keys = "on_partition_error = \"skip\"\nallow_incomplete = true";
        workshop.run(&check_copy_see(&workshop, "bad", "", keys)).unwrap();
        let later = workshop.set("out", "") + &workshop.text("later") + &node("see", "concat_texts", &["out"], "later");
        let events = Events::default();
        workshop.run_with(&later, |run| run.observe(events.observer())).unwrap();
        let told = events.pick(|event| match event {
            Event::PartitionsListed { dataset, partitions, missing, .. } => {
                Some((dataset.clone(), *partitions, missing.clone()))
            }
            _ => None,
        });
        assert_eq!(told, [("out".to_owned(), 2, vec!["2".to_owned()])]);
    }
}

#[test]
fn what_is_pruned_is_told() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        let manifest = workshop.set("raw", "")
            + &workshop.set("out", "prune = true")
            + &node("copy", "copy_text", &["raw"], "out")
            + &over(&["copy"], &["raw"], "");
        let pruned = || {
            let events = Events::default();
            workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
            events.pick(|event| match event {
                Event::PartitionsPruned { dataset, partitions } => Some((dataset.clone(), partitions.clone())),
                _ => None,
            })
        };
        for id in ["b", "a", "c"] {
            workshop.put("raw", id, id);
        }
        assert_eq!(pruned(), []);
        for id in ["b", "a"] {
            fs::remove_file(workshop.folder("raw").join(id)).unwrap();
        }
        assert_eq!(pruned(), [("out".to_owned(), vec!["a".to_owned(), "b".to_owned()])]);
        assert_eq!(pruned(), []);
    }
}

#[test]
fn a_partition_is_completed_when_it_went_through_all_nodes_and_not_when_the_run_ended() {
    const ALL: usize = 20;
    for persist in Persist::ALL {
        for runner in [Runner::Sequential, workers(2)] {
            let workshop = Workshop::local();
            (0..ALL).for_each(|id| workshop.put("raw", &format!("{id:02}"), "text"));
            let manifest = workshop.set("raw", "")
                + &workshop.set("out", "")
                + &node("copy", "copy_text", &["raw"], "made")
                + &node("second", "upper", &["made"], "out")
                + &over(&["copy", "second"], &["raw"], "slices = 2");
            let (events, cancel) = (Events::default(), Arc::new(AtomicBool::new(false)));
            let set = cancel.clone();
            let interrupt = move |record: &Record| {
                if matches!(&record.event, Event::NodeCompleted { node, .. } if node == "second") {
                    set.store(true, Ordering::Relaxed);
                }
            };
            let result = workshop.run_with(&manifest, |run| {
                run.runner(runner).persist(persist).cancel(cancel).observe(interrupt).observe(events.observer())
            });
            let case = format!("{persist}, {runner:?}");
            let Err(Error::Run(failure)) = result else { panic!("{case}: it was not interrupted") };
            let mut completed = events.pick(|event| match event {
                Event::PartitionCompleted { partition, .. } => Some(partition.clone()),
                _ => None,
            });
            completed.sort();
            let mut second = events.pick(|event| match event {
                Event::NodeCompleted { node, at, .. } if node == "second" => at.partition.clone(),
                _ => None,
            });
            second.sort();
            assert_eq!(completed, second, "{case}");
            assert!((1..ALL).contains(&completed.len()), "{case}: {completed:?}");
            assert_eq!(failure.report.multipipelines["m"].completed, completed.len(), "{case}");
            let record = History::of(workshop.path()).open(None).unwrap();
            assert_eq!(record.state, RunState::Interrupted, "{case}");
            assert_eq!(
                record.multipipelines["m"].completed.iter().collect::<Vec<_>>(),
                completed.iter().collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn a_partition_for_which_nothing_runs_is_left_out_and_not_completed() {
    let workshop = Workshop::local();
    for (set, id) in [("left", "a"), ("left", "b"), ("right", "b"), ("right", "c")] {
        workshop.put(set, id, set);
    }
    let manifest = workshop.set("left", "")
        + &workshop.set("right", "")
        + &workshop.set("joined", "")
        + &workshop.set("other", "")
        + &node("join", "join_texts", &["left", "right"], "joined")
        + &node("other", "copy_text", &["left"], "other")
        + &over(&["join", "other"], &["left", "right"], "join = \"outer\"");
    let events = Events::default();
    let result = workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    let mut completed = events.pick(|event| match event {
        Event::PartitionCompleted { partition, .. } => Some(partition.clone()),
        _ => None,
    });
    completed.sort();
    let report = &result.report().multipipelines["m"];
    let left_out: Vec<_> = report.left_out.iter().map(|left| (&*left.partition, &*left.reason)).collect();
    assert_eq!((completed, report.completed, report.total), (vec!["a".to_owned(), "b".to_owned()], 2, 2));
    assert_eq!(left_out, [("c", "nothing to run for it: not in `left`")]);
    assert_eq!((workshop.objects("joined").len(), workshop.objects("other").len()), (1, 2));
}
