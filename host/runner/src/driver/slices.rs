//! Slices: one unit of work after the other joins the schedule, and leaves it.

use wpipe_pipeline::{CalledPer, GroupId, NodeId, OnPartitionError, Part, Passing, Stage, look_up};
use wpipe_sandbox::Outcome;

use super::groups::Flight;
use super::resident::Resident;
use super::run::Driver;
use crate::schedule::{Batch, Entry, Source, Task, Unit};
use crate::{At, Event};

impl Driver<'_> {
    /// Begins what can be begun of a multipipeline; opens its barrier when nothing is left.
    pub(super) fn advance(&mut self, group: usize) {
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
                self.unit_ended(group, unit, true);
            }
        }
    }

    /// Begins a unit, if there is anything to do for it.
    fn begin(&mut self, group: usize, unit: Unit) -> bool {
        let stage = &self.job.graph[GroupId::from(group)].stages[unit.stage];
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
        self.in_flight.insert(Flight { group, unit, at, placed, nodes, called: 0, datasets });
        true
    }

    /// The nodes of a stage that have all they read for a partition, with an outer join; else all.
    fn nodes_for(&self, group: usize, stage: &Stage, part: &Part) -> Vec<NodeId> {
        let rules = self.multipipeline(group);
        let runs = |node: &NodeId| rules.runs(&self.job.graph[*node].name, part);
        stage.nodes.iter().copied().filter(runs).collect()
    }

    /// The tasks and datasets of a unit, the datasets that these are, and what is in memory of them already.
    fn batch(
        &self,
        group: usize,
        unit: Unit,
        nodes: &[NodeId],
        at: &At,
    ) -> (Batch, Vec<usize>, Vec<(usize, Resident)>) {
        let layout = &self.layout.multipipelines[group];
        let may_fail = self.multipipeline(group).policy.on_partition_error == OnPartitionError::Skip;
        let mut datasets: Vec<usize> = Vec::new();
        let mut batch = Batch { before: layout.barrier, ..Batch::default() };
        let mut ready = Vec::new();
        for &id in nodes {
            let (of, node) = (&self.job.graph[id], &self.job.nodes[id]);
            let needs = self.resources.needs(id, node, self.peaks.get(&id).copied());
            let mut task = Task { may_fail, needs, ..Task::default() };
            task.needs.push((self.groups[group].lane_resources[unit.lane], 1));
            let earlier = nodes.iter().take(batch.tasks.len()).enumerate();
            let parents = earlier.filter(|(_, other)| of.waits_for.contains(other)).map(|(task, _)| task);
            task.parents = parents.collect();
            for dataset in node.passed(Passing::Partition).map(usize::from) {
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
            for dataset in node.outputs.iter().copied().map(usize::from) {
                task.outputs.push(datasets.len());
                datasets.push(dataset);
                let made = layout.made[&dataset];
                batch.entries.push(Entry {
                    source: Source::Task,
                    load: made.route.transfer(),
                    save: made.route.is_saved.then(|| made.route.transfer()),
                    reload: made.route.reloads && of.called_per == Some(CalledPer::Partition),
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
        if let Some(Flight { group, unit, nodes, called, .. }) = self.in_flight.remove(batch) {
            // Of a run that ends early, calls are cut off or never made.
            self.unit_ended(group, unit, called == nodes.len());
            self.advance(group);
        }
    }

    /// After a unit of which nothing is in flight any more; `is_through` if all that was to be called for it has been.
    fn unit_ended(&mut self, group: usize, unit: Unit, is_through: bool) {
        let last = self.job.graph[GroupId::from(group)].stages.len() - 1;
        let name = &self.multipipeline(group).name;
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
        let report = self.report.multipipelines.entry(name.clone()).or_default();
        for Part { id, .. } in ended.into_iter().filter(|part| is_through || state.failed.contains_key(&part.id)) {
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

    /// The value of a parameter for a call whose partition has its own.
    pub(super) fn configured(&mut self, task: usize, name: &str) -> Option<String> {
        let flight = self.in_flight.of_task(task)?;
        let (group, part) = (flight.group, &self.groups[flight.group].slices[flight.unit.slice][flight.unit.part?]);
        let (entry, rules) = (part.configure?, self.multipipeline(group));
        if let Some(params) = self.groups[group].configured.get(&entry) {
            return look_up(name, params).map(|value| value.to_string());
        }
        let params = rules.params_for(part, &self.job.params);
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

    pub(super) fn add_to_totals(&mut self, task: usize, node: NodeId, outcome: &Outcome) {
        if let Some(flight) = self.in_flight.of_task(task) {
            let totals = self.groups[flight.group].totals.entry(node).or_default();
            totals.duration += outcome.duration;
            totals.counters.copied += outcome.counters.copied;
            totals.counters.mapped += outcome.counters.mapped;
            totals.counters.moved += outcome.counters.moved;
            totals.peak_memory = totals.peak_memory.max(outcome.peak_memory);
        }
    }
}
