//! Sets that remember how far they have been worked on.

use std::fs;

use wpipe::Event;

use crate::support::{Events, Workshop, check_copy_see, node, over};

fn manifest(workshop: &Workshop) -> String {
    check_copy_see(workshop, "bad", "checkpoint = true", "slices = 2")
}

fn run(workshop: &Workshop) -> (bool, Vec<String>, Vec<String>) {
    let events = Events::default();
    let result = workshop.run_with(&manifest(workshop), |run| run.observe(events.observer()));
    let confirmed = events.pick(|event| match event {
        Event::CheckpointConfirmed { partition, .. } => Some(partition.clone()),
        _ => None,
    });
    (result.is_ok(), events.calls("copy"), confirmed)
}

#[test]
fn a_checkpoint_is_confirmed_once_after_the_barrier_and_only_newer_partitions_run() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        for id in ["2024-01", "2024-02"] {
            workshop.put("raw", id, id);
        }
        assert_eq!(run(&workshop), (true, vec!["2024-01".into(), "2024-02".into()], vec!["2024-02".into()]));
        assert_eq!(run(&workshop), (true, vec![], vec![]), "nothing is new, and that is no error");
        workshop.put("raw", "2024-03", "2024-03");
        assert_eq!(run(&workshop), (true, vec!["2024-03".into()], vec!["2024-03".into()]));
        let out: Vec<_> = workshop.objects("out").into_keys().collect();
        assert_eq!(out, ["2024-01", "2024-02", "2024-03"]);
        let all = fs::read_to_string(workshop.folder("all")).unwrap();
        assert_eq!(all.lines().count(), 3, "what was made before is still a part of the set");
    }
}

#[test]
fn what_failed_is_not_confirmed() {
    let workshop = Workshop::local();
    for (id, text) in [("1", "good"), ("2", "bad"), ("3", "good")] {
        workshop.put("raw", id, text);
    }
    let (succeeded, _, confirmed) = run(&workshop);
    assert!(!succeeded && confirmed.is_empty());
    workshop.put("raw", "2", "mended");
    let (succeeded, called, confirmed) = run(&workshop);
    assert!(succeeded);
    assert_eq!(called, ["1", "2", "3"]);
    assert_eq!(confirmed, ["3"]);
}

fn confirmed(workshop: &Workshop, manifest: &str) -> Vec<String> {
    let events = Events::default();
    workshop.run_with(manifest, |run| run.observe(events.observer())).unwrap();
    events.pick(|event| match event {
        Event::CheckpointConfirmed { dataset, partition } => Some(format!("{dataset} {partition}")),
        _ => None,
    })
}

fn put_all(workshop: &Workshop, set: &str, ids: &[&str]) {
    ids.iter().for_each(|id| workshop.put(set, id, &format!("{set}{id} ")));
}

#[test]
fn what_waits_for_another_set_of_the_join_is_not_confirmed() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        let manifest = workshop.set("a", "checkpoint = true")
            + &workshop.set("b", "")
            + &workshop.set("out", "")
            + &node("join", "join_texts", &["a", "b"], "out")
            + &over(&["join"], &["a", "b"], "join = \"inner\"");
        put_all(&workshop, "a", &["1", "2", "3", "4"]);
        put_all(&workshop, "b", &["1", "2", "4", "9"]);
        assert_eq!(confirmed(&workshop, &manifest), ["a 2"]);
        put_all(&workshop, "b", &["3"]);
        assert_eq!(confirmed(&workshop, &manifest), ["a 4"]);
        assert_eq!(workshop.objects("out").into_keys().collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    }
}

#[test]
fn what_a_filter_or_a_skip_leaves_out_is_confirmed() {
    for keys in ["filter = { not = { glob = \"3\" } }", "configure = [{ match = \"3\", skip = true }]"] {
        let workshop = Workshop::local();
        put_all(&workshop, "raw", &["1", "2", "3"]);
        let manifest = check_copy_see(&workshop, "bad", "checkpoint = true", keys);
        assert_eq!(confirmed(&workshop, &manifest), ["raw 3"], "{keys}");
    }
}

#[test]
fn what_is_joined_of_memory_waits_as_well_and_what_is_joined_of_storage_does_not() {
    for (is_stored, expected) in [(false, "raw 1"), (true, "raw 2")] {
        let workshop = Workshop::local();
        put_all(&workshop, "raw", &["1", "2"]);
        put_all(&workshop, "other", &["1"]);
        let manifest = workshop.set("raw", "checkpoint = true")
            + &workshop.set("other", "")
            + &workshop.set("out", "")
            + &if is_stored { workshop.set("made", "") } else { String::new() }
            + &node("copy", "copy_text", &["raw"], "made")
            + &node("join", "join_texts", &["made", "other"], "out")
            + &over(&["copy"], &["raw"], "")
            + "[multinodes.join]\nover = [\"made\", \"other\"]\njoin = \"inner\"\n";
        assert_eq!(confirmed(&workshop, &manifest), [expected]);
        put_all(&workshop, "other", &["2"]);
        confirmed(&workshop, &manifest);
        assert_eq!(workshop.objects("out").into_keys().collect::<Vec<_>>(), ["1", "2"]);
    }
}

