//! What happens in a run, told to whoever listens.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use wpipe_buffer::Transport;
use wpipe_sandbox::{Level, Telemetry};

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
        /// Its format.
        format: String,
        /// Where it is.
        location: String,
    },
    /// A dataset is in memory.
    LoadCompleted {
        /// The dataset.
        dataset: String,
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
        /// Why.
        error: String,
    },
    /// A node's call begins.
    NodeStarted {
        /// The node.
        node: String,
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
        /// Its format.
        format: String,
        /// Where it goes.
        location: String,
    },
    /// A dataset is durable.
    SaveCompleted {
        /// The dataset.
        dataset: String,
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
    },
    /// A dataset could not be written.
    SaveFailed {
        /// The dataset.
        dataset: String,
        /// Why.
        error: String,
    },
    /// Nobody needs a dataset's buffer any more.
    DatasetReleased {
        /// The dataset.
        dataset: String,
        /// Size of the buffer.
        bytes: u64,
    },
    /// A node logged a message.
    Log {
        /// The node.
        node: String,
        /// How much it matters.
        #[serde(serialize_with = "display")]
        level: Level,
        /// What it said.
        message: String,
    },
    /// A node told how far it is.
    Progress {
        /// The node.
        node: String,
        /// Steps done.
        completed: u64,
        /// Steps in all; 0 if unknown.
        total: u64,
    },
    /// A node told a figure.
    Metric {
        /// The node.
        node: String,
        /// The figure's name.
        name: String,
        /// The figure.
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
        /// Nodes that completed.
        completed: usize,
        /// Nodes in the run.
        total: usize,
        /// How long it took.
        #[serde(rename = "seconds", serialize_with = "seconds")]
        duration: Duration,
    },
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
}

impl Emitter {
    pub(crate) fn new(run: RunId, observers: &[Arc<dyn Observer>]) -> Self {
        Self { run, observers: observers.into() }
    }

    /// Makes the event only if somebody listens: a run of no-op nodes should cost no more than its calls.
    pub(crate) fn emit(&self, event: impl FnOnce() -> Event) {
        if self.observers.is_empty() {
            return;
        }
        let record = Record { time: SystemTime::now(), run: self.run.clone(), event: event() };
        for observer in &*self.observers {
            observer.observe(&record);
        }
    }
}

/// A node's own messages as events of its run.
pub(crate) struct NodeTelemetry {
    pub(crate) node: String,
    pub(crate) emitter: Emitter,
}

impl Telemetry for NodeTelemetry {
    fn log(&self, level: Level, message: &str) {
        let (node, message) = (&self.node, message);
        self.emitter.emit(|| Event::Log { node: node.clone(), level, message: message.to_owned() });
    }

    fn progress(&self, completed: u64, total: u64) {
        self.emitter.emit(|| Event::Progress { node: self.node.clone(), completed, total });
    }

    fn metric(&self, name: &str, value: f64) {
        self.emitter.emit(|| Event::Metric { node: self.node.clone(), name: name.to_owned(), value });
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timestamp(*time))
}

fn display<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
