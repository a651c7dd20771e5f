//! Sets that remember how far they have been worked on.

use std::fs;

use wpipe::Event;

use crate::support::{Events, Workshop, check_copy_see};

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
