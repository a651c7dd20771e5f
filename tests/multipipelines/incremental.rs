//! `--incremental`, partition by partition.

use wpipe::{Incremental, Selection};

use crate::support::{Events, Workshop, check_copy_see};

fn manifest(workshop: &Workshop, word: &str) -> String {
    check_copy_see(workshop, word, "", "slices = 2")
        + "[[multipipelines.m.configure]]\nmatch = \"b{rest}\"\nparams = { word = \"special\" }\n"
}

/// The partitions that are worked on; `None` if nothing runs.
fn run(workshop: &Workshop, manifest: &str) -> Option<Vec<String>> {
    let project = workshop.project(manifest);
    let mut decided = Incremental::of(&project).unwrap();
    let nodes = decided.to_run();
    if nodes.is_empty() {
        return None;
    }
    let project = project.select(&Selection { nodes, ..Selection::default() }).unwrap();
    let events = Events::default();
    let result = workshop
        .run_project(project.clone(), |run| run.observe(events.observer()).incremental(&mut decided).unwrap())
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
    let mut decided = Incremental::of(&project).unwrap();
    let result = workshop.run_project(project.clone(), |run| run.incremental(&mut decided).unwrap());
    let Err(wpipe::Error::Run(failure)) = result else { panic!("it succeeded") };
    decided.record(&project, &failure.report).unwrap();
    assert_eq!(workshop.objects("out")["a2"], "TEXT");
    workshop.put("raw", "a2", "good");
    assert_eq!(run(&workshop, &manifest), ids(&["a2"]));
    assert_eq!(workshop.objects("out")["a2"], "GOOD");
}
