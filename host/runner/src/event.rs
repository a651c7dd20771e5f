//! What happens in a run, told to whoever listens.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize, Serializer};
use wpipe_buffer::Transport;
use wpipe_catalog::Stored;
use wpipe_sandbox::{Level, Telemetry};
use wpipe_text::{GuestText, one_line};

use crate::RunId;
use crate::run_id::timestamp;

/// One step of a run. Durations are in seconds in the serialised form, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The run begins.
    RunStarted {
        /// The pipeline's name.
        pipeline: String,
        /// How many nodes it is going to run.
        nodes: usize,
    },
    /// A dataset is being loaded.
    LoadStarted {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Its format.
        format: String,
        /// Where it is.
        location: String,
    },
    /// A dataset is in memory.
    LoadCompleted {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Size of its buffer.
        bytes: u64,
        /// How long it took.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        duration: Duration,
        /// How often something was repeated that failed transiently.
        retries: u32,
        /// Which version it is, of a versioned dataset.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// A dataset could not be loaded.
    LoadFailed {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Why.
        error: String,
    },
    /// A node's call begins.
    NodeStarted {
        /// The node.
        node: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Its component.
        component: String,
        /// The function within the component.
        function: String,
        /// What it is given: datasets and parameters.
        inputs: Vec<String>,
        /// What it makes.
        outputs: Vec<String>,
    },
    /// A node's call ended well.
    NodeCompleted {
        /// The node.
        node: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// From instantiation to the end.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        duration: Duration,
        /// Bytes copied between buffers and the node's memory.
        copied: u64,
        /// Bytes mapped instead.
        mapped: u64,
        /// Bytes moved instead.
        moved: u64,
        /// The most linear memory at once.
        peak_memory: u64,
        /// Nodes completed so far, this one included.
        completed: usize,
        /// Nodes in the run.
        total: usize,
    },
    /// A node's call did not end well.
    NodeFailed {
        /// The node.
        node: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Why.
        error: String,
        /// How long it took.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        duration: Duration,
    },
    /// A node's call failed, and is going to be made again.
    NodeRetried {
        /// The node.
        node: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Why it failed.
        error: String,
        /// How often it has failed so far.
        attempt: u32,
        /// How long it waits.
        #[serde(rename = "delay_seconds", serialize_with = "seconds")]
        delay: Duration,
    },
    /// A node did not run, because something that it needs failed.
    NodeSkipped {
        /// The node.
        node: String,
    },
    /// Nothing more is begun until datasets are saved, or read to the end.
    WaitingForMemory {
        /// Bytes of datasets in memory.
        used: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A node made a dataset.
    DatasetProduced {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// The node.
        node: String,
        /// Size of its buffer.
        bytes: u64,
        /// How it reaches its consumers.
        #[serde(serialize_with = "display")]
        transport: Transport,
    },
    /// A dataset is being written to storage.
    SaveStarted {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Its format.
        format: String,
        /// Where it goes.
        location: String,
    },
    /// A dataset is durable.
    SaveCompleted {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Bytes in storage.
        bytes: u64,
        /// How long it took.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        duration: Duration,
        /// How often something was repeated that failed transiently.
        retries: u32,
        /// Which version it is, of a versioned dataset.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// What marks what was saved, which is another mark as soon as it is replaced.
        #[serde(skip_serializing_if = "Option::is_none")]
        mark: Option<String>,
    },
    /// Partitions were removed that a partitioned dataset does not have any more, since its entry says `prune`.
    PartitionsPruned {
        /// The dataset.
        dataset: String,
        /// The ids, sorted; at least one.
        partitions: Vec<String>,
    },
    /// A partitioned dataset is durable, and what the set before it has left could not be tidied up. The next run goes on
    /// with that.
    SaveUntidy {
        /// The dataset.
        dataset: String,
        /// Why.
        error: String,
    },
    /// A dataset could not be written.
    SaveFailed {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Why.
        error: String,
    },
    /// A partitioned dataset was listed. Its partitions are loaded when they are needed.
    PartitionsListed {
        /// The dataset.
        dataset: String,
        /// How many there are.
        partitions: usize,
        /// Bytes in storage.
        bytes: u64,
        /// The ids of those that the earlier run which made it did not complete: they failed, and the set is incomplete.
        /// What this run has made is told at its barrier.
        missing: Vec<String>,
    },
    /// The partitions of a multipipeline were divided into slices.
    Sliced {
        /// The multipipeline.
        multipipeline: String,
        /// The ids of each slice.
        slices: Vec<Vec<String>>,
        /// What is left out, and why.
        left_out: Vec<LeftOut>,
        /// What entries of `configure` match of which there is no partition.
        unmatched: Vec<String>,
    },
    /// Partitions whose turn has been, by a checkpoint, are not in a dataset that is made of them: it was removed or
    /// changed by hand, or they came when the checkpoint had passed them. The run goes on without them.
    ResultsMissing {
        /// The multipipeline.
        multipipeline: String,
        /// The dataset.
        dataset: String,
        /// The ids, sorted; at least one.
        partitions: Vec<String>,
        /// Where the checkpoint is: without it all partitions are worked on again.
        checkpoint: String,
    },
    /// A partition went through all nodes of a multipipeline.
    PartitionCompleted {
        /// The multipipeline.
        multipipeline: String,
        /// The partition's id.
        partition: String,
        /// Partitions that have ended so far, this one included.
        ended: usize,
        /// Partitions in all slices.
        total: usize,
    },
    /// A partition did not go through all nodes of a multipipeline.
    PartitionFailed {
        /// The multipipeline.
        multipipeline: String,
        /// The partition's id.
        partition: String,
        /// Why.
        error: String,
        /// Partitions that have ended so far, this one included.
        ended: usize,
        /// Partitions in all slices.
        total: usize,
    },
    /// A partition is durable; it belongs to its dataset as soon as that is saved as a whole.
    PartitionSaved {
        /// The dataset.
        dataset: String,
        /// The partition's id.
        partition: String,
        /// Where it is.
        #[serde(flatten)]
        stored: Stored,
    },
    /// A partitioned dataset remembers that it has been worked on up to a partition.
    CheckpointConfirmed {
        /// The dataset.
        dataset: String,
        /// The id of the newest partition.
        partition: String,
    },
    /// Up to where a set has been worked on cannot be kept: the next run works on the same again.
    CheckpointLost {
        /// The dataset.
        dataset: String,
        /// The id of the newest partition.
        partition: String,
        /// Why.
        error: String,
    },
    /// Every slice of a multipipeline has ended.
    BarrierReached {
        /// The multipipeline.
        multipipeline: String,
        /// Partitions that went through all nodes.
        completed: usize,
        /// Partitions that did not.
        failed: usize,
    },
    /// Nobody needs a dataset's buffer any more.
    DatasetReleased {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Size of the buffer.
        bytes: u64,
    },
    /// A node logged a message.
    Log {
        /// The node.
        node: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// How much it matters.
        #[serde(serialize_with = "display")]
        level: Level,
        /// What it said.
        message: GuestText,
    },
    /// A node told how far it is.
    Progress {
        /// The node.
        node: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// Steps done.
        completed: u64,
        /// Steps in all; 0 if unknown.
        total: u64,
    },
    /// A node told a figure.
    Metric {
        /// The node.
        node: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// The figure's name.
        name: GuestText,
        /// The figure; serialised, what JSON has no number for is the text `NaN`, `inf` or `-inf`.
        #[serde(serialize_with = "figure")]
        value: f64,
    },
    /// Somebody interrupted the run: no node starts any more, and what has been made is still saved.
    RunInterrupted,
    /// Every node completed, and everything promised is durable.
    RunCompleted {
        /// How long it took.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        duration: Duration,
    },
    /// The run ended early.
    RunFailed {
        /// Every error, in order.
        errors: Vec<String>,
        /// Whether somebody interrupted it.
        interrupted: bool,
        /// Nodes that completed.
        completed: usize,
        /// Nodes in the run.
        total: usize,
        /// How long it took.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        duration: Duration,
    },
}

/// Which part of a dataset, or which call of a node: whole, unless it belongs to a multipipeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct At {
    /// The id of the partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The slice, from 0, of what is done once per slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<usize>,
}

