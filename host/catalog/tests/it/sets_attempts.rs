//! Several attempts at one part of a run, at once or late: what one has written, no other touches.

use std::collections::BTreeMap;

use crate::sets_support::*;
use crate::support::*;

fn attempt(set: &wpipe_catalog::PartitionedDataset, fence: &str) -> wpipe_catalog::SetWriter {
    wait(set.begin_as("r1", Some(fence))).expect("begun")
}

#[test]
fn attempts_write_apart_and_the_first_commit_counts() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let (one, other) = (attempt(&set, "r1-a"), attempt(&set, "r1-b"));
        let (saved, twice) = (save_text(&one, "x", "one"), save_text(&other, "x", "two"));
        assert_eq!((saved.at.as_deref(), twice.at.as_deref()), (Some("r1-a"), Some("r1-b")));
        commit(&one, BTreeMap::from([("x".to_owned(), saved)]));
        let first = texts([("x", "one")]);
        assert_eq!(seen(&set), first);
        // The other one finds the run's set there, and leaves it.
        commit(&other, BTreeMap::from([("x".to_owned(), twice)]));
        assert_eq!(seen(&set), first);
    }
}

#[test]
fn a_late_attempt_changes_nothing_of_a_committed_set_and_the_next_run_removes_what_it_has_left() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let late = attempt(&set, "r1-late");
        let one = attempt(&set, "r1-a");
        let saved = save_text(&one, "x", "one");
        commit(&one, BTreeMap::from([("x".to_owned(), saved)]));
        save_text(&late, "x", "late");
        save_text(&late, "y", "late");
        assert_eq!(seen(&set), texts([("x", "one")]));
        replace(&set, "r2", &texts([("x", "next")]));
        assert_eq!(root.files(), ["set/.wpipe/set.json", "set/x.txt"]);
    }
}

#[test]
fn an_attempt_does_not_remove_what_another_one_is_about_to_commit() {
    for root in Root::all() {
        let set = root.open_set(".txt");
        let (one, other) = (attempt(&set, "r1-a"), attempt(&set, "r1-b"));
        let (saved, twice) = (save_text(&one, "x", "same"), save_text(&other, "x", "same"));
        commit(&one, BTreeMap::from([("x".to_owned(), saved)]));
        let listed = root.files();
        assert!(listed.iter().any(|name| name.contains("r1-b")), "{listed:?}");
        commit(&other, BTreeMap::from([("x".to_owned(), twice)]));
        assert_eq!(seen(&set), texts([("x", "same")]));
    }
}
