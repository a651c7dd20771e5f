//! The events of a run.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wpipe_buffer::Transport;
use wpipe_catalog::{Phase, Stored};
use wpipe_sandbox::Level;
use wpipe_text::GuestText;

use super::part::At;
use super::wire;

/// One step of a run. Durations are in seconds in the serialised form, sizes in bytes.
///
/// What is written is read back the same. A field or an event that a later version adds is passed over by this one, and
/// fields that older journals do not have are as if nothing had happened. The enum is exhaustive on purpose: whoever shows
/// or records runs decides about each new event when it comes, rather than hide it behind a wildcard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run begins.
    RunStarted {
        /// The [`EVENT_FORMAT`](crate::EVENT_FORMAT) of what follows; 0 in journals that do not say.
        #[serde(default)]
        format: u32,
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
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// How often something was repeated that failed transiently.
        #[serde(default)]
        retries: u32,
        /// Which version it is, of a versioned dataset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
    /// A load takes long: at most once a second, how far it is.
    LoadProgressed {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// What it is doing.
        phase: Phase,
        /// The bytes that this phase is done with; 0 in one that does not count.
        bytes: u64,
        /// The bytes that it has to do, where that is known.
        #[serde(default)]
        total: Option<u64>,
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
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// The attempt that ended so, from 1; 0 in journals that do not say, and for a node whose calls are many.
        #[serde(default)]
        attempt: u32,
        /// Bytes copied between buffers and the node's memory.
        copied: u64,
        /// Bytes mapped instead.
        mapped: u64,
        /// Bytes moved instead.
        #[serde(default)]
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
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// The attempt that ended so, from 1; 0 in journals that do not say.
        #[serde(default)]
        attempt: u32,
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
        #[serde(rename = "delay_seconds", with = "wire::seconds")]
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
        #[serde(with = "wire::text")]
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
    /// A save takes long: at most once a second, how far it is.
    SaveProgressed {
        /// The dataset.
        dataset: String,
        /// Which part of it.
        #[serde(flatten)]
        at: At,
        /// What it is doing.
        phase: Phase,
        /// The bytes that this phase is done with; 0 in one that does not count.
        bytes: u64,
        /// The bytes that it has to do, where that is known.
        #[serde(default)]
        total: Option<u64>,
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
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// How often something was repeated that failed transiently.
        #[serde(default)]
        retries: u32,
        /// Which version it is, of a versioned dataset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// What marks what was saved, which is another mark as soon as it is replaced.
        #[serde(default, skip_serializing_if = "Option::is_none")]
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
        #[serde(default)]
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
        #[serde(default)]
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
        #[serde(with = "wire::text")]
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
        #[serde(with = "wire::figure")]
        value: f64,
    },
    /// Somebody interrupted the run: no node starts any more, and what has been made is still saved.
    RunInterrupted,
    /// Every node completed, and everything promised is durable.
    RunCompleted {
        /// How long it took.
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
    },
    /// The run ended early.
    RunFailed {
        /// Every error, in order.
        errors: Vec<String>,
        /// Whether somebody interrupted it.
        #[serde(default)]
        interrupted: bool,
        /// Nodes that completed.
        completed: usize,
        /// Nodes in the run.
        total: usize,
        /// How long it took.
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
    },
    /// An event of a later version, whose name this one does not know. It is only read, never emitted.
    #[serde(other)]
    Unknown,
}

/// A partition that a multipipeline leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its id.
    pub partition: String,
    /// Why.
    pub reason: String,
}
