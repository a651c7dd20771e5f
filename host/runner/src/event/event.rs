//! The events of a run.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wpipe_buffer::Transport;
use wpipe_catalog::{Phase, Stored};
use wpipe_sandbox::Level;
use wpipe_text::GuestText;

use super::column::TableColumn;
use super::part::At;
use super::wire;

/// One step of a run. Durations are in seconds in the serialised form, sizes in bytes.
///
/// A written event is read back the same. This version passes over fields and events that a later one adds, and a field
/// that an older journal lacks has the value of nothing happened. The enum is exhaustive on purpose: code that shows or
/// records runs decides about each new event when it comes, rather than hide it behind a wildcard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The run begins.
    RunStarted {
        /// The [`EVENT_FORMAT`](crate::EVENT_FORMAT) of the events that follow; 0 in journals without one.
        #[serde(default)]
        format: u32,
        /// The pipeline's name.
        pipeline: String,
        /// The number of nodes that it is going to run.
        nodes: usize,
    },
    /// A dataset is being loaded.
    LoadStarted {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// Its format.
        format: String,
        /// Its place.
        location: String,
    },
    /// A dataset is in memory.
    LoadCompleted {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The size of its buffer.
        bytes: u64,
        /// The duration of the load.
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// The number of operations that were repeated after transient failures.
        #[serde(default)]
        retries: u32,
        /// Its version, of a versioned dataset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Its columns, if it is a table that no event of the run has described yet.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<TableColumn>,
    },
    /// A load takes long: its progress, at most once a second.
    LoadProgressed {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The current phase.
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
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The reason.
        error: String,
    },
    /// A node's call begins.
    NodeStarted {
        /// The node.
        node: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// Its component.
        component: String,
        /// The function within the component.
        function: String,
        /// Its inputs: datasets and parameters.
        inputs: Vec<String>,
        /// Its outputs.
        outputs: Vec<String>,
    },
    /// A node's call ended well.
    NodeCompleted {
        /// The node.
        node: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The time from instantiation to the end.
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// The last attempt, from 1; 0 in journals without it, and for a node of many calls.
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
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The reason.
        error: String,
        /// The duration of the call.
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
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The reason of the failure.
        error: String,
        /// The number of failures so far.
        attempt: u32,
        /// The wait before the next attempt.
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
        /// The bytes that there may be.
        limit: u64,
    },
    /// A node made a dataset.
    DatasetProduced {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The node.
        node: String,
        /// The size of its buffer.
        bytes: u64,
        /// The way in which it reaches its consumers.
        #[serde(with = "wire::text")]
        transport: Transport,
        /// Its columns, if it is a table that no event of the run has described yet.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<TableColumn>,
    },
    /// A dataset is being written to storage.
    SaveStarted {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// Its format.
        format: String,
        /// Its destination.
        location: String,
    },
    /// A save takes long: its progress, at most once a second.
    SaveProgressed {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The current phase.
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
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// Bytes in storage.
        bytes: u64,
        /// The duration of the save.
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// The number of operations that were repeated after transient failures.
        #[serde(default)]
        retries: u32,
        /// Its version, of a versioned dataset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// The mark of the saved content, which changes as soon as it is replaced.
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
    /// A partitioned dataset is durable, but the leftovers of the set before it could not be tidied up. The next run
    /// continues with that.
    SaveUntidy {
        /// The dataset.
        dataset: String,
        /// The reason.
        error: String,
    },
    /// A dataset could not be written.
    SaveFailed {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The reason.
        error: String,
    },
    /// A partitioned dataset was listed. Its partitions are loaded when they are needed.
    PartitionsListed {
        /// The dataset.
        dataset: String,
        /// The number of partitions.
        partitions: usize,
        /// Bytes in storage.
        bytes: u64,
        /// The ids of partitions that the earlier run which made it did not complete: they failed, and the set is
        /// incomplete. For a set of this run its barrier reports them.
        #[serde(default)]
        missing: Vec<String>,
    },
    /// The partitions of a multipipeline were divided into slices.
    Sliced {
        /// The multipipeline.
        multipipeline: String,
        /// The ids of each slice.
        slices: Vec<Vec<String>>,
        /// The partitions that are left out, with the reasons.
        left_out: Vec<LeftOut>,
        /// The patterns in entries of `configure` that match no partition.
        #[serde(default)]
        unmatched: Vec<String>,
    },
    /// Partitions that a checkpoint has passed are not in a dataset that is made of them: it was removed or changed by
    /// hand, or they came when the checkpoint had passed them. The run continues without them.
    ResultsMissing {
        /// The multipipeline.
        multipipeline: String,
        /// The dataset.
        dataset: String,
        /// The ids, sorted; at least one.
        partitions: Vec<String>,
        /// The place of the checkpoint: without it all partitions are worked on again.
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
        /// The reason.
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
        /// Its place.
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
    /// The checkpoint of a set cannot be kept: the next run works on the same partitions again.
    CheckpointLost {
        /// The dataset.
        dataset: String,
        /// The id of the newest partition.
        partition: String,
        /// The reason.
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
    /// A dataset is in the shared store: other processes can attach it.
    DatasetShared {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The size of its content.
        bytes: u64,
        /// The duration of the hand-over.
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
        /// The object, of a dataset that is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<String>,
    },
    /// A dataset was attached from the shared store, instead of being loaded or made.
    DatasetAttached {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The size of its content.
        bytes: u64,
    },
    /// The shared store has no room for a dataset: the run waits until there is some.
    WaitingForStore {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The reason.
        reason: String,
    },
    /// A dataset's buffer is needed no more.
    DatasetReleased {
        /// The dataset.
        dataset: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The size of the buffer.
        bytes: u64,
    },
    /// A node logged a message.
    Log {
        /// The node.
        node: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The level of the message.
        #[serde(with = "wire::text")]
        level: Level,
        /// The message.
        message: GuestText,
    },
    /// A node reported its progress.
    Progress {
        /// The node.
        node: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// Steps done.
        completed: u64,
        /// Steps in all; 0 if unknown.
        total: u64,
    },
    /// A node reported a figure.
    Metric {
        /// The node.
        node: String,
        /// The part of it.
        #[serde(flatten)]
        at: At,
        /// The figure's name.
        name: GuestText,
        /// The figure; a value that JSON has no number for is serialised as the text `NaN`, `inf` or `-inf`.
        #[serde(with = "wire::figure")]
        value: f64,
    },
    /// The run was interrupted: no more nodes start, and finished outputs are still saved.
    RunInterrupted,
    /// Every node completed, and everything promised is durable.
    RunCompleted {
        /// The duration of the run.
        #[serde(rename = "seconds", with = "wire::seconds")]
        duration: Duration,
    },
    /// The run ended early.
    RunFailed {
        /// Every error, in order.
        errors: Vec<String>,
        /// True if it was interrupted.
        #[serde(default)]
        interrupted: bool,
        /// Nodes that completed.
        completed: usize,
        /// Nodes in the run.
        total: usize,
        /// The duration of the run.
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
    /// The reason.
    pub reason: String,
}
