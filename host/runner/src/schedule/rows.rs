//! The state of each task and each dataset in a schedule.

use super::ids::{BatchId, EntryId, TaskId};
use super::plan::{Entry, Source, Task};
use super::rank::Rank;

/// A task and its progress.
#[derive(Debug, Clone)]
pub(super) struct TaskRow {
    pub(super) plan: Task,
    pub(super) children: Vec<TaskId>,
    pub(super) rank: Rank,
    pub(super) phase: Phase,
    pub(super) parents_left: usize,
    /// Inputs from storage that it waits for: those fetched ahead until they are in memory, those that it loads itself
    /// until they can be loaded.
    pub(super) inputs_left: usize,
    /// The batch with which it has joined.
    pub(super) batch: Option<BatchId>,
}

/// A dataset, and where it is.
#[derive(Debug, Clone)]
pub(super) struct EntryRow {
    pub(super) plan: Entry,
    pub(super) producer: Option<TaskId>,
    pub(super) consumers: Vec<TaskId>,
    /// Datasets that are in storage when this one is saved.
    pub(super) twins: Vec<EntryId>,
    pub(super) place: Residency,
    pub(super) save: SaveState,
    pub(super) readers_left: usize,
    pub(super) bytes: u64,
    /// The batch with which it has joined.
    pub(super) batch: Option<BatchId>,
}

/// The progress of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Waiting,
    Ready,
    /// It has begun, and its inputs are being loaded.
    Gathering,
    Running,
    /// Its outputs are being saved as a part of it.
    Saving,
    Complete,
    Failed,
    /// Something that it needs will never be there.
    Blocked,
}

/// The place of a dataset's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Residency {
    Nowhere,
    Stored,
    Loading,
    Memory,
    /// Memory, for its save only: readers wait for the stored content.
    Passing,
    Gone,
    Failed,
}

/// The progress of a dataset's save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaveState {
    None,
    Owed,
    Done,
}

impl TaskRow {
    /// Returns a task that waits, of that rank.
    pub(super) fn new(plan: Task, rank: Rank, batch: Option<BatchId>) -> Self {
        let parents_left = plan.parents.len() + usize::from(plan.is_gated);
        Self { plan, children: Vec::new(), rank, phase: Phase::Waiting, parents_left, inputs_left: 0, batch }
    }
}

impl EntryRow {
    /// Returns a dataset without readers and maker yet.
    pub(super) fn new(plan: Entry, batch: Option<BatchId>) -> Self {
        let place = match plan.source {
            Source::Memory => Residency::Memory,
            Source::Storage { after: None } => Residency::Stored,
            Source::Task | Source::Storage { after: Some(_) } => Residency::Nowhere,
        };
        Self {
            producer: None,
            consumers: Vec::new(),
            twins: Vec::new(),
            place,
            save: SaveState::None,
            readers_left: 0,
            bytes: if place == Residency::Memory { plan.size } else { 0 },
            batch,
            plan,
        }
    }
}
