//! The input of a schedule: nodes, datasets and rules.

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
    /// Its share of [`Policy::resources`] while it runs: the resource and the amount.
    pub needs: Vec<(ResourceId, u64)>,
    /// True if it also waits until it is [opened](super::Schedule::open).
    pub is_gated: bool,
    /// True if the others continue when it fails, whatever [`Policy::keep_going`] says.
    pub may_fail: bool,
}

impl Task {
    /// Returns the same task, with each reference once and in order.
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
    /// Its origin.
    pub source: Source,
    /// The way in which it is loaded, where it is.
    pub load: Transfer,
    /// The way in which it is saved when it has been made; `None` if it is not saved.
    pub save: Option<Transfer>,
    /// True if its readers get the stored content, rather than the content that its node made.
    pub reload: bool,
    /// True if it stays in memory to the end of the run.
    pub kept: bool,
    /// The approximate bytes that a load of it takes; 0 if unknown.
    pub size: u64,
    /// The dataset that its content joins when it is needed no more by itself.
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
    /// Returns an empty batch that comes before a task.
    pub fn before(task: TaskId) -> Self {
        Self { tasks: TiVec::new(), entries: TiVec::new(), before: task }
    }
}

/// The place of a [`Batch`] among the tasks and the datasets of a schedule.
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
    /// Returns its tasks, one by one.
    pub fn task_ids(&self) -> impl Iterator<Item = TaskId> + use<> {
        ids(&self.tasks)
    }

    /// Returns its datasets, one by one.
    pub fn entry_ids(&self) -> impl Iterator<Item = EntryId> + use<> {
        ids(&self.entries)
    }

    /// Returns the task of the schedule at a place in the batch.
    pub fn task(&self, place: TaskId) -> TaskId {
        shifted(place, self.tasks.start)
    }

    /// Returns the dataset of the schedule at a place in the batch.
    pub fn entry(&self, place: EntryId) -> EntryId {
        shifted(place, self.entries.start)
    }

    /// Returns the place in the batch of one of its tasks.
    pub fn place_of_task(&self, task: TaskId) -> TaskId {
        TaskId::new(usize::from(task) - usize::from(self.tasks.start))
    }

    /// Returns the place in the batch of one of its datasets.
    pub fn place_of_entry(&self, entry: EntryId) -> EntryId {
        EntryId::new(usize::from(entry) - usize::from(self.entries.start))
    }
}

/// Returns all ids of a range.
pub(super) fn ids<I: Copy + Into<usize> + From<usize>>(range: &Range<I>) -> impl Iterator<Item = I> + use<I> {
    (range.start.into()..range.end.into()).map(I::from)
}

/// Returns the id at `place` behind `first`.
fn shifted<I: Into<usize> + From<usize>>(place: I, first: I) -> I {
    I::from(place.into() + first.into())
}

/// The origin of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A task makes it.
    Task,
    /// It is in memory from the beginning.
    Memory,
    /// Storage: from the beginning or, if there is another dataset, from its save on.
    Storage {
        /// The dataset, made by a task, that is stored in the same place in another format.
        after: Option<EntryId>,
    },
}

/// The time of a dataset's load or save, as seen from the task that needs or makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transfer {
    /// Any time when it is possible: loaded ahead of its readers, saved while they already run.
    #[default]
    Background,
    /// A part of the task, at the same time as the task's others.
    Together,
    /// A part of the task, one after the other.
    InTurn,
}

/// The rules of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The number of tasks that may run at once.
    pub workers: usize,
    /// The order in which ready tasks start.
    pub order: Order,
    /// The limit on bytes in memory: beyond it nothing more begins until some are released. Tasks that run at that
    /// moment may still add their outputs, and nothing waits if nothing could be released.
    pub memory: u64,
    /// The number of background loads and saves that may be under way at once.
    pub transfers: usize,
    /// True if tasks that do not depend on a failed one still run.
    pub keep_going: bool,
    /// True if a failed save ends the run as a failed task does.
    pub stop_on_save_error: bool,
    /// The amount of each resource.
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

/// The order in which tasks start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Order {
    /// The order of the list, strictly: each task waits until those before it have started.
    #[default]
    Listed,
    /// The ready task with the longest way to the end first.
    LongestPath {
        /// The weight of each task, such as the time that it took before; 1 for all where it is empty.
        weights: TiVec<TaskId, u64>,
    },
}

impl Entry {
    /// Returns the same entry, without settings that make no difference.
    pub(super) fn settled(mut self) -> Self {
        // A dataset that stays in memory need not come back from storage.
        self.reload &= !self.kept;
        self
    }
}

impl Default for Entry {
    /// Returns a dataset between two tasks that stays in memory.
    fn default() -> Self {
        let load = Transfer::Background;
        Self { source: Source::Task, load, save: None, reload: false, kept: false, size: 0, part_of: None }
    }
}