impl At {
    /// A partition.
    pub fn partition(id: impl Into<String>) -> Self {
        Self { partition: Some(id.into()), slice: None }
    }

    /// A slice.
    pub fn slice(slice: usize) -> Self {
        Self { partition: None, slice: Some(slice) }
    }

    /// Whether it is the whole.
    pub fn is_whole(&self) -> bool {
        self.partition.is_none() && self.slice.is_none()
    }
}

impl fmt::Display for At {
    /// Behind a name: nothing, ` (partition …)`, or ` (slice …)`, counted from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.partition, self.slice) {
            (Some(id), _) => write!(f, " (partition `{}`)", one_line(id)),
            (None, Some(slice)) => write!(f, " (slice {})", slice + 1),
            (None, None) => Ok(()),
        }
    }
}

/// A partition that a multipipeline leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its id.
    pub partition: String,
    /// Why.
    pub reason: String,
}

/// An event with its time and run: one line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// When it happened.
    #[serde(serialize_with = "rfc3339")]
    pub time: SystemTime,
    /// In which run.
    pub run: RunId,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Somebody who listens to runs. Called from whichever thread an event happens on, so it should be quick.
pub trait Observer: Send + Sync {
    /// An event happened.
    fn observe(&self, record: &Record);
}

impl<F: Fn(&Record) + Send + Sync> Observer for F {
    fn observe(&self, record: &Record) {
        self(record);
    }
}

