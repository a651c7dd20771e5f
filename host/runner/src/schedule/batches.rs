//! Batches: tasks and datasets that join a schedule while it runs, and leave it when nothing of them is left.
//!
//! Their places are taken again by batches of the same shape, so that a schedule is as large as what is in flight.

use std::collections::HashMap;

use super::plan::{Batch, Entry, Placed, Source, Task};
use super::rank;
use super::state::{Action, Phase, Place, SaveState, Schedule};

/// The batches of a schedule.
#[derive(Debug, Clone)]
pub(super) struct Batches {
    /// How many tasks were there from the beginning.
    pub(super) listed: usize,
    all: Vec<InFlight>,
    of_task: Vec<Option<usize>>,
    of_entry: Vec<Option<usize>>,
    /// Batches that are over, by how many tasks and datasets they have room for.
    free: HashMap<(usize, usize), Vec<usize>>,
    /// How many tasks have joined.
    joined: u64,
}

#[derive(Debug, Clone)]
struct InFlight {
    placed: Placed,
    /// Tasks that have not ended, and datasets that are in memory, under way, or owed to storage.
    left: usize,
}

impl Batches {
    pub(super) fn new(listed: usize) -> Self {
        let (all, free) = (Vec::new(), HashMap::new());
        Self { listed, all, of_task: vec![None; listed], of_entry: Vec::new(), free, joined: 0 }
    }

    /// The batch of a task, if it has joined.
    pub(super) fn of_task(&self, task: usize) -> Option<usize> {
        self.of_task[task]
    }

    /// Lets another batch take the place of one that is over.
    pub(super) fn forget(&mut self, batch: usize) {
        let placed = &self.all[batch].placed;
        self.free.entry((placed.tasks.len(), placed.entries.len())).or_default().push(batch);
    }
}

impl Schedule {
    /// Adds tasks and datasets. [`Action::Forget`] tells when nothing of them is left.
    ///
    /// # Panics
    ///
    /// When a task is not listed behind its parents, or names a dataset or resource that is not there.
    pub fn join(&mut self, batch: Batch) -> Placed {
        let shape = (batch.tasks.len(), batch.entries.len());
        let free = self.batches.free.get_mut(&shape).and_then(Vec::pop);
        let index = free.unwrap_or_else(|| self.make_room(shape));
        let placed = self.batches.all[index].placed.clone();
        self.batches.all[index].left = shape.0;
        let (first_task, first_entry) = (placed.tasks.start, placed.entries.start);
        for (entry, at) in batch.entries.into_iter().zip(placed.entries.clone()) {
            self.place_entry(at, entry, index);
        }
        for (task, at) in batch.tasks.into_iter().zip(placed.tasks.clone()) {
            self.place_task(at, task, (first_task, first_entry), batch.before);
        }
        for at in placed.entries.clone() {
            self.readers_left[at] = self.consumers[at].len();
        }
        self.begin(placed.tasks.clone(), placed.entries.clone());
        if shape.0 == 0 {
            self.forget_if_over(index);
        }
        placed
    }

    /// Adds a resource, of which there is `amount`.
    pub fn add_resource(&mut self, amount: u64) -> usize {
        self.policy.resources.push(amount);
        self.free.push(amount);
        self.free.len() - 1
    }

    fn make_room(&mut self, (tasks, entries): (usize, usize)) -> usize {
        let index = self.batches.all.len();
        let (first_task, first_entry) = (self.tasks.len(), self.entries.len());
        let placed =
            Placed { batch: index, tasks: first_task..first_task + tasks, entries: first_entry..first_entry + entries };
        self.batches.of_entry.resize(first_entry, None);
        self.batches.of_task.resize(placed.tasks.end, Some(index));
        self.batches.of_entry.resize(placed.entries.end, Some(index));
        self.tasks.resize(placed.tasks.end, Task::default());
        self.children.resize(placed.tasks.end, Vec::new());
        self.ranks.resize(placed.tasks.end, self.ranks[0]);
        self.phase.resize(placed.tasks.end, Phase::Waiting);
        self.parents_left.resize(placed.tasks.end, 0);
        self.inputs_left.resize(placed.tasks.end, 0);
        self.entries.resize(placed.entries.end, Entry::default());
        self.consumers.resize(placed.entries.end, Vec::new());
        self.producer.resize(placed.entries.end, None);
        self.twins.resize(placed.entries.end, Vec::new());
        self.place.resize(placed.entries.end, Place::Nowhere);
        self.save.resize(placed.entries.end, SaveState::None);
        self.readers_left.resize(placed.entries.end, 0);
        self.bytes.resize(placed.entries.end, 0);
        self.batches.all.push(InFlight { placed, left: 0 });
        index
    }

    fn place_entry(&mut self, at: usize, entry: Entry, batch: usize) {
        self.consumers[at].clear();
        self.producer[at] = None;
        self.save[at] = SaveState::None;
        self.bytes[at] = 0;
        self.place[at] = match entry.source {
            Source::Task => Place::Nowhere,
            Source::Storage { .. } => Place::Stored,
            Source::Memory => {
                self.bytes[at] = entry.size;
                self.used += entry.size;
                self.batches.all[batch].left += 1;
                Place::Memory
            }
        };
        self.entries[at] = entry;
    }

    fn place_task(&mut self, at: usize, mut task: Task, (first_task, first_entry): (usize, usize), before: usize) {
        let shift = |list: &mut Vec<usize>, by: usize| {
            list.sort_unstable();
            list.dedup();
            list.iter_mut().for_each(|index| *index += by);
        };
        shift(&mut task.parents, first_task);
        shift(&mut task.inputs, first_entry);
        shift(&mut task.outputs, first_entry);
        assert!(task.parents.iter().all(|&parent| parent < at), "tasks stand behind their parents");
        self.children[at].clear();
        task.parents.iter().for_each(|&parent| self.children[parent].push(at));
        task.inputs.iter().for_each(|&input| self.consumers[input].push(at));
        task.outputs.iter().for_each(|&output| self.producer[output] = Some(at));
        self.ranks[at] = rank::before(self.ranks[before], self.batches.joined, &self.policy.order);
        self.batches.joined += 1;
        self.phase[at] = Phase::Waiting;
        self.parents_left[at] = task.parents.len() + usize::from(task.is_gated);
        self.tasks[at] = task;
    }

    /// A task has completed, failed, or been given up.
    pub(super) fn task_ended(&mut self, task: usize) {
        if let Some(batch) = self.batches.of_task[task] {
            self.batches.all[batch].left -= 1;
            self.forget_if_over(batch);
        }
    }

    /// A dataset is being loaded, or has been made.
    pub(super) fn entry_begun(&mut self, dataset: usize) {
        if let Some(batch) = self.batch_of_entry(dataset) {
            self.batches.all[batch].left += 1;
        }
    }

    /// A dataset is not in memory any more.
    pub(super) fn entry_ended(&mut self, dataset: usize) {
        if let Some(batch) = self.batch_of_entry(dataset) {
            self.batches.all[batch].left -= 1;
            self.forget_if_over(batch);
        }
    }

    fn batch_of_entry(&self, dataset: usize) -> Option<usize> {
        self.batches.of_entry.get(dataset).copied().flatten()
    }

    fn forget_if_over(&mut self, batch: usize) {
        if self.batches.all[batch].left == 0 {
            self.decided.push_back(Action::Forget(batch));
        }
    }
}
