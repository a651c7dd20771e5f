//! What a journal tells of each node and dataset: logs, figures, and where the data went.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;
use wpipe_runner::{At, Event, Record};

/// The most lines of a node's log that are kept: the last ones.
const MOST_LINES: usize = 200;

/// The details of a run, by its journal.
#[derive(Debug, Default)]
pub(crate) struct RunDetails {
    pub(crate) nodes: BTreeMap<String, NodeDetails>,
    pub(crate) datasets: BTreeMap<String, DatasetDetails>,
}

/// The details of a node.
#[derive(Debug, Default)]
pub(crate) struct NodeDetails {
    /// The last lines of its log.
    pub(crate) log: VecDeque<LogLine>,
    /// The number of lines before them.
    pub(crate) earlier_lines: usize,
    /// The most linear memory of a call, in bytes.
    pub(crate) peak_memory: u64,
    /// The number of calls that ended.
    pub(crate) calls: usize,
    /// The calls that were made again, each with the reason.
    pub(crate) retries: usize,
    /// The last value of each figure that it reported.
    pub(crate) figures: BTreeMap<String, f64>,
    /// True if it did not run, because something that it needs failed.
    pub(crate) is_skipped: bool,
}

/// A line of a node's log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogLine {
    /// The level: `info`, `warn`, ….
    pub level: String,
    /// The message, as it may be shown.
    pub message: String,
    /// The partition or slice that the call was for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

/// The details of a dataset; figures of partitions are added up.
#[derive(Debug, Default)]
pub(crate) struct DatasetDetails {
    /// The bytes that a node made, and the ways in which they reach the readers.
    pub(crate) made: Option<u64>,
    pub(crate) transports: BTreeSet<String>,
    /// The loads, by format.
    pub(crate) loads: BTreeMap<String, Transfers>,
    /// The saves, by format.
    pub(crate) saves: BTreeMap<String, Transfers>,
    /// The bytes that were attached from the shared store.
    pub(crate) attached: Option<u64>,
    /// The bytes that were left in the shared store, and the object there.
    pub(crate) shared: Option<(u64, Option<String>)>,
}

/// The loads or saves of a dataset in one format.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    /// The place, without credentials; of a set the place of its first partition.
    pub(crate) location: String,
    pub(crate) bytes: u64,
    pub(crate) count: usize,
    pub(crate) seconds: f64,
    pub(crate) version: Option<String>,
    /// The mark of the saved content.
    pub(crate) mark: Option<String>,
    pub(crate) error: Option<String>,
    open: BTreeSet<At>,
}

impl RunDetails {
    /// Adds the next event.
    pub(super) fn see(&mut self, record: &Record) {
        match &record.event {
            Event::Log { node, at, level, message } => {
                let node = self.node(node);
                if node.log.len() == MOST_LINES {
                    node.log.pop_front();
                    node.earlier_lines += 1;
                }
                let (level, message, part) = (level.to_string(), message.to_string(), part(at));
                node.log.push_back(LogLine { level, message, part });
            }
            Event::Metric { node, name, value, .. } => {
                self.node(node).figures.insert(name.to_string(), *value);
            }
            Event::NodeCompleted { node, peak_memory, attempt, .. } => {
                let node = self.node(node);
                node.peak_memory = node.peak_memory.max(*peak_memory);
                // The end of a node of many calls is none of them.
                node.calls += usize::from(*attempt > 0);
            }
            Event::NodeFailed { node, .. } => self.node(node).calls += 1,
            Event::NodeRetried { node, .. } => self.node(node).retries += 1,
            Event::NodeSkipped { node } => self.node(node).is_skipped = true,
            Event::DatasetProduced { dataset, bytes, transport, .. } => {
                let dataset = self.dataset(dataset);
                *dataset.made.get_or_insert(0) += bytes;
                dataset.transports.insert(transport.to_string());
            }
            Event::DatasetAttached { dataset, bytes, .. } => {
                *self.dataset(dataset).attached.get_or_insert(0) += bytes;
            }
            Event::DatasetShared { dataset, bytes, object, .. } => {
                let (sum, last) = self.dataset(dataset).shared.get_or_insert((0, None));
                *sum += bytes;
                last.clone_from(object);
            }
            Event::LoadStarted { dataset, at, format, location } => {
                self.dataset(dataset).loads.entry(format.clone()).or_default().begin(at, location);
            }
            Event::SaveStarted { dataset, at, format, location } => {
                self.dataset(dataset).saves.entry(format.clone()).or_default().begin(at, location);
            }
            Event::LoadCompleted { dataset, at, bytes, duration, version, .. } => {
                if let Some(load) = open(&mut self.dataset(dataset).loads, at) {
                    load.end(*bytes, duration.as_secs_f64(), version.as_ref());
                }
            }
            Event::SaveCompleted { dataset, at, bytes, duration, version, mark, .. } => {
                if let Some(save) = open(&mut self.dataset(dataset).saves, at) {
                    save.end(*bytes, duration.as_secs_f64(), version.as_ref());
                    save.mark.clone_from(mark);
                }
            }
            Event::LoadFailed { dataset, at, error } => {
                if let Some(load) = open(&mut self.dataset(dataset).loads, at) {
                    load.error = Some(error.clone());
                }
            }
            Event::SaveFailed { dataset, at, error } => {
                if let Some(save) = open(&mut self.dataset(dataset).saves, at) {
                    save.error = Some(error.clone());
                }
            }
            Event::RunStarted { .. }
            | Event::NodeStarted { .. }
            | Event::LoadProgressed { .. }
            | Event::SaveProgressed { .. }
            | Event::WaitingForMemory { .. }
            | Event::WaitingForStore { .. }
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
            | Event::Progress { .. }
            | Event::RunInterrupted
            | Event::RunCompleted { .. }
            | Event::RunFailed { .. }
            | Event::Unknown => {}
        }
    }

