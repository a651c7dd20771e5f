//! Events are read back as they were written.

use std::time::{Duration, SystemTime};

use wpipe_buffer::Transport;
use wpipe_catalog::{Phase, Stored};
use wpipe_runner::{At, EVENT_FORMAT, Event, LeftOut, LogLevel, Record, RunId, TableColumn};

const DURATION: Duration = Duration::new(3, 123_456_789);

fn text(text: &str) -> String {
    text.to_owned()
}

/// Returns one event of each kind.
fn events() -> Vec<Event> {
    let (dataset, node, multipipeline, partition, error) =
        (|| text("d\n\u{202e}"), || text("n"), || text("m"), || text("2026/11"), || text("no \"room\""));
    let stored = Stored { size: u64::MAX, at: Some(text("run")), mark: Some(text("\"etag\"")), changed: None };
    let (at, whole) = (At::partition("2026/11"), At::default());
    vec![
        Event::RunStarted { format: EVENT_FORMAT, pipeline: text("p"), nodes: 3 },
        Event::LoadStarted { dataset: dataset(), at: at.clone(), format: text("csv"), location: text("a.csv") },
        Event::LoadCompleted {
            dataset: dataset(),
            at: At::slice(2),
            bytes: 7,
            duration: DURATION,
            retries: 1,
            version: Some(text("v1")),
            columns: vec![TableColumn { name: text("x\n"), kind: text("f64") }],
        },
        Event::LoadProgressed {
            dataset: dataset(),
            at: whole.clone(),
            phase: Phase::Decoding,
            bytes: 3,
            total: Some(7),
        },
        Event::SaveProgressed { dataset: dataset(), at: at.clone(), phase: Phase::Writing, bytes: 0, total: None },
        Event::LoadFailed { dataset: dataset(), at: whole.clone(), error: error() },
        Event::NodeStarted {
            node: node(),
            at: at.clone(),
            component: text("c"),
            function: text("f"),
            inputs: vec![text("a"), text("params:b")],
            outputs: vec![],
        },
        Event::NodeCompleted {
            node: node(),
            at: whole.clone(),
            duration: Duration::ZERO,
            attempt: 2,
            copied: 1,
            mapped: 2,
            moved: 3,
            peak_memory: 4,
            completed: 1,
            total: 3,
        },
        Event::NodeFailed { node: node(), at: at.clone(), error: error(), duration: DURATION, attempt: 3 },
        Event::NodeRetried { node: node(), at: at.clone(), error: error(), attempt: 1, delay: DURATION },
        Event::NodeSkipped { node: node() },
        Event::WaitingForMemory { used: 1, limit: 2 },
        Event::DatasetProduced {
            dataset: dataset(),
            at,
            node: node(),
            bytes: 1,
            transport: Transport::Move,
            columns: Vec::new(),
        },
        Event::SaveStarted { dataset: dataset(), at: whole.clone(), format: text("csv"), location: text("b.csv") },
        Event::SaveCompleted {
            dataset: dataset(),
            at: whole.clone(),
            bytes: 9,
            duration: DURATION,
            retries: 0,
            version: None,
            mark: Some(text("\"etag\"")),
        },
        Event::PartitionsPruned { dataset: dataset(), partitions: vec![partition()] },
        Event::SaveUntidy { dataset: dataset(), error: error() },
        Event::SaveFailed { dataset: dataset(), at: whole.clone(), error: error() },
        Event::PartitionsListed { dataset: dataset(), partitions: 2, bytes: 3, missing: vec![partition()] },
        Event::Sliced {
            multipipeline: multipipeline(),
            slices: vec![vec![partition()], vec![]],
            left_out: vec![LeftOut { partition: partition(), reason: text("done") }],
            unmatched: vec![text("2025/*")],
        },
        Event::ResultsMissing {
            multipipeline: multipipeline(),
            dataset: dataset(),
            partitions: vec![partition()],
            checkpoint: text("checkpoint.json"),
        },
        Event::PartitionCompleted { multipipeline: multipipeline(), partition: partition(), ended: 1, total: 2 },
        Event::PartitionFailed {
            multipipeline: multipipeline(),
            partition: partition(),
            error: error(),
            ended: 2,
            total: 2,
        },
        Event::PartitionSaved { dataset: dataset(), partition: partition(), stored },
        Event::CheckpointConfirmed { dataset: dataset(), partition: partition() },
        Event::CheckpointLost { dataset: dataset(), partition: partition(), error: error() },
        Event::BarrierReached { multipipeline: multipipeline(), completed: 1, failed: 1 },
        Event::DatasetReleased { dataset: dataset(), at: whole.clone(), bytes: 5 },
        Event::Log { node: node(), at: whole.clone(), level: LogLevel::Warn, message: "a\r\u{9b}\n".into() },
        Event::Progress { node: node(), at: whole.clone(), completed: 1, total: 0 },
        Event::Metric { node: node(), at: whole.clone(), name: "loss".into(), value: f64::NEG_INFINITY },
        Event::Metric { node: node(), at: whole, name: "loss".into(), value: 0.1 + 0.2 },
        Event::RunInterrupted,
        Event::RunCompleted { duration: DURATION },
        Event::RunFailed { errors: vec![error()], interrupted: true, completed: 1, total: 3, duration: DURATION },
    ]
}

#[test]
fn every_event_is_read_back_as_it_was_written() {
    for event in events() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_540_501_007);
        let record = Record { time, elapsed: Some(DURATION), run: RunId::now(), worker: Some(1), event };
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record, "{line}");
    }
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    let line = r#"{"time":"2026-11-28T09:41:41.007Z","run":"r","colour":[1],"event":"node_dreamt","node":{"of":"x"}}"#;
    assert_eq!(serde_json::from_str::<Record>(line).unwrap().event, Event::Unknown);
    let line = r#"{"time":"2026-11-28T09:41:41.007Z","run":"r","event":"node_skipped","node":"n","why":{"a":null}}"#;
    assert_eq!(serde_json::from_str::<Record>(line).unwrap().event, Event::NodeSkipped { node: text("n") });
}

#[test]
fn what_is_no_event_is_an_error() {
    for line in
        ["null", "{}", r#"{"event":"node_skipped","node":"n"}"#, r#"{"time":"x","run":"r","event":"run_interrupted"}"#]
    {
        assert!(serde_json::from_str::<Record>(line).is_err(), "{line}");
    }
}