#[test]
fn only_what_works_on_a_set_holds_its_checkpoint_back() {
    let manifest = |workshop: &Workshop, from: &str| {
        let may_fail = "on_partition_error = \"skip\"\nallow_incomplete = true\n";
        "[params]\nword = \"bad\"\n".to_owned()
            + &workshop.set("raw", "checkpoint = true")
            + &workshop.set("other", "")
            + &workshop.set("out", "")
            + &workshop.set("checked", "")
            + &node("a_copy", "copy_text", &["raw"], "out")
            + &node("check", "fail_on", &[from, "params:word"], "checked")
            + &over(&["a_copy"], &["raw"], "")
            + &format!("[multinodes.check]\nover = [\"{from}\"]\n{may_fail}")
    };
    for (from, expected) in [("other", "raw 3"), ("raw", "raw 1"), ("out", "raw 1")] {
        let workshop = Workshop::local();
        for set in ["raw", "other"] {
            put_all(&workshop, set, &["1", "3"]);
            workshop.put(set, "2", "bad");
        }
        assert_eq!(confirmed(&workshop, &manifest(&workshop, from)), [expected], "{from}");
    }
}

/// The datasets that lack what a checkpoint leaves out, with the ids.
fn missing_results(workshop: &Workshop, manifest: &str) -> Vec<(String, Vec<String>)> {
    let events = Events::default();
    workshop.run_with(manifest, |run| run.observe(events.observer())).unwrap();
    events.pick(|event| match event {
        Event::ResultsMissing { dataset, partitions, checkpoint, .. } => {
            assert!(checkpoint.ends_with(".wpipe/checkpoint.json"), "{checkpoint}");
            Some((dataset.clone(), partitions.clone()))
        }
        _ => None,
    })
}

#[test]
fn results_of_what_a_checkpoint_leaves_out_that_are_gone_are_told() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        put_all(&workshop, "raw", &["1", "2"]);
        let manifest = manifest(&workshop);
        assert_eq!(missing_results(&workshop, &manifest), []);
        put_all(&workshop, "raw", &["3"]);
        assert_eq!(missing_results(&workshop, &manifest), [], "what was made before is there");
        fs::remove_dir_all(workshop.folder("out")).unwrap();
        put_all(&workshop, "raw", &["4"]);
        let told = missing_results(&workshop, &manifest);
        assert_eq!(told, [("out".to_owned(), ["1", "2", "3"].map(str::to_owned).to_vec())]);
        fs::remove_file(workshop.folder("raw").join(".wpipe/checkpoint.json")).unwrap();
        assert_eq!(missing_results(&workshop, &manifest), [], "all is worked on again");
        assert_eq!(workshop.objects("out").len(), 4);
    }
}

#[test]
fn what_was_never_to_be_made_is_not_missing() {
    for keys in ["join = \"inner\"", "join = \"outer\""] {
        let workshop = Workshop::local();
        put_all(&workshop, "a", &["2", "3"]);
        put_all(&workshop, "b", &["1", "2", "3"]);
        let manifest = workshop.set("a", "checkpoint = true")
            + &workshop.set("b", "")
            + &workshop.set("out", "")
            + &workshop.set("other", "")
            + &node("join", "join_texts", &["a", "b"], "out")
            + &node("copy", "copy_text", &["b"], "other")
            + &over(&["join", "copy"], &["a", "b"], keys);
        assert_eq!(missing_results(&workshop, &manifest), []);
        assert_eq!(missing_results(&workshop, &manifest), [], "{keys}");
    }
}

#[test]
fn what_came_when_the_checkpoint_had_passed_it_is_told() {
    let workshop = Workshop::local();
    put_all(&workshop, "raw", &["1", "3"]);
    let manifest = manifest(&workshop);
    assert_eq!(missing_results(&workshop, &manifest), []);
    put_all(&workshop, "raw", &["2"]);
    assert_eq!(missing_results(&workshop, &manifest), [("out".to_owned(), vec!["2".to_owned()])]);
}

#[test]
fn a_result_that_is_gone_is_told_and_ends_no_run() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        for id in ["1", "2"] {
            workshop.put("raw", id, "good");
        }
        workshop.run(&manifest(&workshop)).unwrap();
        fs::remove_file(workshop.folder("out").join("1")).unwrap();
        workshop.put("raw", "3", "new");
        let events = Events::default();
        workshop.run_with(&manifest(&workshop), |run| run.observe(events.observer())).unwrap();
        let missing = events.pick(|event| match event {
            Event::ResultsMissing { dataset, partitions, .. } => Some((dataset.clone(), partitions.clone())),
            _ => None,
        });
        assert_eq!(missing, [("out".to_owned(), vec!["1".to_owned()])]);
        assert_eq!(workshop.objects("out").into_keys().collect::<Vec<_>>(), ["2", "3"]);
    }
}
