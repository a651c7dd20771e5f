//! A job by indices, as the schedule knows it: steps, datasets, and what each multipipeline consists of.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wpipe_pipeline::{CalledPer, base_name};

use crate::options::RunOptions;
use crate::route::{Facts, PartitionReaders, Route};
use crate::schedule::Stage;
use crate::{Job, JobDataset, JobNode};

/// A job by indices.
pub(super) struct Layout<'a> {
    pub(super) job: &'a Job,
    pub(super) datasets: Vec<(&'a str, &'a JobDataset)>,
    pub(super) index: HashMap<&'a str, usize>,
    /// What the schedule's tasks are, of those that it has from the beginning.
    pub(super) steps: Vec<Step>,
    /// For each node, the step that ends when its outputs are there.
    pub(super) step_of: Vec<usize>,
    pub(super) multipipelines: Vec<GroupLayout>,
    /// For each dataset that is read in another format than it is written in, the one that is written.
    pub(super) written_as: BTreeMap<usize, usize>,
    twins: BTreeSet<usize>,
    /// The nodes that make datasets, by dataset.
    makers: HashMap<usize, usize>,
}

/// A task of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A node of the job.
    Node(usize),
    /// Divides the partitions of a multipipeline.
    Slicer(usize),
    /// Waits for all slices of a multipipeline, and makes their outputs whole.
    Barrier(usize),
}

/// The parts of a multipipeline.
pub(super) struct GroupLayout {
    pub(super) slicer: usize,
    pub(super) barrier: usize,
    /// What is done with a slice, one after the other.
    pub(super) stages: Vec<StageLayout>,
    /// The datasets that its nodes make.
    pub(super) made: BTreeMap<usize, Made>,
    /// What it reads from outside: partitioned datasets that it goes over, in every format, and others.
    pub(super) reads: Vec<usize>,
}

/// Nodes that are called for the same part of a slice, in order.
pub(super) struct StageLayout {
    pub(super) kind: Stage,
    pub(super) nodes: Vec<usize>,
}

/// A dataset that a multipipeline's nodes make, partition by partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub(super) route: Route,
    /// Whether its partitions stay in memory, to be read as a whole.
    pub(super) is_collected: bool,
}

impl Made {
    /// Whether anything of it outlives its slices.
    pub(super) fn outlives(&self) -> bool {
        self.route.is_saved || self.is_collected
    }
}

impl<'a> Layout<'a> {
    pub(super) fn new(job: &'a Job, options: &RunOptions) -> Self {
        let datasets: Vec<_> = job.datasets.iter().map(|(name, dataset)| (name.as_str(), dataset)).collect();
        let index: HashMap<_, _> = datasets.iter().enumerate().map(|(index, (name, _))| (*name, index)).collect();
        let outputs = job.nodes.iter().enumerate();
        let outputs = outputs.flat_map(|(node, of)| of.outputs.iter().map(move |name| (name.as_str(), node)));
        let makers: HashMap<_, _> = outputs.map(|(name, node)| (index[name], node)).collect();
        let written_as = written_as(&datasets, &makers);
        let twins = written_as.values().copied().collect();
        let (steps, step_of, places) = steps(job);
        let multipipelines = Vec::new();
        let mut layout = Self { job, datasets, index, steps, step_of, multipipelines, written_as, twins, makers };
        let groups = places.into_iter().enumerate();
        layout.multipipelines = groups.map(|(group, places)| layout.group(group, places, options)).collect();
        layout
    }

    pub(super) fn name(&self, dataset: usize) -> String {
        self.datasets[dataset].0.to_owned()
    }

    pub(super) fn dataset(&self, dataset: usize) -> &'a JobDataset {
        self.datasets[dataset].1
    }

    /// The way of a dataset in this run.
    pub(super) fn route(&self, dataset: usize, options: &RunOptions) -> Route {
        let (name, of) = self.datasets[dataset];
        let is_given = options.given.contains_key(name) || options.given_partitions.contains_key(name);
        let facts = Facts {
            is_stored: of.is_stored(),
            is_made: self.maker(dataset).is_some() && !is_given,
            is_final: of.is_final,
            has_twin: self.twins.contains(&dataset),
            persist: of.persist,
            reload: of.reload,
        };
        Route::of(facts, options.persist)
    }

    /// The node that makes a dataset.
    pub(super) fn maker(&self, dataset: usize) -> Option<&'a JobNode> {
        self.makers.get(&dataset).map(|&node| &self.job.nodes[node])
    }

    fn group(&self, group: usize, (slicer, barrier): (usize, usize), options: &RunOptions) -> GroupLayout {
        let of = &self.job.multipipelines[group];
        let nodes: BTreeSet<_> = of.nodes.iter().copied().collect();
        let inside = || of.nodes.iter().map(|&node| &self.job.nodes[node]);
        let outside = self.job.nodes.iter().enumerate().filter(|(node, _)| !nodes.contains(node));
        let read_outside: BTreeSet<_> = outside.flat_map(|(_, node)| node.datasets()).collect();
        let stages = stages(self.job, &of.nodes);
        let read_later = read_later(self.job, &stages);
        let made = inside().flat_map(|node| &node.outputs).map(|name| {
            let dataset = self.index[name.as_str()];
            let route = self.route(dataset, options);
            let name = name.as_str();
            let readers = PartitionReaders {
                by_slice: read_later.contains(name),
                behind_barrier: read_outside.contains(name) || self.dataset(dataset).is_final,
            };
            (dataset, Made { route, is_collected: route.collects(readers) })
        });
        let read = inside().flat_map(JobNode::datasets).map(|name| self.index[name]);
        let maker = |dataset: &usize| self.makers.get(self.written_as.get(dataset).unwrap_or(dataset));
        let reads: BTreeSet<_> = read.filter(|read| maker(read).is_none_or(|maker| !nodes.contains(maker))).collect();
        let (made, reads) = (made.collect(), reads.into_iter().collect());
        GroupLayout { slicer, barrier, stages, made, reads }
    }
}

