//! `--incremental`, partition by partition.

use wpipe::{Incremental, Persist, Selection};

use crate::support::{Events, Workshop, check_copy_see, node};

fn manifest(workshop: &Workshop, word: &str) -> String {
    check_copy_see(workshop, word, "", "slices = 2")
        + "[[multipipelines.m.configure]]\nmatch = \"b{rest}\"\nparams = { word = \"special\" }\n"
}

/// The partitions that are worked on; `None` if nothing runs.
fn run(workshop: &Workshop, manifest: &str) -> Option<Vec<String>> {
    run_as(workshop, manifest, Persist::Tee)
}

fn run_as(workshop: &Workshop, manifest: &str, persist: Persist) -> Option<Vec<String>> {
    let project = workshop.project(manifest);
    let decided = Incremental::of(&project).unwrap();
    let nodes = decided.to_run();
    if nodes.is_empty() {
        return None;
    }
    let project = project.select(&Selection { nodes, ..Selection::default() }).unwrap();
    let events = Events::default();
    let result = workshop
        .run_project(project.clone(), |run| {
            run.persist(persist).observe(events.observer()).incremental(&decided).unwrap()
        })
        .unwrap();
    decided.record(&project, result.report()).unwrap();
    Some(events.calls("copy"))
}

fn ids(ids: &[&str]) -> Option<Vec<String>> {
    Some(ids.iter().map(|id| (*id).to_owned()).collect())
}

#[test]
fn only_partitions_that_have_changed_run_again() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        for id in ["a1", "a2", "b1"] {
            workshop.put("raw", id, "text");
        }
        let before = manifest(&workshop, "none");
        assert_eq!(run(&workshop, &before), ids(&["a1", "a2", "b1"]));
        assert_eq!(run(&workshop, &before), None);

        workshop.put("raw", "a2", "another text");
        workshop.put("raw", "c1", "new");
        assert_eq!(run(&workshop, &before), ids(&["a2", "c1"]));
        assert_eq!(workshop.objects("out")["a2"], "ANOTHER TEXT");
        assert_eq!(workshop.objects("out")["a1"], "TEXT");
        assert_eq!(workshop.objects("out").len(), 4);

        // `b1` has a word of its own.
        assert_eq!(run(&workshop, &manifest(&workshop, "else")), ids(&["a1", "a2", "c1"]));
    }
}

#[test]
fn a_partition_that_is_no_more_leaves_the_set() {
    let workshop = Workshop::local();
    for id in ["a1", "a2"] {
        workshop.put("raw", id, "text");
    }
    let manifest = manifest(&workshop, "none");
    run(&workshop, &manifest);
    std::fs::remove_file(workshop.folder("raw").join("a1")).unwrap();
    assert_eq!(run(&workshop, &manifest), ids(&[]));
    assert_eq!(std::fs::read_to_string(workshop.path().join("all")).unwrap(), "a2=TEXT\n");
}

#[test]
fn a_result_that_was_changed_by_hand_is_made_again() {
    let workshop = Workshop::local();
    for id in ["a1", "a2"] {
        workshop.put("raw", id, "text");
    }
    let manifest = manifest(&workshop, "none");
    run(&workshop, &manifest);
    workshop.put("raw", "a2", "other");
    workshop.put("out", "a1", "by hand");
    assert_eq!(run(&workshop, &manifest), ids(&["a1", "a2"]));
    assert_eq!(workshop.objects("out")["a1"], "TEXT");
    // Of the same size, and nothing else has changed.
    workshop.put("out", "a1", "HAND");
    assert_eq!(run(&workshop, &manifest), ids(&["a1"]));
    assert_eq!(workshop.objects("out")["a1"], "TEXT");
    std::fs::remove_file(workshop.folder("out").join("a2")).unwrap();
    assert_eq!(run(&workshop, &manifest), ids(&["a2"]));
    assert_eq!(workshop.objects("out")["a2"], "OTHER");
    assert_eq!(run(&workshop, &manifest), None);
}