/// Tells every observer of a run what happens.
#[derive(Clone)]
pub(crate) struct Emitter {
    run: RunId,
    observers: Arc<[Arc<dyn Observer>]>,
    /// Whether the run has ended: what is cancelled with it has nothing to tell.
    has_ended: Arc<AtomicBool>,
}

impl Emitter {
    pub(crate) fn new(run: RunId, observers: &[Arc<dyn Observer>]) -> Self {
        Self { run, observers: observers.into(), has_ended: Arc::default() }
    }

    /// Makes the event only if somebody listens: a run of no-op nodes should cost no more than its calls.
    pub(crate) fn emit(&self, event: impl FnOnce() -> Event) {
        if self.observers.is_empty() || self.has_ended.load(Ordering::Acquire) {
            return;
        }
        let record = Record { time: SystemTime::now(), run: self.run.clone(), event: event() };
        for observer in &*self.observers {
            observer.observe(&record);
        }
    }

    /// Makes the last event of the run.
    pub(crate) fn end(&self, event: impl FnOnce() -> Event) {
        self.emit(event);
        self.has_ended.store(true, Ordering::Release);
    }
}

/// A node's own messages as events of its run.
pub(crate) struct NodeTelemetry {
    pub(crate) node: String,
    pub(crate) at: At,
    pub(crate) emitter: Emitter,
}

impl Telemetry for NodeTelemetry {
    fn log(&self, level: Level, message: &GuestText) {
        let node = &self.node;
        self.emitter.emit(|| Event::Log { node: node.clone(), at: self.at.clone(), level, message: message.clone() });
    }

    fn progress(&self, completed: u64, total: u64) {
        self.emitter.emit(|| Event::Progress { node: self.node.clone(), at: self.at.clone(), completed, total });
    }

    fn metric(&self, name: &GuestText, value: f64) {
        self.emitter.emit(|| Event::Metric { node: self.node.clone(), at: self.at.clone(), name: name.clone(), value });
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// A number, or what a text says of it that Rust reads back: JSON has no other numbers.
fn figure<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.collect_str(value) }
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timestamp(*time))
}

fn display<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
