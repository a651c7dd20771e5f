//! How partitions flow: through memory, one by one, and past barriers as sets.

use std::collections::BTreeMap;
use std::fs;

use wpipe::{Event, Runner};

use crate::support::{Events, Workshop, message, node, over, texts, workers};

fn lines(workshop: &Workshop, name: &str) -> String {
    fs::read_to_string(workshop.path().join(name)).unwrap()
}

#[test]
fn a_split_flows_through_slices_into_a_concatenation_without_storage() {
    let workshop = Workshop::local();
    fs::write(workshop.path().join("all"), "c=three\na=one\nb/b=two\n").unwrap();
    let manifest = workshop.text("all")
        + &workshop.text("result")
        + &node("split", "split_lines", &["all"], "parts")
        + &node("first", "copy_text", &["parts"], "one")
        + &node("second", "upper", &["one"], "two")
        + &node("join", "concat_texts", &["two"], "result")
        + &over(&["first", "second"], &["parts"], "slices = 2");
    for runner in [Runner::Sequential, workers(2)] {
        let events = Events::default();
        workshop.run_with(&manifest, |run| run.runner(runner).observe(events.observer())).unwrap();
        assert_eq!(lines(&workshop, "result"), "a=ONE\nb/b=TWO\nc=THREE\n");
        let stored = events.pick(|event| match event {
            Event::LoadStarted { dataset, .. } | Event::SaveStarted { dataset, .. } => Some(dataset.clone()),
            _ => None,
        });
        assert_eq!(stored, ["all", "result"], "nothing between the layers is stored");
    }
}

#[test]
fn a_run_holds_what_is_in_flight_and_not_the_slice() {
    const SIZE: usize = 100_000;
    let workshop = Workshop::local();
    for id in 0..60 {
        workshop.put("raw", &format!("{id:02}"), &"x".repeat(SIZE));
    }
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("first", "copy_text", &["raw"], "one")
        + &node("second", "upper", &["one"], "out")
        + &over(&["first", "second"], &["raw"], "slices = 1");
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    let changes = events.pick(|event| match event {
        Event::LoadCompleted { bytes, .. } | Event::DatasetProduced { bytes, .. } => Some(*bytes as i64),
        Event::DatasetReleased { bytes, .. } => Some(-(*bytes as i64)),
        _ => None,
    });
    let mut held = 0;
    let peak = changes.iter().map(|change| {
        held += change;
        held
    });
    let peak = peak.max().unwrap() / SIZE as i64;
    assert!(peak <= 24, "{peak} datasets of partitions at once");
    assert_eq!(workshop.objects("out").len(), 60);
}

#[test]
fn a_node_that_sees_a_slice_is_called_once_per_slice() {
    let workshop = Workshop::local();
    for id in ["a", "b", "c", "d", "e"] {
        workshop.put("raw", id, id);
    }
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("first", "copy_text", &["raw"], "one")
        + &node("all", "upper_all", &["one"], "two")
        + &node("last", "copy_text", &["two"], "out")
        + &over(&["first", "all", "last"], &["raw"], "slices = 2");
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    assert_eq!(workshop.objects("out"), texts([("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")]));
    assert_eq!(events.calls("all").len(), 2);
    assert_eq!(events.calls("last").len(), 5);
}

#[test]
fn a_node_that_sees_a_slice_of_a_stored_set_loads_what_it_looks_at() {
    let workshop = Workshop::local();
    for id in ["a", "b", "c"] {
        workshop.put("raw", id, id);
    }
    let manifest =
        workshop.set("raw", "") + &workshop.text("count") + &node("count", "count_partitions", &["raw"], "count");
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    assert_eq!(lines(&workshop, "count"), "3");
    let loads = events.pick(|event| matches!(event, Event::LoadStarted { .. }).then_some(()));
    assert!(loads.is_empty(), "nobody has looked at a partition");
}