    fn node(&mut self, name: &str) -> &mut NodeDetails {
        self.nodes.entry(name.to_owned()).or_default()
    }

    fn dataset(&mut self, name: &str) -> &mut DatasetDetails {
        self.datasets.entry(name.to_owned()).or_default()
    }
}

impl DatasetDetails {
    /// Returns the size: as it was saved, or else as it was in memory.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let sum = |of: &BTreeMap<String, Transfers>| of.values().filter(|one| one.count > 0).map(|one| one.bytes).max();
        sum(&self.saves).or(self.made).or_else(|| sum(&self.loads)).or(self.attached)
    }

    /// Returns the seconds that its loads and saves took.
    pub(crate) fn seconds(&self) -> Option<f64> {
        let mut all = self.loads.values().chain(self.saves.values()).filter(|one| one.count > 0).peekable();
        all.peek()?;
        Some(all.map(|one| one.seconds).sum())
    }
}

impl Transfers {
    fn begin(&mut self, at: &At, location: &str) {
        if self.location.is_empty() || at.is_whole() {
            location.clone_into(&mut self.location);
        }
        self.open.insert(at.clone());
    }

    fn end(&mut self, bytes: u64, seconds: f64, version: Option<&String>) {
        self.bytes += bytes;
        self.seconds += seconds;
        self.count += 1;
        self.version = version.cloned();
    }
}

/// Returns the transfer of that part which has begun, and ends now.
fn open<'t>(all: &'t mut BTreeMap<String, Transfers>, at: &At) -> Option<&'t mut Transfers> {
    all.values_mut().find_map(|one| one.open.remove(at).then_some(one))
}

/// Returns the part of a node's work, for people.
fn part(at: &At) -> Option<String> {
    at.partition.clone().or_else(|| Some(format!("slice {}", at.slice? + 1)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use wpipe_runner::RunId;

    use super::*;

    fn seen(events: impl IntoIterator<Item = Event>) -> RunDetails {
        let mut details = RunDetails::default();
        for event in events {
            details.see(&Record { time: UNIX_EPOCH, elapsed: None, run: RunId::now(), worker: None, event });
        }
        details
    }

    #[test]
    fn a_long_log_keeps_its_end() {
        let line = |number: usize| Event::Log {
            node: "n".to_owned(),
            at: At::partition("p"),
            level: wpipe_sandbox::Level::Info,
            message: wpipe_text::GuestText::new(format!("line {number}")),
        };
        let details = seen((0..MOST_LINES + 3).map(line));
        let node = &details.nodes["n"];
        assert_eq!((node.log.len(), node.earlier_lines), (MOST_LINES, 3));
        assert_eq!((node.log[0].message.as_str(), node.log[0].part.as_deref()), ("line 3", Some("p")));
    }

    #[test]
    fn saves_in_two_formats_are_told_apart() {
        let save = |format: &str| Event::SaveStarted {
            dataset: "d".to_owned(),
            at: At::default(),
            format: format.to_owned(),
            location: format!("d.{format}"),
        };
        let end = |bytes: u64| Event::SaveCompleted {
            dataset: "d".to_owned(),
            at: At::default(),
            bytes,
            duration: Duration::from_secs(1),
            retries: 0,
            version: None,
            mark: None,
        };
        let details = seen([save("csv"), end(7), save("parquet"), end(5)]);
        let saves: Vec<_> =
            details.datasets["d"].saves.values().map(|save| (save.location.as_str(), save.bytes)).collect();
        assert_eq!(saves, [("d.csv", 7), ("d.parquet", 5)]);
        assert_eq!(details.datasets["d"].seconds(), Some(2.0));
    }
}
