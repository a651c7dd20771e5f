//! From a job and its options to a schedule.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wpipe_buffer::Buffer;
use wpipe_pipeline::base_name;

use crate::options::{OnSaveError, RunOptions, Runner};
use crate::route::{Facts, Route};
use crate::schedule::{Entry, Order, Policy, Schedule, Source, Task};
use crate::{Binding, Job, JobDataset, JobNode, RunError};

/// A job's datasets by index, which is what the schedule knows them by.
pub(super) struct Names<'a> {
    pub(super) datasets: Vec<(&'a str, &'a JobDataset)>,
    pub(super) index: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    pub(super) fn new(job: &'a Job) -> Self {
        let datasets: Vec<_> = job.datasets.iter().map(|(name, dataset)| (name.as_str(), dataset)).collect();
        let index = datasets.iter().enumerate().map(|(index, (name, _))| (*name, index)).collect();
        Self { datasets, index }
    }

    pub(super) fn name(&self, dataset: usize) -> String {
        self.datasets[dataset].0.to_owned()
    }
}

/// The schedule of `job`.
pub(super) fn schedule(job: &Job, names: &Names<'_>, options: &RunOptions) -> Result<Schedule, RunError> {
    let producers = producers(job, names);
    let written_as = twins(names, &producers);
    let twins: BTreeSet<_> = written_as.values().collect();
    let (resources, needs) = resources(job, options)?;
    let tasks = job.nodes.iter().zip(needs).map(|(node, needs)| Task {
        parents: node.parents.clone(),
        inputs: node.inputs.iter().filter_map(Binding::dataset).map(|name| names.index[name]).collect(),
        outputs: node.outputs.iter().map(|name| names.index[name.as_str()]).collect(),
        needs,
    });
    let entries = names.datasets.iter().enumerate().map(|(index, (name, dataset))| {
        let given = options.given.get(*name);
        let expected = options.sizes.get(*name).copied().unwrap_or(0);
        let (after, has_twin) = (written_as.get(&index).copied(), twins.contains(&index));
        entry(dataset, given, expected, producers.contains_key(name), after, has_twin, options)
    });
    let policy = Policy {
        workers: workers(options.runner),
        order: match options.runner {
            Runner::Sequential => Order::Listed,
            Runner::Parallel { .. } => Order::LongestPath { weights: weights(job, options) },
        },
        memory: options.memory,
        keep_going: options.keep_going,
        stop_on_save_error: options.on_save_error == OnSaveError::Stop,
        resources,
        ..Policy::default()
    };
    Ok(Schedule::new(tasks.collect(), entries.collect(), policy))
}

/// How long each node is likely to take, in microseconds: what it took before, and of the others as long as most.
fn weights(job: &Job, options: &RunOptions) -> Vec<u64> {
    let known = |node: &JobNode| Some(options.durations.get(&node.name)?.as_micros() as u64);
    let mut all: Vec<_> = job.nodes.iter().filter_map(known).collect();
    all.sort_unstable();
    let usual = all.get(all.len() / 2).copied().unwrap_or(0).max(1);
    job.nodes.iter().map(|node| known(node).unwrap_or(usual).max(1)).collect()
}

fn workers(runner: Runner) -> usize {
    match runner {
        Runner::Sequential => 1,
        Runner::Parallel { workers } => workers.get(),
    }
}

/// Made datasets, by name.
fn producers<'a>(job: &'a Job, names: &Names<'_>) -> BTreeMap<&'a str, usize> {
    let outputs = job.nodes.iter().flat_map(|node| &node.outputs);
    outputs.map(|name| (name.as_str(), names.index[name.as_str()])).collect()
}

/// For each dataset that is read in another format than it is written in, the one that is written.
fn twins(names: &Names<'_>, producers: &BTreeMap<&str, usize>) -> BTreeMap<usize, usize> {
    let made: BTreeMap<_, _> = producers.iter().map(|(name, &index)| (base_name(name), index)).collect();
    let read = names.datasets.iter().enumerate().filter(|(_, (name, _))| !producers.contains_key(name));
    read.filter_map(|(index, (name, _))| Some((index, *made.get(base_name(name))?))).collect()
}

fn entry(
    dataset: &JobDataset,
    given: Option<&Buffer>,
    expected: u64,
    is_made: bool,
    after: Option<usize>,
    has_twin: bool,
    options: &RunOptions,
) -> Entry {
    let is_stored = dataset.stored.is_some();
    let facts = Facts {
        is_stored,
        is_made: is_made && given.is_none(),
        is_final: dataset.is_final,
        has_twin,
        persist: dataset.persist,
        reload: dataset.reload,
    };
    let route = Route::of(facts, options.persist);
    let source = match given {
        Some(_) => Source::Memory,
        None if is_made => Source::Task,
        None => Source::Storage { after },
    };
    Entry {
        source,
        load: route.transfer(),
        save: route.is_saved.then(|| route.transfer()),
        reload: route.reloads,
        kept: dataset.is_final && (options.keep_outputs || !is_stored),
        size: given.map_or(expected, |buffer| buffer.len() as u64),
    }
}

/// What a node takes: the resource and how much of it.
type Needs = Vec<(usize, u64)>;

/// How much there is of each resource, and what each node takes.
fn resources(job: &Job, options: &RunOptions) -> Result<(Vec<u64>, Vec<Needs>), RunError> {
    let mut index = BTreeMap::new();
    let mut amounts = Vec::new();
    let mut needs = Vec::with_capacity(job.nodes.len());
    for node in &job.nodes {
        let mut taken = Vec::with_capacity(node.resources.len());
        for (name, &amount) in &node.resources {
            let there = options.resources.get(name).copied().unwrap_or(1);
            if amount > there {
                let (node, name) = (&node.name, name);
                return Err(RunError::Environment(format!(
                    "node `{node}` needs {amount} of `{name}`, there is {there}"
                )));
            }
            let resource = *index.entry(name).or_insert_with(|| {
                amounts.push(there);
                amounts.len() - 1
            });
            taken.push((resource, amount));
        }
        needs.push(taken);
    }
    Ok((amounts, needs))
}

/// How many threads make calls beside the driving one; a single worker is the driving thread itself.
pub(super) fn threads(runner: Runner, nodes: usize) -> usize {
    match workers(runner).min(nodes) {
        1 => 0,
        workers => workers,
    }
}
