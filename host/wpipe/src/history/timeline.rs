//! The calls, loads, saves and waits of a run, each from its beginning to its end.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use wpipe_runner::{At, Event, Record};

/// One call, load, save or wait of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TimelineSpan {
    /// The kind of work.
    pub kind: SpanKind,
    /// The node, or the dataset.
    pub name: String,
    /// The part of it.
    #[serde(flatten)]
    pub at: At,
    /// The worker thread, from 0; `None` on the driving thread, and for loads and saves.
    pub worker: Option<usize>,
    /// The seconds from the beginning of the run to its own beginning.
    pub start: f64,
    /// The seconds from the beginning of the run to its end; `None` while it runs, and if the run ended before.
    pub end: Option<f64>,
    /// The bytes that were loaded or saved; `None` for a call.
    pub bytes: Option<u64>,
    /// The error with which it ended.
    pub error: Option<String>,
}

/// The kind of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// A call of a node.
    Call,
    /// A load of a dataset.
    Load,
    /// A save of a dataset.
    Save,
    /// A wait: for memory, for room in the shared store, or of a node before it is called again.
    Wait,
}

/// The name of a wait for memory.
const MEMORY: &str = "memory";

/// Spans built from the events of a run.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    spans: Vec<TimelineSpan>,
    /// Those that have no end yet.
    open: BTreeMap<(SpanKind, String, At), usize>,
    /// The time from which a journal without elapsed times counts.
    first: Option<std::time::SystemTime>,
}

impl Timeline {
    /// Adds the next event.
    pub(super) fn see(&mut self, record: &Record) {
        let first = *self.first.get_or_insert(record.time);
        let since = || record.time.duration_since(first).unwrap_or_default();
        let now = record.elapsed.unwrap_or_else(since).as_secs_f64();
        use SpanKind::{Call, Load, Save, Wait};
        // Memory is waited for until something more is begun.
        if matches!(record.event, Event::NodeStarted { .. } | Event::LoadStarted { .. }) {
            self.end_wait(MEMORY, &At::default(), now);
        }
        match &record.event {
            Event::NodeStarted { node, at, .. } => {
                self.begin(Call, node, at, now);
            }
            Event::LoadStarted { dataset, at, .. } => self.begin(Load, dataset, at, now),
            Event::WaitingForMemory { .. } => self.begin_wait(MEMORY, &At::default(), now),
            Event::WaitingForStore { dataset, at, .. } => self.begin_wait(dataset, at, now),
            Event::DatasetShared { dataset, at, .. } => self.end_wait(dataset, at, now),
            Event::SaveStarted { dataset, at, .. } => self.begin(Save, dataset, at, now),
            Event::NodeCompleted { node, at, duration, .. } => {
                self.end(Call, node, at, (now, Some(*duration), record.worker), None, None);
            }
            Event::NodeFailed { node, at, duration, error, .. } => {
                self.end(Call, node, at, (now, Some(*duration), record.worker), None, Some(error));
            }
            Event::NodeRetried { node, at, error, delay, .. } => {
                self.end(Call, node, at, (now, None, record.worker), None, Some(error));
                let place = self.add(Wait, node, at, now);
                self.spans[place].end = Some(now + delay.as_secs_f64());
            }
            Event::LoadCompleted { dataset, at, duration, bytes, .. } => {
                self.end(Load, dataset, at, (now, Some(*duration), None), Some(*bytes), None);
            }
            Event::LoadFailed { dataset, at, error } => {
                self.end(Load, dataset, at, (now, None, None), None, Some(error));
            }
            Event::SaveCompleted { dataset, at, duration, bytes, .. } => {
                self.end(Save, dataset, at, (now, Some(*duration), None), Some(*bytes), None);
            }
            Event::SaveFailed { dataset, at, error } => {
                self.end(Save, dataset, at, (now, None, None), None, Some(error));
            }
            Event::RunStarted { .. }
            | Event::LoadProgressed { .. }
            | Event::SaveProgressed { .. }
            | Event::NodeSkipped { .. }
            | Event::DatasetProduced { .. }
            | Event::PartitionsPruned { .. }
            | Event::SaveUntidy { .. }
            | Event::PartitionsListed { .. }
            | Event::Sliced { .. }
            | Event::ResultsMissing { .. }
            | Event::PartitionCompleted { .. }
            | Event::PartitionFailed { .. }
            | Event::PartitionSaved { .. }
            | Event::CheckpointConfirmed { .. }
            | Event::CheckpointLost { .. }
            | Event::BarrierReached { .. }
            | Event::DatasetReleased { .. }
            | Event::DatasetAttached { .. }
            | Event::Log { .. }
            | Event::Progress { .. }
            | Event::Metric { .. }
            | Event::RunInterrupted
            | Event::RunCompleted { .. }
            | Event::RunFailed { .. }
            | Event::Unknown => {}
        }
    }