/// The job's nodes as steps: a multipipeline is its slicer, where its first node stands, and its barrier, where its last
/// one does. Also the step that each node is complete with, and each multipipeline's slicer and barrier.
fn steps(job: &Job) -> (Vec<Step>, Vec<usize>, Vec<(usize, usize)>) {
    let mut group_of = vec![None; job.nodes.len()];
    for (group, of) in job.multipipelines.iter().enumerate() {
        of.nodes.iter().for_each(|&node| group_of[node] = Some(group));
    }
    let mut steps = Vec::new();
    let mut step_of = vec![0; job.nodes.len()];
    let mut places = vec![(0, 0); job.multipipelines.len()];
    for (node, group) in group_of.iter().enumerate() {
        let Some(group) = *group else {
            step_of[node] = steps.len();
            steps.push(Step::Node(node));
            continue;
        };
        let nodes = &job.multipipelines[group].nodes;
        if nodes.iter().min() == Some(&node) {
            places[group].0 = steps.len();
            steps.push(Step::Slicer(group));
        }
        if nodes.iter().max() == Some(&node) {
            places[group].1 = steps.len();
            steps.push(Step::Barrier(group));
        }
    }
    for (node, group) in group_of.iter().enumerate() {
        if let Some(group) = *group {
            step_of[node] = places[group].1;
        }
    }
    (steps, step_of, places)
}

/// What can be done with one partition after the other goes into one stage; what needs the whole slice, what was made of
/// it, or what is in storage then, begins another.
fn stages(job: &Job, nodes: &[usize]) -> Vec<StageLayout> {
    let mut stage_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut stages: Vec<StageLayout> = Vec::new();
    for &node in nodes {
        let kind = match job.nodes[node].called_per {
            CalledPer::Slice => Stage::Slice,
            CalledPer::Partition | CalledPer::Run => Stage::Partitions,
        };
        let parents = job.nodes[node].parents.iter().filter_map(|parent| Some((*parent, *stage_of.get(parent)?)));
        let first = parents
            .map(|(parent, stage)| {
                let is_of_slice = kind == Stage::Slice || stages[stage].kind == Stage::Slice;
                stage + usize::from(is_of_slice || reads_otherwise(&job.nodes[node], &job.nodes[parent]))
            })
            .max()
            .unwrap_or(0);
        // Each call of a slice is a unit of its own.
        let fits = |stage: &StageLayout| stage.kind == kind && kind == Stage::Partitions;
        let at = (first..stages.len()).find(|&at| fits(&stages[at])).unwrap_or(stages.len());
        if at == stages.len() {
            stages.push(StageLayout { kind, nodes: Vec::new() });
        }
        stages[at].nodes.push(node);
        stage_of.insert(node, at);
    }
    stages
}

/// Whether a node reads in another format what its parent makes: when it has been saved.
fn reads_otherwise(node: &JobNode, parent: &JobNode) -> bool {
    let is_other = |read: &str, made: &str| read != made && base_name(read) == base_name(made);
    node.datasets().any(|read| parent.outputs.iter().any(|made| is_other(read, made)))
}

/// The datasets that a node reads in a later stage than the one in which they are made.
fn read_later<'j>(job: &'j Job, stages: &[StageLayout]) -> BTreeSet<&'j str> {
    let mut made = BTreeSet::new();
    let mut later = BTreeSet::new();
    for stage in stages {
        let nodes = || stage.nodes.iter().map(|&node| &job.nodes[node]);
        later.extend(nodes().flat_map(JobNode::datasets).filter(|name| made.contains(name)));
        made.extend(nodes().flat_map(|node| &node.outputs).map(String::as_str));
    }
    later
}

fn written_as(datasets: &[(&str, &JobDataset)], makers: &HashMap<usize, usize>) -> BTreeMap<usize, usize> {
    let base = |dataset: usize| base_name(datasets[dataset].0);
    let made: BTreeMap<_, _> = makers.keys().map(|&dataset| (base(dataset), dataset)).collect();
    let read = (0..datasets.len()).filter(|dataset| !makers.contains_key(dataset));
    read.filter_map(|dataset| Some((dataset, *made.get(base(dataset))?))).collect()
}
