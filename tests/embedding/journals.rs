//! Journals that other versions have written. `journals/` keeps one of each layout, as that version wrote it.

use std::fs;
use std::path::Path;

use wpipe::{History, RunRecord, RunState};

/// The journal of a layout, with other texts in place of some.
fn journal(layout: &str, description: (&str, &str), events: (&str, &str)) -> RunRecord {
    let project = tempfile::tempdir().unwrap();
    let (from, to) = (Path::new("embedding/journals").join(layout), project.path().join(".wpipe/runs").join(layout));
    fs::create_dir_all(&to).unwrap();
    for (name, (before, after)) in [("run.json", description), ("events.jsonl", events)] {
        let text = fs::read_to_string(from.join(name)).unwrap();
        assert!(text.contains(before), "{name} has no `{before}`");
        fs::write(to.join(name), text.replacen(before, after, 1)).unwrap();
    }
    History::of(project.path()).open(None).unwrap()
}

fn as_it_is(layout: &str) -> RunRecord {
    journal(layout, ("", ""), ("", ""))
}

#[test]
fn journals_of_every_layout_are_read() {
    for layout in ["0", "2", "2-events-1"] {
        let record = as_it_is(layout);
        assert_eq!((record.unreadable, record.unknown, record.is_newer), (0, 0, false), "{layout}");
        assert_eq!(record.state, RunState::Failed, "{layout}");
        assert!(record.nodes["a"].seconds.unwrap() > 0.0, "{layout}");
        assert_eq!(record.nodes["b"].error.as_deref(), Some("found `HELLO` in the text"), "{layout}");
        assert_eq!(record.persisted[0], "mid", "{layout}");
        assert!(record.started.unwrap() < record.last_event.unwrap(), "{layout}");
    }
}

#[test]
fn a_journal_tells_what_became_of_partitions() {
    for layout in ["2", "2-events-1"] {
        let record = as_it_is(layout);
        let each = &record.multipipelines["each"];
        assert_eq!((each.total(), each.completed.len(), each.is_barrier_reached), (2, 2, true), "{layout}");
        assert_eq!(record.partitions["parts"]["1"].size, 1, "{layout}");
        assert_eq!(record.checkpoints["raw"], "2", "{layout}");
    }
}

#[test]
fn a_journal_tells_which_worker_made_which_attempt() {
    let node = &as_it_is("2-events-1").nodes["b"];
    assert_eq!((node.worker.is_some(), node.attempt), (true, 1));
    let node = &as_it_is("2").nodes["b"];
    assert_eq!((node.worker, node.attempt), (None, 0));
}

#[test]
fn what_a_later_version_records_is_passed_over_and_counted() {
    let record =
        journal("2", ("", ""), ("\"event\":\"save_started\"", "\"event\":\"save_planned\",\"cost\":{\"a\":1}"));
    assert_eq!((record.unknown, record.unreadable, record.is_newer), (1, 0, false));
    assert_eq!(record.persisted[0], "mid");
}

#[test]
fn a_later_layout_is_read_as_far_as_it_is_understood_and_says_so() {
    let record = journal("2", ("\"format\": 2", "\"format\": 99, \"more\": []"), ("", ""));
    assert!(record.is_newer);
    assert_eq!(record.state, RunState::Failed);
    let record = journal("2-events-1", ("", ""), ("\"format\":1", "\"format\":99"));
    assert!(record.is_newer);
}
