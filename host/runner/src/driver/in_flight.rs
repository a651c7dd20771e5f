//! The work of multipipelines in the schedule: batches, and the meaning of their tasks and entries.

use std::collections::HashMap;

use typed_index_collections::TiVec;
use wpipe_pipeline::{FormatId, GroupId, NodeId};

use crate::At;
use crate::schedule::{BatchId, EntryId, Placed, TaskId, Unit};

/// The batches that have joined the schedule, and the meaning of their tasks and entries.
#[derive(Default)]
pub(super) struct InFlight {
    batches: HashMap<BatchId, Flight>,
    tasks: HashMap<TaskId, BatchId>,
    entries: HashMap<EntryId, BatchId>,
}

/// A batch in flight.
pub(super) struct Flight {
    pub(super) group: GroupId,
    pub(super) unit: Unit,
    pub(super) at: At,
    pub(super) placed: Placed,
    /// The node of each task.
    pub(super) nodes: TiVec<TaskId, NodeId>,
    /// The number of its calls that have succeeded.
    pub(super) called: usize,
    /// The dataset of each entry.
    pub(super) datasets: TiVec<EntryId, FormatId>,
}

impl InFlight {
    fn of_task(&self, task: TaskId) -> Option<&Flight> {
        self.batches.get(self.tasks.get(&task)?)
    }

    pub(super) fn of_entry(&self, entry: EntryId) -> Option<&Flight> {
        self.batches.get(self.entries.get(&entry)?)
    }

    /// Returns the multipipeline and the unit for which a task has joined.
    pub(super) fn unit_of_task(&self, task: TaskId) -> Option<(GroupId, Unit)> {
        self.of_task(task).map(|flight| (flight.group, flight.unit))
    }

    /// Returns the same for an entry.
    pub(super) fn unit_of_entry(&self, entry: EntryId) -> Option<(GroupId, Unit)> {
        self.of_entry(entry).map(|flight| (flight.group, flight.unit))
    }

    /// Counts a call that has succeeded.
    pub(super) fn note_called(&mut self, task: TaskId) {
        if let Some(batch) = self.tasks.get(&task)
            && let Some(flight) = self.batches.get_mut(batch)
        {
            flight.called += 1;
        }
    }

    /// Returns the node of a task that has joined.
    pub(super) fn node(&self, task: TaskId) -> NodeId {
        match self.of_task(task) {
            Some(flight) => flight.nodes[flight.placed.place_of_task(task)],
            None => unreachable!("a task is listed or in flight"),
        }
    }

    /// Returns the part that a task is called for.
    pub(super) fn at(&self, task: TaskId) -> At {
        self.of_task(task).map(|flight| flight.at.clone()).unwrap_or_default()
    }

    /// Returns the dataset of an entry that has joined, and the part of it.
    pub(super) fn place(&self, entry: EntryId) -> (FormatId, At) {
        match self.of_entry(entry) {
            Some(flight) => (flight.datasets[flight.placed.place_of_entry(entry)], flight.at.clone()),
            None => unreachable!("an entry is listed or in flight"),
        }
    }

    /// Returns the entry of a dataset in the batch of a task.
    pub(super) fn entry(&self, task: TaskId, dataset: FormatId) -> Option<EntryId> {
        let flight = self.of_task(task)?;
        let place = flight.datasets.position(|&other| other == dataset)?;
        Some(flight.placed.entry(place))
    }

    pub(super) fn insert(&mut self, flight: Flight) {
        let batch = flight.placed.batch;
        self.tasks.extend(flight.placed.task_ids().map(|task| (task, batch)));
        self.entries.extend(flight.placed.entry_ids().map(|entry| (entry, batch)));
        self.batches.insert(batch, flight);
    }

    pub(super) fn remove(&mut self, batch: BatchId) -> Option<Flight> {
        let flight = self.batches.remove(&batch)?;
        for task in flight.placed.task_ids() {
            self.tasks.remove(&task);
        }
        for entry in flight.placed.entry_ids() {
            self.entries.remove(&entry);
        }
        Some(flight)
    }
}
