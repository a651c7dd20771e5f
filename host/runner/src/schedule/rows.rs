//! What a schedule knows of each task and each dataset.

use super::ids::{BatchId, EntryId, TaskId};
use super::plan::{Entry, Source, Task};
use super::rank::Rank;

/// A task, and how far it is.
#[derive(Debug, Clone)]
pub(super) struct TaskRow {
    pub(super) plan: Task,
    pub(super) children: Vec<TaskId>,
    pub(super) rank: Rank,
    pub(super) phase: Phase,
    pub(super) parents_left: usize,
    /// Inputs from storage that it waits for: those fetched ahead until they are in memory, those that it loads itself until
    /// they can be loaded.
    pub(super) inputs_left: usize,
    /// The batch that it has joined with.
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
    /// The batch that it has joined with.
    pub(super) batch: Option<BatchId>,
}

/// How far a task is.
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

/// Where a dataset's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Residency {
    Nowhere,
    Stored,
    Loading,
    Memory,
    /// In memory for its save only: readers wait for what is then in storage.
    Passing,
    Gone,
    Failed,
}

/// How far the save of a dataset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaveState {
    None,
    Owed,
    Done,
}

impl TaskRow {
    /// A task that waits, of that rank.
    pub(super) fn new(plan: Task, rank: Rank, batch: Option<BatchId>) -> Self {
        let parents_left = plan.parents.len() + usize::from(plan.is_gated);
        Self { plan, children: Vec::new(), rank, phase: Phase::Waiting, parents_left, inputs_left: 0, batch }
    }
}

impl EntryRow {
    /// A dataset that nobody reads or makes yet.
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
