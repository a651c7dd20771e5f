//! Multipipelines: slicer, slices and barrier.
//!
//! What is done for one partition is a batch of tasks and datasets that joins the schedule when its slice comes to it,
//! and leaves it when nothing of it is needed or owed. So a run holds what is in flight, however many partitions there
//! are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroUsize;
use std::time::Duration;

use serde_json::{Map, Value};
use wpipe_buffer::Counters;
use wpipe_catalog::{PartitionedDataset, SetWriter, Stored};
use wpipe_pipeline::{CalledPer, LeftOutReason, OnPartitionError, Part, Passing, look_up};
use wpipe_sandbox::Outcome;

use super::layout::{Made, StageLayout};
use super::resident::Resident;
use super::run::Driver;
use super::setup::workers;
use crate::schedule::{Batch, Entry, Lanes, Placed, Source, Task, Unit};
use crate::{At, Event, JobMultipipeline, LeftOut, RunError};

/// Partitions of one slice that are in flight at once: one is computed, those before it are saved, those behind it
/// loaded. Storage that is slow to answer wants some of each.
const DEPTH: usize = 8;

/// How far a multipipeline is.
#[derive(Default)]
pub(super) struct Group {
    slices: Vec<Vec<Part>>,
    lanes: Option<Lanes>,
    /// The resource that the calls of each lane take, so that a slice makes one call at a time.
    lane_resources: Vec<usize>,
    writers: HashMap<usize, SetWriter>,
    /// Partitions that earlier runs have written, by dataset.
    kept: BTreeMap<usize, BTreeMap<String, Stored>>,
    /// Those that this one has.
    written: BTreeMap<usize, BTreeMap<String, Stored>>,
    /// Partitions that some node did not complete, and why.
    pub(super) failed: BTreeMap<String, String>,
    /// Those of which no error of the run tells yet.
    untold: BTreeMap<String, String>,
    totals: BTreeMap<usize, Totals>,
    ended: usize,
    is_open: bool,
    /// The parameters that some partitions have, by the entry of `configure`.
    configured: HashMap<usize, Map<String, Value>>,
}

/// What all calls of a node came to.
#[derive(Default, Clone, Copy)]
struct Totals {
    duration: Duration,
    counters: Counters,
    peak_memory: u64,
}

/// The batches that have joined the schedule, and what their tasks and entries are.
#[derive(Default)]
pub(super) struct InFlight {
    batches: HashMap<usize, Flight>,
    tasks: HashMap<usize, usize>,
    entries: HashMap<usize, usize>,
}

struct Flight {
    group: usize,
    unit: Unit,
    at: At,
    placed: Placed,
    /// The node of each task.
    nodes: Vec<usize>,
    /// The dataset of each entry.
    datasets: Vec<usize>,
}

impl InFlight {
    fn of_task(&self, task: usize) -> Option<&Flight> {
        self.batches.get(self.tasks.get(&task)?)
    }

    fn of_entry(&self, entry: usize) -> Option<&Flight> {
        self.batches.get(self.entries.get(&entry)?)
    }

