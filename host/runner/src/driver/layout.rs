//! A job in the terms of the schedule: its tasks, its entries, and the parts of each multipipeline.
//!
//! The schedule's first entries are the job's formats, each at the place of its id: only here does an entry become a
//! dataset and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use typed_index_collections::{TiVec, ti_vec};
use wpipe_pipeline::{FormatId, GroupId, Node, NodeId, ResolvedGraph, Role};

use crate::options::RunOptions;
use crate::route::{Facts, PartitionReaders, Route};
use crate::schedule::{EntryId, TaskId};
use crate::{Job, JobDataset, Piece};

/// A job by the tasks and entries that its schedule has from the beginning.
pub(super) struct Layout<'a> {
    pub(super) job: &'a Job,
    /// The steps of the tasks from the beginning.
    pub(super) steps: TiVec<TaskId, Step>,
    /// For each node, the step that ends when its outputs are there.
    pub(super) step_of: TiVec<NodeId, TaskId>,
    pub(super) multipipelines: TiVec<GroupId, GroupLayout>,
}

/// A task of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A node of the job.
    Node(NodeId),
    /// The step that divides the partitions of a multipipeline.
    Slicer(GroupId),
    /// The step that waits for all slices of a multipipeline, and makes their outputs whole.
    Barrier(GroupId),
}

/// The steps at both ends of a multipipeline.
#[derive(Debug, Clone, Copy)]
struct Gates {
    slicer: TaskId,
    barrier: TaskId,
}

/// The parts of a multipipeline.
pub(super) struct GroupLayout {
    pub(super) slicer: TaskId,
    pub(super) barrier: TaskId,
    /// The datasets that its nodes make.
    pub(super) made: BTreeMap<FormatId, GroupOutput>,
    /// Its reads from outside: partitioned datasets that it goes over, in every format, and others.
    pub(super) reads: Vec<FormatId>,
}

/// A dataset that a multipipeline's nodes make, partition by partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupOutput {
    pub(super) route: Route,
    /// True if its partitions stay in memory, to be read as a whole.
    pub(super) is_collected: bool,
}

impl GroupOutput {
    /// Returns true if any part of it outlives its slices.
    pub(super) fn outlives(&self) -> bool {
        self.route.is_kept() || self.is_collected
    }
}

impl<'a> Layout<'a> {
    pub(super) fn new(job: &'a Job, options: &RunOptions) -> Self {
        let (steps, step_of, gates) = steps(&job.graph);
        let mut layout = Self { job, steps, step_of, multipipelines: TiVec::new() };
        let groups = gates.into_iter_enumerated();
        layout.multipipelines = groups.map(|(group, gates)| layout.group(group, gates, options)).collect();
        layout
    }

