//! From a job and its options to a schedule.

use std::collections::BTreeMap;

use typed_index_collections::TiVec;
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{FormatId, Node, NodeId, ResolvedGraph};

use super::layout::{Layout, Step};
use crate::options::{OnSaveError, RunOptions, Runner};
use crate::schedule::{Entry, EntryId, Order, Policy, ResourceId, Schedule, Source, Task, TaskId, Transfer};
use crate::{JobNode, RunError};

/// Returns the schedule of a job.
pub(super) fn schedule(layout: &Layout<'_>, resources: &Resources, options: &RunOptions) -> Schedule {
    let tasks = layout.steps.iter().map(|step| task(layout, *step, resources));
    let entries = layout.datasets().map(|dataset| entry(layout, dataset, options));
    let mut entries: TiVec<EntryId, Entry> = entries.collect();
    for multipipeline in &layout.multipipelines {
        for (&dataset, made) in &multipipeline.made {
            let is_kept = made.is_collected && !made.route.is_saved && layout.is_final(dataset);
            entries[layout.entry(dataset)] = Entry {
                // Its partitions are saved one by one; this makes them one set, which readers wait for.
                save: made.route.is_kept().then_some(Transfer::Together),
                reload: made.route.reloads_behind_barrier(),
                kept: is_kept,
                load: made.route.transfer(),
                ..Entry::default()
            };
        }
    }
    let policy = Policy {
        workers: options.runner.workers().get(),
        order: match options.runner {
            Runner::Sequential => Order::Listed,
            Runner::Parallel { .. } => Order::LongestPath { weights: weights(layout, options) },
        },
        memory: options.memory,
        keep_going: options.keep_going,
        stop_on_save_error: options.on_save_error == OnSaveError::Stop,
        resources: resources.amounts.clone(),
        ..Policy::default()
    };
    Schedule::new(tasks.collect(), entries, policy)
}

fn task(layout: &Layout<'_>, step: Step, resources: &Resources) -> Task {
    let job = layout.job;
    match step {
        Step::Node(node) => Task {
            parents: job.graph[node].waits_for.iter().map(|&parent| layout.step_of[parent]).collect(),
            inputs: job.nodes[node].datasets().map(|dataset| layout.entry(dataset)).collect(),
            outputs: job.nodes[node].outputs.iter().map(|&output| layout.entry(output)).collect(),
            needs: resources.needs(node, &job.nodes[node], None),
            ..Task::default()
        },
        Step::Slicer(group) => {
            let barrier = layout.multipipelines[group].barrier;
            let members = &job.graph[group].nodes;
            let parents = members.iter().flat_map(|&node| &job.graph[node].waits_for);
            let parents = parents.map(|&parent| layout.step_of[parent]).filter(|&parent| parent != barrier);
            let reads = layout.multipipelines[group].reads.iter();
            let inputs = reads.map(|&read| layout.entry(read)).collect();
            Task { parents: parents.collect(), inputs, ..Task::default() }
        }
        Step::Barrier(group) => {
            let group = &layout.multipipelines[group];
            let outputs = group.made.iter().filter(|(_, made)| made.outlives());
            Task {
                parents: vec![group.slicer],
                // The inputs of the slices stay until these have ended.
                inputs: group.reads.iter().map(|&read| layout.entry(read)).collect(),
                outputs: outputs.map(|(&dataset, _)| layout.entry(dataset)).collect(),
                is_gated: true,
                ..Task::default()
            }
        }
    }
}

fn entry(layout: &Layout<'_>, dataset: FormatId, options: &RunOptions) -> Entry {
    let name = layout.name(dataset);
    let given = options.given.get(name).map(|buffer| buffer.len() as u64);
    let given =
        given.or_else(|| Some(options.given_partitions.get(name)?.values().map(|part| part.len() as u64).sum()));
    let route = layout.route(dataset, options);
    let source = match given {
        Some(_) => Source::Memory,
        None if layout.maker(dataset).is_some() => Source::Task,
        None => Source::Storage { after: layout.twin(dataset).map(|twin| layout.entry(twin)) },
    };
    // The load of a partitioned dataset brings the list of its partitions.
    let is_set = matches!(layout.dataset(dataset).stored, Some(StoredDataset::Set(_)));
    let expected = if is_set { None } else { options.sizes.get(name).copied() };
    Entry {
        source,
        load: route.transfer(),
        save: route.is_kept().then(|| route.transfer()),
        reload: route.reloads,
        kept: layout.is_final(dataset) && (options.keep_outputs || !layout.is_stored(dataset)),
        size: given.or(expected).unwrap_or(0),
        part_of: None,
    }
}

