//! Slices: one unit of work after the other joins the schedule, and leaves it.

use typed_index_collections::TiVec;
use wpipe_pipeline::{CalledPer, FormatId, GroupId, NodeId, OnPartitionError, Part, Passing, Stage, look_up};

use super::groups::Next;
use super::in_flight::Flight;
use super::resident::Resident;
use super::run::Driver;
use crate::schedule::{Batch, BatchId, Entry, EntryId, Source, Task, TaskId, Unit};
use crate::{At, Event};

/// A batch that is to join the schedule.
struct Joining {
    batch: Batch,
    /// The dataset of each entry.
    datasets: TiVec<EntryId, FormatId>,
    /// The contents that are in memory already, by entry of the batch.
    ready: Vec<(EntryId, Resident)>,
}

impl Driver<'_> {
    /// Begins all possible units of a multipipeline; opens its barrier when nothing is left.
    pub(super) fn advance(&mut self, group: GroupId) {
        while !self.schedule.is_stopped() {
            match self.groups[group].next() {
                Next::Unit(unit) => {
                    if !self.begin(group, unit) {
                        self.unit_ended(group, unit, true);
                    }
                }
                Next::Barrier => {
                    self.schedule.open(self.layout.multipipelines[group].barrier);
                    return;
                }
                Next::Nothing => return,
            }
        }
    }

    /// Begins a unit, if there is anything to do for it.
    fn begin(&mut self, group: GroupId, unit: Unit) -> bool {
        let stage = &self.job.graph[group].stages[usize::from(unit.stage)];
        let state = &self.groups[group];
        let Some(first) = state.sound_parts(unit).next() else { return false };
        let (nodes, at) = match unit.part {
            None => (stage.nodes.clone(), At::slice(unit.slice.into())),
            Some(_) => (self.nodes_for(group, stage, first), At::partition(&first.id)),
        };
        if nodes.is_empty() {
            return false;
        }
        let nodes: TiVec<TaskId, NodeId> = nodes.into();
        let Joining { batch, datasets, ready } = self.batch(group, unit, &nodes, &at);
        let placed = self.schedule.join(batch);
        for (entry, content) in ready {
            self.buffers.hold(placed.entry(entry), content);
        }
        self.in_flight.insert(Flight { group, unit, at, placed, nodes, called: 0, datasets });
        true
    }

    /// Returns the nodes of a stage that have all their inputs for a partition, with an outer join; else all.
    fn nodes_for(&self, group: GroupId, stage: &Stage, part: &Part) -> Vec<NodeId> {
        let rules = self.multipipeline(group);
        let runs = |node: &NodeId| rules.runs(&self.job.graph[*node].name, part);
        stage.nodes.iter().copied().filter(runs).collect()
    }

    /// Returns the tasks and datasets of a unit.
    fn batch(&self, group: GroupId, unit: Unit, nodes: &TiVec<TaskId, NodeId>, at: &At) -> Joining {
        let layout = &self.layout.multipipelines[group];
        let may_fail = self.multipipeline(group).policy.on_partition_error == OnPartitionError::Skip;
        let mut datasets: TiVec<EntryId, FormatId> = TiVec::new();
        let mut batch = Batch::before(layout.barrier);
        let mut ready = Vec::new();
        for (place, &id) in nodes.iter_enumerated() {
            let (of, node) = (&self.job.graph[id], &self.job.nodes[id]);
            let needs = self.resources.needs(id, node, self.calls.peak(id));
            let mut task = Task { may_fail, needs, ..Task::default() };
            task.needs.push((self.groups[group].lane_resource(unit), 1));
            let earlier = nodes.iter_enumerated().filter(|(earlier, _)| *earlier < place);
            task.parents = earlier.filter(|(_, other)| of.waits_for.contains(other)).map(|(task, _)| task).collect();
            for dataset in node.passed(Passing::Partition) {
                let input = datasets.position(|&other| other == dataset).unwrap_or_else(|| {
                    let (entry, content) = self.read(dataset, at);
                    let input = batch.entries.push_and_get_key(entry);
                    ready.extend(content.map(|content| (input, content)));
                    datasets.push_and_get_key(dataset)
                });
                task.inputs.push(input);
            }
            for &dataset in &node.outputs {
                let made = layout.made[&dataset];
                batch.entries.push(Entry {
                    source: Source::Task,
                    load: made.route.transfer(),
                    save: made.route.is_kept().then(|| made.route.transfer()),
                    reload: made.route.reloads && of.called_per == Some(CalledPer::Partition),
                    part_of: made.is_collected.then(|| self.layout.entry(dataset)),
                    ..Entry::default()
                });
                task.outputs.push(datasets.push_and_get_key(dataset));
            }
            batch.tasks.push(task);
        }
        Joining { batch, datasets, ready }
    }

    /// Returns the entry of a partition that no node of the batch makes: it is in storage, or in memory.
    fn read(&self, dataset: FormatId, at: &At) -> (Entry, Option<Resident>) {
        let id = at.partition.as_deref().unwrap_or_default();
        let resident = self.buffers.get(self.layout.entry(dataset));
        if let Some(Resident::Partitions(all)) = resident
            && let Some(buffer) = all.get(id)
        {
            // It is counted with the dataset that it is a part of.
            return (Entry { source: Source::Memory, ..Entry::default() }, Some(Resident::Whole(buffer.clone())));
        }
        let stored = match resident {
            Some(Resident::Listed(listed)) => listed.listing.partitions().get(id),
            // If it has not been made, its load says so.
            _ => self.written_of(dataset).and_then(|(_, written)| written.get(id)),
        };
        let size = stored.map_or(0, |stored| stored.size);
        let load = self.layout.route(dataset, self.options).transfer();
        (Entry { source: Source::Storage { after: None }, load, size, ..Entry::default() }, None)
    }

    /// Continues after the last task or dataset of a batch.
    pub(super) fn forget(&mut self, batch: BatchId) {
        if let Some(Flight { group, unit, nodes, called, .. }) = self.in_flight.remove(batch) {
            // In a run that ends early, calls are cut off or never made.
            self.unit_ended(group, unit, called == nodes.len());
            self.advance(group);
        }
    }

    /// Continues after a unit of which nothing is in flight any more; `is_through` if all its calls have been made.
    fn unit_ended(&mut self, group: GroupId, unit: Unit, is_through: bool) {
        self.groups[group].ended(unit);
        if usize::from(unit.stage) + 1 != self.job.graph[group].stages.len() {
            return;
        }
        let name = &self.multipipeline(group).name;
        let total = self.results.partitions(name).map_or(0, |report| report.total);
        let ids: Vec<_> = self.groups[group].parts(unit).iter().map(|part| part.id.clone()).collect();
        for id in ids {
            let error = self.groups[group].failure(&id).cloned();
            if !is_through && error.is_none() {
                continue;
            }
            let ended = self.groups[group].count_ended();
            let multipipeline = name.clone();
            if let Some(error) = error {
                let event = || Event::PartitionFailed { multipipeline, partition: id, error, ended, total };
                self.results.emit(event);
            } else {
                self.results.partition_completed(name);
                self.results.emit(|| Event::PartitionCompleted { multipipeline, partition: id, ended, total });
            }
        }
    }

    /// Returns the value of a parameter for a call whose partition has its own.
    pub(super) fn configured(&mut self, task: TaskId, name: &str) -> Option<String> {
        let (group, unit) = self.in_flight.unit_of_task(task)?;
        let rules = self.multipipeline(group);
        let params = self.groups[group].configured(unit, |part| rules.params_for(part, &self.job.params))?;
        look_up(name, params).map(|value| value.to_string())
    }

    /// Returns the partitions of the slice that a task sees, sorted.
    pub(super) fn slice_of(&self, task: TaskId) -> Vec<String> {
        let Some((group, unit)) = self.in_flight.unit_of_task(task) else { return Vec::new() };
        self.groups[group].sound_parts(unit).map(|part| part.id.clone()).collect()
    }
}