    /// Returns all datasets.
    pub(super) fn datasets(&self) -> impl DoubleEndedIterator<Item = FormatId> + use<'a> {
        self.job.datasets.keys()
    }

    /// Returns the entry of a whole dataset.
    pub(super) fn entry(&self, dataset: FormatId) -> EntryId {
        EntryId::new(dataset.into())
    }

    /// Returns the dataset that an entry is the whole of; `None` if it has joined with a batch.
    pub(super) fn whole(&self, entry: EntryId) -> Option<FormatId> {
        let dataset = FormatId::new(entry.into());
        self.job.datasets.get(dataset).map(|_| dataset)
    }

    /// Returns the dataset that has exactly this name.
    pub(super) fn find(&self, name: &str) -> Option<FormatId> {
        self.job.graph.find_format(name)
    }

    pub(super) fn name(&self, dataset: FormatId) -> &'a str {
        &self.job.graph[dataset].name
    }

    pub(super) fn dataset(&self, dataset: FormatId) -> &'a JobDataset {
        &self.job.datasets[dataset]
    }

    /// Returns true if no node reads a dataset: it is a result of the run.
    pub(super) fn is_final(&self, dataset: FormatId) -> bool {
        self.job.graph.dataset_of(dataset).role == Role::FinalOutput
    }

    /// Returns true if a dataset has a place in storage.
    pub(super) fn is_stored(&self, dataset: FormatId) -> bool {
        self.dataset(dataset).stored.is_some()
    }

    /// Returns the dataset in the format in which it is written, if it is read in another one.
    pub(super) fn twin(&self, dataset: FormatId) -> Option<FormatId> {
        self.job.graph.twin(dataset)
    }

    /// Returns the way of a dataset in this run.
    pub(super) fn route(&self, dataset: FormatId, options: &RunOptions) -> Route {
        let name = self.name(dataset);
        let is_given = options.given.contains_key(name) || options.given_partitions.contains_key(name);
        let facts = Facts::of(&self.job.graph, dataset);
        let has_store = options.sharing.is_some();
        Route::of(Facts { is_made: facts.is_made && !is_given, has_store, ..facts }, options.persist)
    }

    /// Returns the node that makes a dataset in this format.
    pub(super) fn maker(&self, dataset: FormatId) -> Option<&'a Node> {
        let (graph, format) = (&self.job.graph, dataset);
        let maker = graph.maker(format).filter(|_| graph.is_written(format))?;
        Some(&graph[maker])
    }

    fn group(&self, group: GroupId, Gates { slicer, barrier }: Gates, options: &RunOptions) -> GroupLayout {
        let graph = &self.job.graph;
        let read_later = read_later(graph, group);
        let is_outside = |node: &NodeId| graph[*node].group != Some(group);
        let made = graph[group].outputs.iter().map(|&format| {
            let route = self.route(format, options);
            let readers = PartitionReaders {
                by_slice: read_later.contains(&format),
                behind_barrier: graph[format].readers.iter().any(is_outside) || self.is_final(format),
            };
            (format, GroupOutput { route, is_collected: route.collects(readers) })
        });
        let read = graph[group].nodes.iter().flat_map(|&node| &graph[node].reads).copied();
        // Without calls, only the sets are listed that it goes over.
        let is_listed = options.piece.as_ref().is_some_and(Piece::is_an_end);
        let is_read = |read: FormatId| !is_listed || graph[group].over.contains(&read);
        let reads: BTreeSet<_> =
            read.filter(|&read| graph.dataset_of(read).made_by != Some(group) && is_read(read)).collect();
        let (made, reads) = (made.collect(), reads.into_iter().collect());
        GroupLayout { slicer, barrier, made, reads }
    }
}

/// Returns the nodes as steps: a multipipeline is its slicer, where its first node stands, and its barrier, where its
/// last one does. Also returns the step that completes each node, and each multipipeline's slicer and barrier.
fn steps(graph: &ResolvedGraph) -> (TiVec<TaskId, Step>, TiVec<NodeId, TaskId>, TiVec<GroupId, Gates>) {
    let mut steps: TiVec<TaskId, Step> = TiVec::new();
    let first = TaskId::new(0);
    let mut step_of: TiVec<NodeId, TaskId> = ti_vec![first; graph.nodes().len()];
    let mut gates: TiVec<GroupId, Gates> = ti_vec![Gates { slicer: first, barrier: first }; graph.groups().len()];
    for (id, node) in graph.nodes().iter_enumerated() {
        let Some(group) = node.group else {
            step_of[id] = steps.push_and_get_key(Step::Node(id));
            continue;
        };
        let members = &graph[group].nodes;
        if members.first() == Some(&id) {
            gates[group].slicer = steps.push_and_get_key(Step::Slicer(group));
        }
        if members.last() == Some(&id) {
            gates[group].barrier = steps.push_and_get_key(Step::Barrier(group));
        }
    }
    for (id, node) in graph.nodes().iter_enumerated() {
        if let Some(group) = node.group {
            step_of[id] = gates[group].barrier;
        }
    }
    (steps, step_of, gates)
}

/// Returns the datasets that a node reads in a later stage than the one in which they are made.
fn read_later(graph: &ResolvedGraph, group: GroupId) -> BTreeSet<FormatId> {
    let mut made = BTreeSet::new();
    let mut later = BTreeSet::new();
    for stage in &graph[group].stages {
        let nodes = || stage.nodes.iter().map(|&node| &graph[node]);
        later.extend(nodes().flat_map(|node| &node.reads).copied().filter(|read| made.contains(read)));
        made.extend(nodes().flat_map(|node| &node.makes).copied());
    }
    later
}
