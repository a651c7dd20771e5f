//! What a schedule is made from: nodes, datasets and rules.

use std::ops::Range;

use typed_index_collections::TiVec;

use super::ids::{BatchId, EntryId, ResourceId, TaskId};

/// One node as the schedule sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// Tasks that must be complete before; each is listed before this one.
    pub parents: Vec<TaskId>,
    /// Datasets that it reads; one that is listed twice is read once.
    pub inputs: Vec<EntryId>,
    /// Datasets that it makes.
    pub outputs: Vec<EntryId>,
    /// What it takes of [`Policy::resources`] while it runs: the resource and how much of it.
    pub needs: Vec<(ResourceId, u64)>,
    /// Whether it also waits until it is [opened](super::Schedule::open).
    pub is_gated: bool,
    /// Whether the others go on when it fails, whatever [`Policy::keep_going`] says.
    pub may_fail: bool,
}

impl Task {
    /// The same, with each reference once and in order.
    pub(super) fn sorted(mut self) -> Self {
        self.parents.sort_unstable();
        self.parents.dedup();
        for list in [&mut self.inputs, &mut self.outputs] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }
}

/// One dataset as the schedule sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it comes from.
    pub source: Source,
    /// How it is loaded, where it is.
    pub load: Transfer,
    /// How it is saved when it has been made; `None`: not at all.
    pub save: Option<Transfer>,
    /// Whether its readers get what is in storage, rather than what its node made.
    pub reload: bool,
    /// Whether it stays in memory to the end of the run.
    pub kept: bool,
    /// About how many bytes a load of it takes; 0 if unknown.
    pub size: u64,
    /// The dataset that its content becomes a part of when nobody needs it by itself any more.
    pub part_of: Option<EntryId>,
}

/// Tasks and datasets that join a schedule while it runs: the way of one partition through a multipipeline.
///
/// Within a batch, ids are places in the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The tasks.
    pub tasks: TiVec<TaskId, Task>,
    /// The datasets.
    pub entries: TiVec<EntryId, Entry>,
    /// The task of the schedule that they come before, in the order in which tasks start.
    pub before: TaskId,
}

impl Batch {
    /// A batch of nothing yet, that comes before a task.
    pub fn before(task: TaskId) -> Self {
        Self { tasks: TiVec::new(), entries: TiVec::new(), before: task }
    }
}

/// Where a [`Batch`] stands among the tasks and the datasets of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The batch.
    pub batch: BatchId,
    /// Its tasks.
    pub tasks: Range<TaskId>,
    /// Its datasets.
    pub entries: Range<EntryId>,
}

impl Placed {
    /// Its tasks, one by one.
    pub fn task_ids(&self) -> impl Iterator<Item = TaskId> + use<> {
        ids(&self.tasks)
    }

    /// Its datasets, one by one.
    pub fn entry_ids(&self) -> impl Iterator<Item = EntryId> + use<> {
        ids(&self.entries)
    }

    /// The task of the schedule at a place in the batch.
    pub fn task(&self, place: TaskId) -> TaskId {
        shifted(place, self.tasks.start)
    }

    /// The dataset of the schedule at a place in the batch.
    pub fn entry(&self, place: EntryId) -> EntryId {
        shifted(place, self.entries.start)
    }

    /// The place in the batch of one of its tasks.
    pub fn place_of_task(&self, task: TaskId) -> TaskId {
        TaskId::new(usize::from(task) - usize::from(self.tasks.start))
    }

    /// The place in the batch of one of its datasets.
    pub fn place_of_entry(&self, entry: EntryId) -> EntryId {
        EntryId::new(usize::from(entry) - usize::from(self.entries.start))
    }
}

/// All ids of a range.
pub(super) fn ids<I: Copy + Into<usize> + From<usize>>(range: &Range<I>) -> impl Iterator<Item = I> + use<I> {
    (range.start.into()..range.end.into()).map(I::from)
}

/// The id that stands at `place` behind `first`.
fn shifted<I: Into<usize> + From<usize>>(place: I, first: I) -> I {
    I::from(place.into() + first.into())
}

/// Where a dataset comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A task makes it.
    Task,
    /// It is in memory from the beginning.
    Memory,
    /// Storage, in which it is from the beginning or, where there is one, from when that other dataset is saved.
    Storage {
        /// The dataset, made by a task, that is stored in the same place in another format.
        after: Option<EntryId>,
    },
}

/// When a dataset is loaded or saved, as seen from the task that needs or makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transfer {
    /// Whenever it can be: loaded ahead of its readers, saved while they already run.
    #[default]
    Background,
    /// As a part of the task, at the same time as the task's others.
    Together,
    /// As a part of the task, one after the other.
    InTurn,
}

/// The rules of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How many tasks may run at once.
    pub workers: usize,
    /// The order in which ready tasks start.
    pub order: Order,
    /// Bytes in memory from which on nothing more is begun until some are released. What runs at that moment may still
    /// add its outputs, and nothing waits if nothing could be released.
    pub memory: u64,
    /// How many background loads and saves may be under way at once.
    pub transfers: usize,
    /// Whether tasks that do not depend on a failed one still run.
    pub keep_going: bool,
    /// Whether a failed save ends the run as a failed task does.
    pub stop_on_save_error: bool,
    /// How much there is of each resource.
    pub resources: TiVec<ResourceId, u64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            workers: 1,
            order: Order::Listed,
            memory: u64::MAX,
            transfers: 16,
            keep_going: false,
            stop_on_save_error: false,
            resources: TiVec::new(),
        }
    }
}

/// In which order tasks start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Order {
    /// Strictly as they are listed: each waits until those before it have started.
    #[default]
    Listed,
    /// Of those that are ready, the one with the longest way to the end first.
    LongestPath {
        /// The weight of each task, such as the time that it took before; 1 for all where it is empty.
        weights: TiVec<TaskId, u64>,
    },
}

impl Entry {
    /// The same, without what makes no difference.
    pub(super) fn settled(mut self) -> Self {
        // What stays in memory need not come back from storage.
        self.reload &= !self.kept;
        self
    }
}

impl Default for Entry {
    /// A dataset between two tasks that stays in memory.
    fn default() -> Self {
        let load = Transfer::Background;
        Self { source: Source::Task, load, save: None, reload: false, kept: false, size: 0, part_of: None }
    }
}
