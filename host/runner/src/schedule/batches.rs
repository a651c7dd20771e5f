//! Batches: tasks and datasets that join a schedule while it runs, and leave it when they are done.
//!
//! Batches of the same shape reuse their places, so that a schedule is as large as the work in flight.

use std::collections::HashMap;
use std::mem;

use typed_index_collections::TiVec;

use super::ids::{BatchId, EntryId, ResourceId, TaskId};
use super::plan::{Batch, Entry, Placed, Source, Task};
use super::rank;
use super::rows::{EntryRow, Residency, TaskRow};
use super::state::{Action, Schedule};

/// The batches of a schedule.
#[derive(Debug, Clone)]
pub(super) struct Batches {
    /// The number of tasks from the beginning.
    pub(super) listed: usize,
    all: TiVec<BatchId, InFlight>,
    /// Batches that are over, by the numbers of tasks and datasets that they have room for.
    free: HashMap<(usize, usize), Vec<BatchId>>,
    /// The number of tasks that have joined.
    joined: u64,
}

#[derive(Debug, Clone)]
struct InFlight {
    placed: Placed,
    /// Tasks that have not ended, and datasets that are in memory, under way, or owed to storage.
    left: usize,
}

impl Batches {
    pub(super) fn new(listed_count: usize) -> Self {
        Self { listed: listed_count, all: TiVec::new(), free: HashMap::new(), joined: 0 }
    }

    /// Lets another batch take the place of one that is over.
    pub(super) fn forget(&mut self, batch: BatchId) {
        let placed = &self.all[batch].placed;
        self.free.entry((placed.task_ids().count(), placed.entry_ids().count())).or_default().push(batch);
    }
}

impl Schedule {
    /// Adds tasks and datasets. [`Action::Forget`] follows when all of them are done.
    ///
    /// # Panics
    ///
    /// Panics if a task is not listed behind its parents, or names a dataset or resource that is not there.
    pub fn join(&mut self, batch: Batch) -> Placed {
        let Batch { tasks, entries, before } = batch;
        let shape = (tasks.len(), entries.len());
        let free = self.batches.free.get_mut(&shape).and_then(Vec::pop);
        let id = free.unwrap_or_else(|| self.make_room(&tasks, &entries, before));
        let placed = self.batches.all[id].placed.clone();
        self.batches.all[id].left = shape.0;
        for (at, entry) in placed.entry_ids().zip(entries) {
            self.place_entry(at, entry, id);
        }
        for (at, task) in placed.task_ids().zip(tasks) {
            self.place_task(at, task, &placed, before);
        }
        self.begin(placed.task_ids(), placed.entry_ids());
        if shape.0 == 0 {
            self.forget_if_over(id);
        }
        placed
    }

    /// Adds a resource, of which there is `amount`.
    pub fn add_resource(&mut self, amount: u64) -> ResourceId {
        self.policy.resources.push(amount);
        self.free.push_and_get_key(amount)
    }

    /// Adds rows for a batch of a new shape; their content comes when the batch is placed.
    fn make_room(&mut self, tasks: &TiVec<TaskId, Task>, entries: &TiVec<EntryId, Entry>, before: TaskId) -> BatchId {
        let id = self.batches.all.next_key();
        let (first_task, first_entry) = (self.tasks.next_key(), self.entries.next_key());
        let rank = self.tasks[before].rank;
        self.tasks.extend(tasks.iter().map(|_| TaskRow::new(Task::default(), rank, Some(id))));
        self.entries.extend(entries.iter().map(|_| EntryRow::new(Entry::default(), Some(id))));
        let (tasks, entries) = (first_task..self.tasks.next_key(), first_entry..self.entries.next_key());
        self.batches.all.push_and_get_key(InFlight { placed: Placed { batch: id, tasks, entries }, left: 0 })
    }

    fn place_entry(&mut self, at: EntryId, entry: Entry, batch: BatchId) {
        let is_stored = matches!(entry.source, Source::Storage { .. });
        let mut consumers = mem::take(&mut self.entries[at].consumers);
        consumers.clear();
        let mut row = EntryRow { consumers, ..EntryRow::new(entry, Some(batch)) };
        if is_stored {
            row.place = Residency::Stored;
        }
        if row.place == Residency::Memory {
            self.used += row.bytes;
            self.batches.all[batch].left += 1;
        }
        self.entries[at] = row;
    }

    fn place_task(&mut self, at: TaskId, task: Task, placed: &Placed, before: TaskId) {
        let mut task = task.sorted();
        task.parents.iter_mut().for_each(|parent| *parent = placed.task(*parent));
        for ends in [&mut task.inputs, &mut task.outputs] {
            ends.iter_mut().for_each(|entry| *entry = placed.entry(*entry));
        }
        assert!(task.parents.iter().all(|&parent| parent < at), "tasks stand behind their parents");
        for &parent in &task.parents {
            self.tasks[parent].children.push(at);
        }
        let rank = rank::before(self.tasks[before].rank, self.batches.joined, &self.policy.order);
        self.batches.joined += 1;
        let mut children = mem::take(&mut self.tasks[at].children);
        children.clear();
        self.tasks[at] = TaskRow { children, ..TaskRow::new(task, rank, Some(placed.batch)) };
        self.join_ends(at);
    }

    /// Notes that a task has completed, failed, or been given up.
    pub(super) fn task_ended(&mut self, task: TaskId) {
        self.left_one(self.tasks[task].batch);
    }

    /// Notes that a dataset is being loaded, or has been made.
    pub(super) fn entry_begun(&mut self, dataset: EntryId) {
        if let Some(batch) = self.entries[dataset].batch {
            self.batches.all[batch].left += 1;
        }
    }

    /// Notes that a dataset is not in memory any more.
    pub(super) fn entry_ended(&mut self, dataset: EntryId) {
        self.left_one(self.entries[dataset].batch);
    }

    fn left_one(&mut self, batch: Option<BatchId>) {
        if let Some(batch) = batch {
            self.batches.all[batch].left -= 1;
            self.forget_if_over(batch);
        }
    }

    fn forget_if_over(&mut self, batch: BatchId) {
        if self.batches.all[batch].left == 0 {
            self.decided.push_back(Action::Forget(batch));
        }
    }
}