    /// Returns the spans in the order in which they began.
    pub(super) fn finish(mut self) -> Vec<TimelineSpan> {
        self.spans.sort_by(|one, other| one.start.total_cmp(&other.start));
        self.spans
    }

    fn begin(&mut self, kind: SpanKind, name: &str, at: &At, start: f64) {
        let place = self.add(kind, name, at, start);
        self.open.insert((kind, name.to_owned(), at.clone()), place);
    }

    /// Begins a wait, unless it goes on already.
    fn begin_wait(&mut self, name: &str, at: &At, start: f64) {
        if !self.open.contains_key(&(SpanKind::Wait, name.to_owned(), at.clone())) {
            self.begin(SpanKind::Wait, name, at, start);
        }
    }

    /// Ends a wait, if it goes on.
    fn end_wait(&mut self, name: &str, at: &At, end: f64) {
        if let Some(place) = self.open.remove(&(SpanKind::Wait, name.to_owned(), at.clone())) {
            self.spans[place].end = Some(end);
        }
    }

    /// Adds a span that has no end, and returns its place.
    fn add(&mut self, kind: SpanKind, name: &str, at: &At, start: f64) -> usize {
        let (name, at) = (name.to_owned(), at.clone());
        self.spans.push(TimelineSpan { kind, name, at, worker: None, start, end: None, bytes: None, error: None });
        self.spans.len() - 1
    }

    fn end(
        &mut self,
        kind: SpanKind,
        name: &str,
        at: &At,
        (end, duration, worker): (f64, Option<Duration>, Option<usize>),
        bytes: Option<u64>,
        error: Option<&String>,
    ) {
        let begun = self.open.remove(&(kind, name.to_owned(), at.clone()));
        // Many calls in one event have no beginning, and neither has one that was lost.
        let place = begun.unwrap_or_else(|| self.add(kind, name, at, end));
        let span = &mut self.spans[place];
        if let Some(duration) = duration {
            // A call may have waited for a worker since it was begun.
            span.start = span.start.max(end - duration.as_secs_f64()).min(end);
        }
        (span.end, span.worker, span.bytes, span.error) = (Some(end), worker, bytes, error.cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(elapsed: f64, event: Event) -> Record {
        Record {
            time: std::time::UNIX_EPOCH,
            elapsed: Some(Duration::from_secs_f64(elapsed)),
            run: wpipe_runner::RunId::now(),
            worker: None,
            event,
        }
    }

    #[test]
    fn a_span_goes_from_its_beginning_to_its_end_and_one_without_end_stays_open() {
        let (dataset, at) = (|| "d".to_owned(), At::default);
        let started = |location: &str| Event::LoadStarted {
            dataset: dataset(),
            at: at(),
            format: "csv".to_owned(),
            location: location.to_owned(),
        };
        let mut timeline = Timeline::default();
        timeline.see(&record(1.0, started("a")));
        timeline.see(&record(2.5, Event::LoadFailed { dataset: dataset(), at: at(), error: "no".to_owned() }));
        timeline.see(&record(3.0, started("b")));
        let spans = timeline.finish();
        let seen: Vec<_> = spans.iter().map(|span| (span.start, span.end, span.error.as_deref())).collect();
        assert_eq!(seen, [(1.0, Some(2.5), Some("no")), (3.0, None, None)]);
    }

    #[test]
    fn memory_is_waited_for_until_something_more_is_begun() {
        let waiting = || Event::WaitingForMemory { used: 2, limit: 1 };
        let started = Event::LoadStarted {
            dataset: "d".to_owned(),
            at: At::default(),
            format: "csv".to_owned(),
            location: "a".to_owned(),
        };
        let mut timeline = Timeline::default();
        for (at, event) in [(1.0, waiting()), (1.5, waiting()), (2.0, started)] {
            timeline.see(&record(at, event));
        }
        let spans = timeline.finish();
        let seen: Vec<_> = spans.iter().map(|span| (span.kind, span.name.as_str(), span.end)).collect();
        assert_eq!(seen, [(SpanKind::Wait, "memory", Some(2.0)), (SpanKind::Load, "d", None)]);
    }
}