#[test]
fn a_run_that_failed_is_not_taken_for_one_that_did_not() {
    let workshop = Workshop::local();
    for id in ["a1", "a2"] {
        workshop.put("raw", id, "text");
    }
    let manifest = manifest(&workshop, "bad");
    assert_eq!(run(&workshop, &manifest), ids(&["a1", "a2"]));
    workshop.put("raw", "a2", "bad");
    let project = workshop.project(&manifest);
    let decided = Incremental::of(&project).unwrap();
    let result = workshop.run_project(project.clone(), |run| run.incremental(&decided).unwrap());
    let Err(wpipe::Error::Run(failure)) = result else { panic!("it succeeded") };
    decided.record(&project, &failure.report).unwrap();
    assert_eq!(workshop.objects("out")["a2"], "TEXT");
    workshop.put("raw", "a2", "good");
    assert_eq!(run(&workshop, &manifest), ids(&["a2"]));
    assert_eq!(workshop.objects("out")["a2"], "GOOD");
}

#[test]
fn an_input_that_a_run_has_written_and_that_was_changed_by_hand_is_worked_on_again() {
    let workshop = Workshop::local();
    std::fs::write(workshop.path().join("lines"), "a1=one\na2=two\n").unwrap();
    let split = workshop.text("lines") + &workshop.set("raw", "") + &node("split", "split_lines", &["lines"], "raw");
    workshop.run(&split).unwrap();
    let manifest = manifest(&workshop, "none");
    assert_eq!(run(&workshop, &manifest), ids(&["a1", "a2"]));
    assert_eq!(run(&workshop, &manifest), None);
    // As long as it was before.
    workshop.put("raw", "a1", "ten");
    assert_eq!(run(&workshop, &manifest), ids(&["a1"]));
    assert_eq!(workshop.objects("out")["a1"], "TEN");
    assert_eq!(run(&workshop, &manifest), None);
}

#[test]
fn a_multipipeline_over_what_another_one_makes_works_on_what_changes_for_it() {
    let workshop = Workshop::local();
    for id in ["1", "2", "3"] {
        workshop.put("raw", id, "text");
    }
    let multipipeline = |name: &str, over: &str| {
        format!("[multipipelines.{name}]\nnodes = [\"{name}\"]\nover = [\"{over}\"]\nslices = 2\n")
    };
    let manifest = workshop.set("raw", "")
        + &workshop.set("mid", "")
        + &workshop.set("out", "")
        + &node("first", "upper", &["raw"], "mid")
        + &node("copy", "copy_text", &["mid"], "out")
        + &multipipeline("first", "raw")
        + &multipipeline("copy", "mid");
    assert_eq!(run(&workshop, &manifest), ids(&["1", "2", "3"]));
    assert_eq!(run(&workshop, &manifest), None);
    workshop.put("raw", "2", "other");
    workshop.put("raw", "4", "new");
    assert_eq!(run(&workshop, &manifest), ids(&["2", "4"]));
    assert_eq!(workshop.objects("out")["2"], "OTHER");
    assert_eq!(workshop.objects("out").len(), 4);
    assert_eq!(run(&workshop, &manifest), None);
    // What was made by hand in between is made again, as it was when the rest was made of it.
    workshop.put("mid", "3", "HAND");
    assert_eq!(run(&workshop, &manifest), ids(&[]));
    assert_eq!(workshop.objects("mid")["3"], "TEXT");
    assert_eq!(workshop.objects("out")["3"], "TEXT");
    // It has another mark since: who works on the set for another reason works on it as well.
    workshop.put("raw", "1", "another");
    assert_eq!(run(&workshop, &manifest), ids(&["1", "3"]));
    assert_eq!(run(&workshop, &manifest), None);
}

#[test]
fn of_a_part_of_a_multipipeline_partitions_are_done_as_of_the_whole() {
    let workshop = Workshop::local();
    for id in ["a1", "a2", "a3"] {
        workshop.put("raw", id, "text");
    }
    let manifest = workshop.set("checked", "") + &manifest(&workshop, "none");
    assert_eq!(run(&workshop, &manifest), ids(&["a1", "a2", "a3"]));
    std::fs::remove_file(workshop.folder("out").join("a2")).unwrap();
    assert_eq!(run(&workshop, &manifest), ids(&["a2"]));
    workshop.put("raw", "a3", "other");
    assert_eq!(run(&workshop, &manifest), ids(&["a3"]));
    assert_eq!(workshop.objects("out")["a3"], "OTHER");
    assert_eq!(run(&workshop, &manifest), None);
}

