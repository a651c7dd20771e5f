//! Multipipelines: how far each is, and what of it is in flight.
//!
//! What is done for one partition is a batch of tasks and datasets that joins the schedule when its slice comes to it,
//! and leaves it when nothing of it is needed or owed. So a run holds what is in flight, however many partitions there
//! are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde_json::{Map, Value};
use wpipe_buffer::Counters;
use wpipe_catalog::{SetWriter, Stored};
use wpipe_pipeline::{NodeId, Part};

use crate::At;
use crate::schedule::{Lanes, Placed, Unit};

/// How far a multipipeline is.
#[derive(Default)]
pub(super) struct Group {
    pub(super) slices: Vec<Vec<Part>>,
    pub(super) lanes: Option<Lanes>,
    /// The resource that the calls of each lane take, so that a slice makes one call at a time.
    pub(super) lane_resources: Vec<usize>,
    pub(super) writers: HashMap<usize, SetWriter>,
    /// Partitions that earlier runs have written, by dataset.
    pub(super) kept: BTreeMap<usize, BTreeMap<String, Stored>>,
    /// Those that this one has.
    pub(super) written: BTreeMap<usize, BTreeMap<String, Stored>>,
    /// Partitions that some node did not complete, and why.
    pub(super) failed: BTreeMap<String, String>,
    /// Those of which no error of the run tells yet.
    pub(super) untold: BTreeMap<String, String>,
    /// Partitions that were left out because other sets of the join do not have them yet.
    pub(super) awaited: BTreeSet<String>,
    pub(super) totals: BTreeMap<NodeId, Totals>,
    pub(super) ended: usize,
    pub(super) is_open: bool,
    /// The parameters that some partitions have, by the entry of `configure`.
    pub(super) configured: HashMap<usize, Map<String, Value>>,
}

/// What all calls of a node came to.
#[derive(Default, Clone, Copy)]
pub(super) struct Totals {
    pub(super) duration: Duration,
    pub(super) counters: Counters,
    pub(super) peak_memory: u64,
}

/// The batches that have joined the schedule, and what their tasks and entries are.
#[derive(Default)]
pub(super) struct InFlight {
    batches: HashMap<usize, Flight>,
    tasks: HashMap<usize, usize>,
    entries: HashMap<usize, usize>,
}

pub(super) struct Flight {
    pub(super) group: usize,
    pub(super) unit: Unit,
    pub(super) at: At,
    pub(super) placed: Placed,
    /// The node of each task.
    pub(super) nodes: Vec<NodeId>,
    /// How many of its calls have ended well.
    pub(super) called: usize,
    /// The dataset of each entry.
    pub(super) datasets: Vec<usize>,
}

impl InFlight {
    pub(super) fn of_task(&self, task: usize) -> Option<&Flight> {
        self.batches.get(self.tasks.get(&task)?)
    }

    pub(super) fn of_entry(&self, entry: usize) -> Option<&Flight> {
        self.batches.get(self.entries.get(&entry)?)
    }

    /// After a call that ended well.
    pub(super) fn note_called(&mut self, task: usize) {
        if let Some(batch) = self.tasks.get(&task)
            && let Some(flight) = self.batches.get_mut(batch)
        {
            flight.called += 1;
        }
    }

    /// The node of a task that has joined.
    pub(super) fn node(&self, task: usize) -> NodeId {
        match self.of_task(task) {
            Some(flight) => flight.nodes[task - flight.placed.tasks.start],
            None => unreachable!("a task is listed or in flight"),
        }
    }

    /// Which call a task is.
    pub(super) fn at(&self, task: usize) -> At {
        self.of_task(task).map(|flight| flight.at.clone()).unwrap_or_default()
    }

    /// The dataset of an entry that has joined, and which part of it that is.
    pub(super) fn place(&self, entry: usize) -> (usize, At) {
        match self.of_entry(entry) {
            Some(flight) => (flight.datasets[entry - flight.placed.entries.start], flight.at.clone()),
            None => unreachable!("an entry is listed or in flight"),
        }
    }

    /// The entry of a dataset in the batch of a task.
    pub(super) fn entry(&self, task: usize, dataset: usize) -> Option<usize> {
        let flight = self.of_task(task)?;
        let at = flight.datasets.iter().position(|&other| other == dataset)?;
        Some(flight.placed.entries.start + at)
    }

    pub(super) fn insert(&mut self, flight: Flight) {
        let batch = flight.placed.batch;
        self.tasks.extend(flight.placed.tasks.clone().map(|task| (task, batch)));
        self.entries.extend(flight.placed.entries.clone().map(|entry| (entry, batch)));
        self.batches.insert(batch, flight);
    }

    pub(super) fn remove(&mut self, batch: usize) -> Option<Flight> {
        let flight = self.batches.remove(&batch)?;
        for task in flight.placed.tasks.clone() {
            self.tasks.remove(&task);
        }
        for entry in flight.placed.entries.clone() {
            self.entries.remove(&entry);
        }
        Some(flight)
    }
}