#[test]
fn an_outer_join_runs_of_each_partition_what_can_be_run() {
    let workshop = Workshop::local();
    for id in ["a", "b"] {
        workshop.put("left", id, id);
    }
    for id in ["b", "c"] {
        workshop.put("right", id, id);
    }
    let manifest = workshop.set("left", "")
        + &workshop.set("right", "")
        + &workshop.set("upper", "")
        + &workshop.set("both", "")
        + &node("upper", "upper", &["left"], "upper")
        + &node("both", "join_texts", &["upper", "right"], "both")
        + &over(&["upper", "both"], &["left", "right"], "join = \"outer\"");
    workshop.run(&manifest).unwrap();
    assert_eq!(workshop.objects("upper").into_keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(workshop.objects("both").into_keys().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn whole_datasets_and_parameters_go_to_every_call() {
    let workshop = Workshop::local();
    fs::write(workshop.path().join("common"), "common").unwrap();
    for id in ["a", "b", "c"] {
        workshop.put("raw", id, id);
    }
    let manifest = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &workshop.text("common")
        + &node("prepare", "upper", &["common"], "prepared")
        + &node("join", "join_texts", &["raw", "prepared"], "out")
        + &over(&["join"], &["raw"], "slices = 3");
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.runner(workers(3)).observe(events.observer())).unwrap();
    assert!(workshop.objects("out").iter().all(|(id, text)| text.contains(id) && text.contains("COMMON")));
    assert_eq!(events.calls("prepare").len(), 1);
}

#[test]
fn one_multipipeline_goes_over_what_another_has_made() {
    let workshop = Workshop::local();
    for id in ["a", "b", "c", "d"] {
        workshop.put("raw", id, id);
    }
    for stored in ["", "[datasets.middle]\ntype = \"text\"\npartitioned = true\npath = \"middle\"\n"] {
        let manifest = workshop.set("raw", "")
            + stored
            + &workshop.set("out", "")
            + &node("first", "upper", &["raw"], "middle")
            + &node("second", "copy_text", &["middle"], "out")
            + &over(&["first"], &["raw"], "slices = 3")
            + "[multinodes.second]\nover = [\"middle\"]\nslices = 2\n";
        workshop.run(&manifest).unwrap();
        assert_eq!(workshop.objects("out"), texts([("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")]));
    }
}

#[test]
fn partitions_go_in_and_come_out_of_memory() {
    let workshop = Workshop::local();
    let manifest = node("upper", "upper", &["raw"], "made") + &over(&["upper"], &["raw"], "");
    let raw: BTreeMap<_, _> =
        [("x.1", "one"), ("x.2", "two")].map(|(id, text)| (id.to_owned(), text.to_owned())).into();
    let result = workshop.run_with(&manifest, |run| run.input_partitions("raw", &raw)).unwrap();
    let made = result.partitions("made").unwrap();
    let made: Vec<_> = made.iter().map(|(id, buffer)| (id.as_str(), buffer.bytes().unwrap())).collect();
    assert_eq!(made, [("x.1", &b"ONE"[..]), ("x.2", b"TWO")]);
}

#[test]
fn a_set_that_is_replaced_while_it_is_read_is_no_result() {
    let workshop = Workshop::local();
    let make = workshop.set("source", "")
        + &workshop.set("raw", "")
        + &node("copy", "copy_text", &["source"], "raw")
        + &over(&["copy"], &["source"], "");
    for id in ["a", "b", "c"] {
        workshop.put("source", id, id);
    }
    workshop.run(&make).unwrap();
    let read = workshop.set("raw", "")
        + &workshop.set("out", "")
        + &node("upper", "upper", &["raw"], "out")
        + &over(&["upper"], &["raw"], "slices = 1");
    let project = workshop.project(&read);
    let other = workshop.project(&make);
    let (path, done) = (workshop.path().to_owned(), std::sync::atomic::AtomicBool::new(false));
    let replace = move |record: &wpipe::Record| {
        let begins = matches!(&record.event, Event::NodeStarted { node, .. } if node == "upper");
        if begins && !done.swap(true, std::sync::atomic::Ordering::Relaxed) {
            fs::write(path.join("source/a"), "other").unwrap();
            let host =
                wpipe::Host::builder().cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/components")).build().unwrap();
            host.load_project(other.clone()).unwrap().run().execute().unwrap();
        }
    };
    let told = message(workshop.run_project(project, |run| run.observe(replace)));
    assert!(told.contains("replaced"), "{told}");
    assert!(
        !workshop.folder("out").join(".wpipe/set.json").exists() || {
            let manifest = fs::read_to_string(workshop.folder("out").join(".wpipe/set.json")).unwrap();
            manifest.contains("\"complete\":false") || manifest.contains("\"complete\": false")
        }
    );
}

#[test]
fn partitions_are_saved_while_their_node_makes_others() {
    let workshop = Workshop::local();
    let all: String = (0..200).map(|line| format!("{line:03}=text {line}\n")).collect();
    fs::write(workshop.path().join("all"), &all).unwrap();
    let manifest = workshop.text("all")
        + &workshop.set("parts", "")
        + &workshop.text("result")
        + &node("split", "split_lines", &["all"], "parts")
        + &node("join", "concat_texts", &["parts"], "result");
    let events = Events::default();
    workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    assert_eq!(lines(&workshop, "result"), all);
    assert_eq!(workshop.objects("parts").len(), 200);
    let steps = events.pick(|event| match event {
        Event::SaveCompleted { dataset, at, .. } if dataset == "parts" && !at.is_whole() => Some("saved"),
        Event::NodeCompleted { node, .. } if node == "split" => Some("made"),
        _ => None,
    });
    let before = steps.iter().take_while(|step| **step == "saved").count();
    assert!(before >= 100, "{before} of 200 were saved before the node ended");

    // A node that fails half-way leaves the old set in force.
    fs::write(workshop.path().join("all"), format!("{}no partition", all.replace("text", "other"))).unwrap();
    let told = message(workshop.run(&manifest));
    assert!(told.contains("has no `=`"), "{told}");
    assert!(workshop.objects("parts").values().all(|text| text.starts_with("text")));
    fs::write(workshop.path().join("all"), "a=one\n").unwrap();
    workshop.run(&manifest).unwrap();
    assert_eq!(lines(&workshop, "result"), "a=one\n");
}

#[test]
fn partitions_are_loaded_ahead_of_a_node_that_goes_through_them_and_not_otherwise() {
    let workshop = Workshop::local();
    for id in 0..30 {
        workshop.put("raw", &format!("{id:02}"), "text");
    }
    let manifest = workshop.set("raw", "delay = { load = \"20ms\" }") + &node("all", "concat_texts", &["raw"], "made");
    let events = Events::default();
    let result = workshop.run_with(&manifest, |run| run.observe(events.observer())).unwrap();
    let expected: String = (0..30).map(|id| format!("{id:02}=text\n")).collect();
    assert_eq!(result.output::<str>("made").unwrap(), expected);
    let mut loads = events.pick(|event| match event {
        Event::LoadStarted { at, .. } => at.partition.clone(),
        _ => None,
    });
    assert_eq!(loads.len(), 30, "each is loaded once");
    loads.sort();
    loads.dedup();
    assert_eq!(loads.len(), 30);
    let steps = events.pick(|event| match event {
        Event::LoadStarted { .. } => Some(1),
        Event::LoadCompleted { .. } => Some(-1),
        _ => None,
    });
    let mut under_way = 0;
    let most = steps.iter().map(|step| {
        under_way += step;
        under_way
    });
    let most = most.max().unwrap_or(0);
    assert!((2..=5).contains(&most), "the one that is looked at, and up to four ahead, not {most}");
}

#[test]
fn a_set_may_be_larger_than_what_an_output_may_hold_at_once() {
    let workshop = Workshop::local();
    let manifest = "[params]\ncount = 300\nn = 20000\n[limits]\noutput = \"16MiB\"\n".to_owned()
        + "[datasets.numbers]\ntype = \"archive\"\npartitioned = true\npath = \"numbers\"\n"
        + &node("produce", "produce_each", &["params:count", "params:n"], "numbers");
    workshop.run_with(&manifest, |run| run.keep_outputs(false)).unwrap();
    let listed = fs::read_dir(workshop.folder("numbers")).unwrap().count();
    assert_eq!(listed, 300 + 1, "46 MB of partitions, and what is ours");
    let told = message(workshop.run_with(&manifest, |run| run.keep_outputs(true)));
    assert!(told.contains("larger than its limit of 16"), "{told}");
}