/// Returns the expected duration of each step, in microseconds: its earlier one, or else the median of the known ones.
fn weights(layout: &Layout<'_>, options: &RunOptions) -> TiVec<TaskId, u64> {
    let graph = &layout.job.graph;
    let known = |node: &Node| Some(options.durations.get(&node.name)?.as_micros() as u64);
    let mut all: Vec<_> = graph.nodes().iter().filter_map(known).collect();
    all.sort_unstable();
    let usual = all.get(all.len() / 2).copied().unwrap_or(0).max(1);
    let weight = |node: NodeId| known(&graph[node]).unwrap_or(usual).max(1);
    let steps = layout.steps.iter().map(|step| match step {
        Step::Node(node) => weight(*node),
        Step::Slicer(group) => graph[*group].nodes.iter().map(|&node| weight(node)).sum(),
        Step::Barrier(_) => 1,
    });
    steps.collect()
}

/// Resources by index: the named ones, and the memory of calls.
pub(super) struct Resources {
    /// The amount of each.
    pub(super) amounts: TiVec<ResourceId, u64>,
    /// Each node's share of the named ones: the resource and the amount.
    of_node: TiVec<NodeId, Vec<(ResourceId, u64)>>,
    /// The memory of calls, if several may be made at once.
    memory: Option<ResourceId>,
}

impl Resources {
    pub(super) fn new(graph: &ResolvedGraph, options: &RunOptions) -> Result<Self, RunError> {
        let mut index = BTreeMap::new();
        let mut amounts = TiVec::new();
        let mut of_node = TiVec::with_capacity(graph.nodes().len());
        for node in graph.nodes() {
            let mut taken = Vec::with_capacity(node.resources.len());
            for (name, &amount) in &node.resources {
                let there = options.resources.get(name).copied().unwrap_or(1);
                if amount > there {
                    let (node, name) = (&node.name, name);
                    return Err(RunError::Environment(format!(
                        "node `{node}` needs {amount} of `{name}`, there is {there}"
                    )));
                }
                let resource = *index.entry(name).or_insert_with(|| amounts.push_and_get_key(there));
                taken.push((resource, amount));
            }
            of_node.push(taken);
        }
        let memory = (options.runner.workers().get() > 1).then(|| amounts.push_and_get_key(options.node_memory));
        Ok(Self { amounts, of_node, memory })
    }

    /// Returns the resources that a call of a node takes, whose calls have had at most `peak` bytes so far.
    pub(super) fn needs(&self, id: NodeId, node: &JobNode, peak: Option<u64>) -> Vec<(ResourceId, u64)> {
        let memory = self.memory.map(|memory| (memory, memory_need(node.limits.memory, peak, self.amounts[memory])));
        self.of_node[id].iter().copied().chain(memory).collect()
    }
}

/// Returns a call's share of the memory of calls: its limit, or about as much as others of the same node took.
fn memory_need(limit: u64, peak: Option<u64>, there: u64) -> u64 {
    let need = peak.map_or(limit, |peak| peak.saturating_add(peak / 4).min(limit));
    // A call that may take more than there is runs alone.
    need.min(there)
}

/// Returns the number of concurrent calls, of a job that calls nodes that often at most.
pub(super) fn most_calls(runner: Runner, calls: usize) -> usize {
    runner.workers().get().min(calls).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_needs_what_it_may_take_until_it_is_known_what_others_took() {
        assert_eq!(memory_need(2000, None, 10_000), 2000);
        assert_eq!(memory_need(2000, Some(400), 10_000), 500);
        assert_eq!(memory_need(2000, Some(1900), 10_000), 2000);
        assert_eq!(memory_need(2000, None, 1000), 1000, "it runs alone");
    }
}