    /// The node of a task that has joined.
    pub(super) fn node(&self, task: usize) -> usize {
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

    fn insert(&mut self, flight: Flight) {
        let batch = flight.placed.batch;
        self.tasks.extend(flight.placed.tasks.clone().map(|task| (task, batch)));
        self.entries.extend(flight.placed.entries.clone().map(|entry| (entry, batch)));
        self.batches.insert(batch, flight);
    }

    fn remove(&mut self, batch: usize) -> Option<Flight> {
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

impl Driver<'_> {
    fn multipipeline(&self, group: usize) -> &JobMultipipeline {
        &self.job.multipipelines[group]
    }

    /// Makes the sets ready that a multipipeline writes; [`slice`](Self::slice) follows.
    pub(super) fn prepare(&mut self, group: usize) {
        let made = self.layout.multipipelines[group].made.iter().filter(|(_, made)| made.route.is_saved);
        let sets = made.filter_map(|(&dataset, _)| Some((dataset, self.layout.dataset(dataset).stored_set.clone()?)));
        let sets: Vec<_> = sets.collect();
        if sets.is_empty() {
            self.slice(group, Vec::new());
        } else if let Err(error) = self.transfers.prepare(group, sets) {
            self.give_up(error);
            self.schedule.call_failed(self.layout.multipipelines[group].slicer);
        }
    }

    /// Divides the partitions of a multipipeline into slices, and begins with the first.
    pub(super) fn slice(&mut self, group: usize, writers: Vec<(usize, SetWriter)>) {
        let slicer = self.layout.multipipelines[group].slicer;
        let rules = &self.job.multipipelines[group].rules;
        let over: Vec<_> = rules.over.iter().map(|name| self.layout.index[name.as_str()]).collect();
        let sets = rules.over.iter().zip(&over).map(|(name, dataset)| (name.clone(), self.resident[dataset].sizes()));
        let sets: BTreeMap<_, _> = sets.collect();
        let listed = over.iter().filter_map(|&dataset| self.listed(dataset));
        // What is new in one of them is new.
        let listed = listed.filter(|listed| listed.set.has_checkpoint());
        let confirmed = listed.map(|listed| listed.confirmed.clone()).min().flatten();
        // What this run does not save, its readers get as it makes it: all of it.
        let is_read_as_made = |made: &Made| made.is_collected && !made.route.is_saved;
        let is_all_made = self.layout.multipipelines[group].made.values().any(is_read_as_made);
        let done = self.options.done_partitions.get(&rules.name).filter(|_| !is_all_made);
        let ids = done.into_iter().flatten().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>();
        let most = workers(self.options.runner);
        let plan = match rules.slice(
            &sets,
            confirmed.as_deref(),
            &ids,
            NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN),
        ) {
            Ok(plan) => plan,
            Err(error) => {
                self.errors.push(RunError::Slice(error));
                self.schedule.call_failed(slicer);
                return;
            }
        };
        let worked_on: BTreeSet<_> = plan.slices.iter().flatten().map(|part| part.id.clone()).collect();
        let done_before = plan.left_out.iter().filter(|left| left.reason == LeftOutReason::Done);
        let done_before: BTreeSet<_> = done_before.map(|left| left.id.clone()).collect();
        let left_out = plan.left_out.iter();
        let left_out: Vec<_> =
            left_out.map(|left| LeftOut { partition: left.id.clone(), reason: left.reason.to_string() }).collect();
        self.emitter.emit(|| Event::Sliced {
            multipipeline: rules.name.clone(),
            slices: plan.slices.iter().map(|slice| slice.iter().map(|part| part.id.clone()).collect()).collect(),
            left_out: left_out.clone(),
        });
        let report = self.report.multipipelines.entry(rules.name.clone()).or_default();
        report.total = plan.slices.iter().map(Vec::len).sum();
        report.left_out = left_out;
        let most = most.min(rules.max_parallel.map_or(usize::MAX, NonZeroUsize::get));
        let stages = self.layout.multipipelines[group].stages.iter().map(|stage| stage.kind).collect();
        let lanes = Lanes::new(plan.slices.iter().map(Vec::len).collect(), stages, most, DEPTH);
        let state = &mut self.groups[group];
        state.lane_resources = (0..lanes.width()).map(|_| self.schedule.add_resource(1)).collect();
        state.lanes = Some(lanes);
        state.slices = plan.slices;
        for (dataset, writer) in writers {
            // What a checkpoint has left out is in the set already, and stays; what is made again does not.
            let mut before = if confirmed.is_some() { writer.before().partitions().clone() } else { BTreeMap::new() };
            before.retain(|id, _| !worked_on.contains(id));
            let name = self.layout.datasets[dataset].0;
            // Of what was done before, some may not be wanted any more.
            let done = done.into_iter().flatten().filter(|(id, _)| done_before.contains(*id));
            let done = done.filter_map(|(id, stored)| Some((id.clone(), stored.get(name)?.clone())));
            let done: Vec<_> = done.collect();
            // So that a run that goes on with this one knows of all of them.
            for (id, stored) in &done {
                let (partition, stored) = (id.clone(), stored.clone());
                self.emitter.emit(|| Event::PartitionSaved { dataset: name.to_owned(), partition, stored });
            }
            state.kept.entry(dataset).or_default().extend(before.into_iter().chain(done));
            state.writers.insert(dataset, writer);
        }
        self.advance(group);
        self.schedule.called(slicer, &[]);
    }

    /// Begins what can be begun of a multipipeline; opens its barrier when nothing is left.
    fn advance(&mut self, group: usize) {
        while !self.schedule.is_stopped() {
            let Some(lanes) = &mut self.groups[group].lanes else { return };
            let Some(unit) = lanes.next() else {
                if lanes.is_over() && !self.groups[group].is_open {
                    self.groups[group].is_open = true;
                    self.schedule.open(self.layout.multipipelines[group].barrier);
                }
                return;
            };
            if !self.begin(group, unit) {
                self.unit_ended(group, unit);
            }
        }
    }

    /// Begins a unit, if there is anything to do for it.
    fn begin(&mut self, group: usize, unit: Unit) -> bool {
        let stage = &self.layout.multipipelines[group].stages[unit.stage];
        let state = &self.groups[group];
        let slice = &state.slices[unit.slice];
        let (nodes, at) = match unit.part {
            None if slice.iter().all(|part| state.failed.contains_key(&part.id)) => return false,
            None => (stage.nodes.clone(), At::slice(unit.slice)),
            Some(part) => {
                let part = &slice[part];
                if state.failed.contains_key(&part.id) {
                    return false;
                }
                (self.nodes_for(group, stage, part), At::partition(&part.id))
            }
        };
        if nodes.is_empty() {
            return false;
        }
        let (batch, datasets, ready) = self.batch(group, unit, &nodes, &at);
        let placed = self.schedule.join(batch);
        for (entry, content) in ready {
            self.resident.insert(placed.entries.start + entry, content);
        }
        self.in_flight.insert(Flight { group, unit, at, placed, nodes, datasets });
        true
    }

    /// The nodes of a stage that have all they read for a partition, with an outer join; else all.
    fn nodes_for(&self, group: usize, stage: &StageLayout, part: &Part) -> Vec<usize> {
        let rules = &self.multipipeline(group).rules;
        let runs = |node: &usize| rules.runs(&self.job.nodes[*node].name, part);
        stage.nodes.iter().copied().filter(runs).collect()
    }

    /// The tasks and datasets of a unit, the datasets that these are, and what is in memory of them already.
    fn batch(&self, group: usize, unit: Unit, nodes: &[usize], at: &At) -> (Batch, Vec<usize>, Vec<(usize, Resident)>) {
        let layout = &self.layout.multipipelines[group];
        let may_fail = self.multipipeline(group).rules.on_partition_error == OnPartitionError::Skip;
        let mut datasets: Vec<usize> = Vec::new();
        let mut batch = Batch { before: layout.barrier, ..Batch::default() };
        let mut ready = Vec::new();
        for &index in nodes {
            let node = &self.job.nodes[index];
            let mut task = Task { may_fail, needs: self.resources.of_node[index].clone(), ..Task::default() };
            task.needs.push((self.groups[group].lane_resources[unit.lane], 1));
            let earlier = nodes.iter().take(batch.tasks.len()).enumerate();
            let parents = earlier.filter(|(_, other)| node.parents.contains(other)).map(|(task, _)| task);
            task.parents = parents.collect();
            for name in node.passed(Passing::Partition) {
                let dataset = self.layout.index[name];
                let place = datasets.iter().position(|&other| other == dataset);
                let place = place.unwrap_or_else(|| {
                    let (entry, content) = self.read(dataset, at);
                    ready.extend(content.map(|content| (datasets.len(), content)));
                    datasets.push(dataset);
                    batch.entries.push(entry);
                    datasets.len() - 1
                });
                task.inputs.push(place);
            }
            for name in &node.outputs {
                let dataset = self.layout.index[name.as_str()];
                task.outputs.push(datasets.len());
                datasets.push(dataset);
                let made = layout.made[&dataset];
                batch.entries.push(Entry {
                    source: Source::Task,
                    load: made.route.transfer(),
                    save: made.route.is_saved.then(|| made.route.transfer()),
                    reload: made.route.reloads && node.called_per == CalledPer::Partition,
                    part_of: made.is_collected.then_some(dataset),
                    ..Entry::default()
                });
            }
            batch.tasks.push(task);
        }
        (batch, datasets, ready)
    }

    /// The entry of a partition that no node of the batch makes: it is in storage, or in memory.
    fn read(&self, dataset: usize, at: &At) -> (Entry, Option<Resident>) {
        let id = at.partition.as_deref().unwrap_or_default();
        let resident = self.resident.get(&dataset);
        if let Some(Resident::Partitions(all)) = resident
            && let Some(buffer) = all.get(id)
        {
            // Counted with the dataset that it is a part of.
            return (Entry { source: Source::Memory, ..Entry::default() }, Some(Resident::Whole(buffer.clone())));
        }
        let stored = match resident {
            Some(Resident::Listed(listed)) => listed.listing.partitions().get(id),
            // If nobody has made it, its load says so.
            _ => self.written_of(dataset).and_then(|(_, written)| written.get(id)),
        };
        let size = stored.map_or(0, |stored| stored.size);
        let load = self.layout.route(dataset, self.options).transfer();
        (Entry { source: Source::Storage { after: None }, load, size, ..Entry::default() }, None)
    }

    /// After the last of a batch.
    pub(super) fn forget(&mut self, batch: usize) {
        if let Some(Flight { group, unit, .. }) = self.in_flight.remove(batch) {
            self.unit_ended(group, unit);
            self.advance(group);
        }
    }

    fn unit_ended(&mut self, group: usize, unit: Unit) {
        let last = self.layout.multipipelines[group].stages.len() - 1;
        let state = &mut self.groups[group];
        if let Some(lanes) = &mut state.lanes {
            lanes.ended(unit);
        }
        if unit.stage != last {
            return;
        }
        let slice = &state.slices[unit.slice];
        let ended = match unit.part {
            Some(part) => slice[part..=part].to_vec(),
            None => slice.clone(),
        };
        let name = &self.job.multipipelines[group].rules.name;
        let report = self.report.multipipelines.entry(name.clone()).or_default();
        for Part { id, .. } in ended {
            state.ended += 1;
            let (ended, total) = (state.ended, report.total);
            if let Some(error) = state.failed.get(&id) {
                self.emitter.emit(|| Event::PartitionFailed {
                    multipipeline: name.clone(),
                    partition: id,
                    error: error.clone(),
                    ended,
                    total,
                });
            } else {
                report.completed += 1;
                self.emitter.emit(|| Event::PartitionCompleted {
                    multipipeline: name.clone(),
                    partition: id,
                    ended,
                    total,
                });
            }
        }
    }

    /// Every slice has ended: looks whether what they read is as it was.
    pub(super) fn reach_barrier(&mut self, group: usize) {
        let rules = &self.job.multipipelines[group].rules;
        let barrier = self.layout.multipipelines[group].barrier;
        let (completed, failed) = match self.report.multipipelines.get(&rules.name) {
            Some(report) => (report.completed, self.groups[group].failed.len()),
            None => (0, 0),
        };
        self.emitter.emit(|| Event::BarrierReached { multipipeline: rules.name.clone(), completed, failed });
        self.tell_failures(group);
        if failed > 0 && rules.on_partition_error == OnPartitionError::Fail {
            self.schedule.call_failed(barrier);
            return;
        }
        let reads = &self.layout.multipipelines[group].reads;
        let sets: Vec<_> = reads.iter().filter_map(|&dataset| self.listed(dataset)).collect();
        if sets.is_empty() {
            self.pass_barrier(group);
        } else if let Err(error) = self.transfers.check(barrier, sets) {
            self.give_up(error);
            self.schedule.call_failed(barrier);
        }
    }

    /// Has what the slices made become whole.
    pub(super) fn pass_barrier(&mut self, group: usize) {
        let layout = &self.layout.multipipelines[group];
        let rules = &self.job.multipipelines[group].rules;
        if self.groups[group].failed.is_empty() || rules.allow_incomplete {
            for &index in &self.job.multipipelines[group].nodes {
                let node = &self.job.nodes[index];
                self.report.completed.push(node.name.clone());
                let totals = self.groups[group].totals.get(&index).copied().unwrap_or_default();
                self.emitter.emit(|| Event::NodeCompleted {
                    node: node.name.clone(),
                    at: At::default(),
                    duration: totals.duration,
                    copied: totals.counters.copied,
                    mapped: totals.counters.mapped,
                    moved: totals.counters.moved,
                    peak_memory: totals.peak_memory,
                    completed: self.report.completed.len(),
                    total: self.report.total,
                });
            }
        }
        let mut sizes = Vec::new();
        for (&dataset, made) in &layout.made {
            if made.outlives() {
                let empty = || Resident::Partitions(BTreeMap::new());
                sizes.push(self.resident.entry(dataset).or_insert_with(empty).bytes());
            }
            if !made.route.is_saved && self.layout.dataset(dataset).is_stored() {
                self.report.unsaved.push(self.layout.name(dataset));
            }
        }
        self.groups[group].slices = Vec::new();
        self.schedule.called(layout.barrier, &sizes);
    }

    /// The writer of a dataset that a multipipeline makes, whole or in part.
    pub(super) fn writer(&self, entry: usize) -> Option<SetWriter> {
        let (dataset, _) = self.place(entry);
        self.groups.iter().find_map(|group| group.writers.get(&dataset)).cloned()
    }

    /// The partitions of a set that is complete, and those that are missing.
    pub(super) fn set_to_commit(&mut self, dataset: usize) -> (BTreeMap<String, Stored>, BTreeMap<String, String>) {
        let Some(group) = self.groups.iter_mut().find(|group| group.writers.contains_key(&dataset)) else {
            unreachable!("a set that is committed has a writer");
        };
        // It is committed once: nobody asks again.
        let mut partitions = group.kept.remove(&dataset).unwrap_or_default();
        partitions.extend(group.written.remove(&dataset).unwrap_or_default());
        let missing = group.failed.iter().filter(|(id, _)| !partitions.contains_key(*id));
        let missing = missing.map(|(id, reason)| (id.clone(), reason.clone())).collect();
        (partitions, missing)
    }

    /// Where a partition is that this run has written.
    pub(super) fn written(&self, entry: usize) -> Option<(PartitionedDataset, String, Stored)> {
        let (dataset, at) = self.place(entry);
        let (id, (set, written)) = (at.partition?, self.written_of(dataset)?);
        let stored = written.get(&id)?.clone();
        Some((set.clone(), id, stored))
    }

    /// The partitions of a dataset that this run has written, in whatever format.
    pub(super) fn written_of(&self, dataset: usize) -> Option<(&PartitionedDataset, &BTreeMap<String, Stored>)> {
        let made = self.layout.written_as.get(&dataset).unwrap_or(&dataset);
        let written = self.groups.iter().find_map(|group| group.written.get(made))?;
        Some((self.layout.dataset(dataset).stored_set.as_ref()?, written))
    }

    /// Remembers partitions that have been written.
    pub(super) fn note_written(&mut self, entry: usize, stored: BTreeMap<String, Stored>) {
        let (dataset, _) = self.place(entry);
        let Some(group) = self.in_flight.of_entry(entry).map(|flight| flight.group) else { return };
        for (id, stored) in stored {
            let written = self.groups[group].written.entry(dataset).or_default();
            if written.insert(id.clone(), stored).is_some() {
                self.made_twice(group, dataset, id);
            }
        }
    }

    /// Makes what is in memory of a partition a part of its dataset, if that is read as a whole.
    pub(super) fn collect(&mut self, entry: usize, content: Resident) {
        let Some(flight) = self.in_flight.of_entry(entry) else { return };
        let (group, dataset) = (flight.group, self.place(entry).0);
        let is_made_here = |&node: &usize| {
            let name = self.layout.datasets[dataset].0;
            self.job.nodes[node].outputs.iter().any(|output| output == name)
        };
        let is_collected = self.layout.multipipelines[group].made.get(&dataset).is_some_and(|made| made.is_collected);
        if !is_collected || !flight.nodes.iter().any(is_made_here) {
            return;
        }
        let parts = match (content, &flight.at.partition) {
            (Resident::Whole(buffer), Some(id)) => BTreeMap::from([(id.clone(), buffer)]),
            (Resident::Partitions(parts), _) => parts,
            _ => return,
        };
        let all = self.resident.entry(dataset).or_insert_with(|| Resident::Partitions(BTreeMap::new()));
        let Resident::Partitions(all) = all else { return };
        let twice = parts.into_iter().filter_map(|(id, buffer)| all.insert(id.clone(), buffer).map(|_| id));
        for id in twice.collect::<Vec<_>>() {
            self.made_twice(group, dataset, id);
        }
    }

    fn made_twice(&mut self, group: usize, dataset: usize, partition: String) {
        let multipipeline = self.multipipeline(group).rules.name.clone();
        let dataset = self.layout.name(dataset);
        self.give_up(RunError::MadeTwice { multipipeline, dataset, partition });
    }

    /// A load or a save failed.
    pub(super) fn failed(&mut self, entry: usize, error: RunError) {
        let stops = !matches!(error, RunError::Save { .. });
        match self.in_flight.of_entry(entry).map(|flight| (flight.group, flight.unit)) {
            Some((group, unit)) => self.part_failed(group, unit, error, stops),
            None => self.errors.push(error),
        }
    }

    /// A call failed.
    pub(super) fn task_failed(&mut self, task: usize, error: RunError) {
        match self.in_flight.of_task(task).map(|flight| (flight.group, flight.unit)) {
            Some((group, unit)) => self.part_failed(group, unit, error, true),
            None => self.errors.push(error),
        }
    }

    fn part_failed(&mut self, group: usize, unit: Unit, error: RunError, stops: bool) {
        let rules = &self.job.multipipelines[group].rules;
        let state = &mut self.groups[group];
        let slice = &state.slices[unit.slice];
        let parts = match unit.part {
            Some(part) => &slice[part..=part],
            None => slice,
        };
        let report = self.report.multipipelines.entry(rules.name.clone()).or_default();
        // Where the run goes on, the barrier tells of all of them.
        let is_told = stops && rules.on_partition_error == OnPartitionError::Fail && !self.options.keep_going;
        for part in parts {
            let is_first = !state.failed.contains_key(&part.id);
            state.failed.entry(part.id.clone()).or_insert_with(|| error.to_string());
            report.failed.entry(part.id.clone()).or_insert_with(|| error.to_string());
            if is_first && !is_told {
                state.untold.insert(part.id.clone(), error.to_string());
            }
        }
        if is_told {
            self.errors.push(error);
        }
    }

    /// Makes the partitions that failed an error of the run, unless it is one already or may be.
    pub(super) fn tell_failures(&mut self, group: usize) {
        let rules = &self.job.multipipelines[group].rules;
        let state = &mut self.groups[group];
        let failed = std::mem::take(&mut state.untold);
        if failed.is_empty() {
            return;
        }
        if rules.on_partition_error == OnPartitionError::Skip && rules.allow_incomplete {
            return;
        }
        let total = self.report.multipipelines.get(&rules.name).map_or(0, |report| report.total);
        let multipipeline = rules.name.clone();
        self.errors.push(RunError::Partitions { multipipeline, failed, total });
    }

    pub(super) fn add_to_totals(&mut self, task: usize, node: usize, outcome: &Outcome) {
        if let Some(flight) = self.in_flight.of_task(task) {
            let totals = self.groups[flight.group].totals.entry(node).or_default();
            totals.duration += outcome.duration;
            totals.counters.copied += outcome.counters.copied;
            totals.counters.mapped += outcome.counters.mapped;
            totals.counters.moved += outcome.counters.moved;
            totals.peak_memory = totals.peak_memory.max(outcome.peak_memory);
        }
    }

    /// The value of a parameter for a call whose partition has its own.
    pub(super) fn configured(&mut self, task: usize, name: &str) -> Option<String> {
        let flight = self.in_flight.of_task(task)?;
        let (group, part) = (flight.group, &self.groups[flight.group].slices[flight.unit.slice][flight.unit.part?]);
        let (entry, multipipeline) = (part.configure?, &self.job.multipipelines[group]);
        if let Some(params) = self.groups[group].configured.get(&entry) {
            return look_up(name, params).map(|value| value.to_string());
        }
        let params = multipipeline.rules.params_for(part, &multipipeline.params);
        let value = look_up(name, &params).map(|value| value.to_string());
        self.groups[group].configured.insert(entry, params);
        value
    }

    /// The partitions of the slice that a task sees, sorted.
    pub(super) fn slice_of(&self, task: usize) -> Vec<String> {
        let Some(flight) = self.in_flight.of_task(task) else { return Vec::new() };
        let state = &self.groups[flight.group];
        let parts = state.slices[flight.unit.slice].iter().filter(|part| !state.failed.contains_key(&part.id));
        parts.map(|part| part.id.clone()).collect()
    }
}