#[test]
fn what_is_missing_of_an_incomplete_set_is_tried_again() {
    let workshop = Workshop::local();
    for (id, text) in [("a1", "good"), ("a2", "bad")] {
        workshop.put("raw", id, text);
    }
    let manifest = check_copy_see(&workshop, "bad", "", "on_partition_error = \"skip\"\nallow_incomplete = true");
    assert_eq!(run(&workshop, &manifest), ids(&["a1"]));
    assert_eq!(workshop.objects("out").len(), 1);
    // It fails again, but is not forgotten.
    assert_eq!(run(&workshop, &manifest), ids(&[]));
    workshop.put("raw", "a2", "mended");
    assert_eq!(run(&workshop, &manifest), ids(&["a2"]));
    assert_eq!(workshop.objects("out")["a2"], "MENDED");
    assert_eq!(run(&workshop, &manifest), None);
}

#[test]
fn what_a_failed_run_has_saved_is_not_made_again() {
    for workshop in [Workshop::local(), Workshop::s3()] {
        for id in 0..6 {
            workshop.put("raw", &format!("a{id}"), "text");
        }
        let manifest = manifest(&workshop, "bad");
        for (round, all) in [("first", 6), ("second", 6)] {
            (0..all).for_each(|id| workshop.put("raw", &format!("a{id}"), if id == 5 { "bad" } else { round }));
            let project = workshop.project(&manifest);
            let decided = Incremental::of(&project).unwrap();
            let result =
                workshop.run_project(project.clone(), |run| run.keep_going(true).incremental(&decided).unwrap());
            let Err(wpipe::Error::Run(failure)) = result else { panic!("it succeeded") };
            decided.record(&project, &failure.report).unwrap();
            workshop.put("raw", "a5", round);
            assert_eq!(run(&workshop, &manifest), ids(&["a5"]), "{round}");
            assert!(workshop.objects("out").values().all(|text| *text == round.to_uppercase()));
            assert_eq!(workshop.objects("out").len(), 6);
        }
    }
}

fn two(workshop: &Workshop, first: &str, keys: &str) -> String {
    workshop.set("raw", "")
        + &workshop.set("mid", "")
        + &workshop.set("out", "")
        + first
        + &node("copy", "copy_text", &["mid"], "out")
        + &format!("[multinodes.first]\nover = [\"raw\"]\n{keys}\n[multinodes.copy]\nover = [\"mid\"]\n")
}

#[test]
fn what_was_made_of_an_incomplete_set_is_made_again_when_it_is_complete() {
    let workshop = Workshop::local();
    workshop.put("raw", "a", "ok");
    workshop.put("raw", "b", "too long for a small output");
    let manifest = |limits: &str| {
        let first = node("first", "upper", &["raw"], "mid") + limits;
        two(&workshop, &first, "on_partition_error = \"skip\"\nallow_incomplete = true")
            + &workshop.text("all")
            + &node("see", "concat_texts", &["mid"], "all")
    };
    assert_eq!(run(&workshop, &manifest("limits = { output = \"8B\" }\n")), ids(&["a"]));
    assert_eq!(run(&workshop, &manifest("")), ids(&["b"]));
    assert_eq!(workshop.objects("out").len(), 2);
    assert_eq!(std::fs::read_to_string(workshop.path().join("all")).unwrap().lines().count(), 2);
    assert_eq!(run(&workshop, &manifest("")), None);
}

#[test]
fn what_was_made_of_memory_is_not_taken_for_what_is_stored() {
    let workshop = Workshop::local();
    workshop.put("raw", "a", "text");
    let manifest = |word: &str| {
        let first =
            node("say", "says", &["params:word"], "said") + &node("first", "join_texts", &["raw", "said"], "mid");
        format!("[params]\nword = \"{word}\"\n") + &two(&workshop, &first, "")
    };
    assert_eq!(run(&workshop, &manifest("one")), ids(&["a"]));
    assert_eq!(run_as(&workshop, &manifest("two"), Persist::Off), ids(&["a"]));
    assert!(workshop.objects("out")["a"].contains("two"));
    run(&workshop, &manifest("one"));
    assert!(workshop.objects("out")["a"].contains("one"), "{:?}", workshop.objects("out"));
}
