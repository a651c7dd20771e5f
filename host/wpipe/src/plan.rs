//! What a run would do: the graph's plan, and the way that each dataset takes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;

use serde::Serialize;
use wpipe_buffer::{Readers, Transports};
use wpipe_pipeline::{
    Dataset, Location, Multipipeline, Node, Pipeline, PlanDataset, PlanNode, Role, base_name, is_parameter,
};
use wpipe_runner::{Facts, PartitionReaders, Persist, Route, Runner};

/// How a plan is made.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// How datasets reach storage, where the manifest does not say otherwise for one.
    pub persist: Persist,
    /// How buffers reach nodes.
    pub transports: Transports,
    /// The slices of multipipelines for which the manifest says no number; how many there are at most, that is.
    pub workers: NonZero<usize>,
    /// Whether every node of a multipipeline is shown once, without its slicer, slices and barrier.
    pub collapse: bool,
}

impl Default for PlanOptions {
    /// As a run does by default.
    fn default() -> Self {
        let workers = Runner::default().workers();
        Self { persist: Persist::default(), transports: Transports::detect(), workers, collapse: false }
    }
}

/// Nodes in the order of execution and datasets by name: the JSON of `wpipe plan --format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In the order of execution.
    pub nodes: Vec<PlanNode>,
    /// Sorted by name.
    pub datasets: Vec<DatasetPlan>,
}

/// A dataset of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetPlan {
    /// What the graph says of it.
    #[serde(flatten)]
    pub dataset: PlanDataset,
    /// Whether it is a set of partitions.
    pub partitioned: bool,
    /// How it is saved, if it is.
    pub saved: Option<String>,
    /// How the nodes of a multipipeline get it, each call the partition that it is for.
    pub reaches_calls: Option<Handover>,
    /// How its other readers get it, whole: of what a multipipeline makes, those behind the barrier.
    pub reaches_readers: Option<Handover>,
}

/// How the readers of a dataset get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// Whether they wait until it is in storage and get what is there.
    pub from_storage: bool,
    /// The transport of small buffers.
    pub small: String,
    /// The transport of large ones.
    pub large: String,
}

impl Handover {
    fn new(from_storage: bool, readers: Readers, transports: &Transports) -> Self {
        let pick = |size| transports.pick(size, readers).to_string();
        Self { from_storage, small: pick(0), large: pick(usize::MAX) }
    }
}

pub(crate) fn plan(pipeline: &Pipeline, options: &PlanOptions) -> Plan {
    let plan = if options.collapse { pipeline.plan_collapsed() } else { pipeline.plan(options.workers) };
    let users = Users::of(pipeline);
    let datasets = plan.datasets.into_iter().filter_map(|planned| {
        let dataset = pipeline.dataset(&planned.name)?;
        let route = users.route(dataset, options.persist);
        let (reaches_calls, reaches_readers) = match dataset.is_partitioned {
            true => users.partitions(dataset, route, options),
            false => (None, users.whole(dataset, route, options)),
        };
        let saved = route.is_saved.then(|| route.persist.to_string());
        let partitioned = dataset.is_partitioned;
        Some(DatasetPlan { dataset: planned, partitioned, saved, reaches_calls, reaches_readers })
    });
    Plan { datasets: datasets.collect(), nodes: plan.nodes }
}

/// Which nodes make and read what, by exact name.
struct Users<'p> {
    pipeline: &'p Pipeline,
    /// What is made, by its base name.
    made: BTreeMap<&'p str, &'p str>,
    readers: BTreeMap<&'p str, Vec<&'p Node>>,
    /// The names that a dataset is read by, by its base name.
    read_as: BTreeMap<&'p str, BTreeSet<&'p str>>,
    /// The multipipelines that datasets are made by.
    makers: BTreeMap<&'p str, &'p Multipipeline>,
}

impl<'p> Users<'p> {
    fn of(pipeline: &'p Pipeline) -> Self {
        let (mut made, mut readers, mut read_as) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for node in pipeline.nodes() {
            made.extend(node.outputs.iter().map(|output| (base_name(output), output.as_str())));
            let inputs: BTreeSet<_> = node.inputs.iter().filter(|input| !is_parameter(input)).collect();
            for input in inputs {
                readers.entry(input.as_str()).or_insert_with(Vec::new).push(node);
                read_as.entry(base_name(input)).or_insert_with(BTreeSet::new).insert(input.as_str());
            }
        }
        let makers = pipeline.multipipelines().iter();
        let makers = makers.flat_map(|of| of.outputs.iter().map(move |output| (output.as_str(), of))).collect();
        Self { pipeline, made, readers, read_as, makers }
    }

    /// Whether a node makes the dataset in this format, and whether one makes it in another.
    fn is_made(&self, dataset: &Dataset) -> (bool, bool) {
        let written = self.made.get(base_name(&dataset.name));
        let is_made = written == Some(&dataset.name.as_str());
        (is_made, written.is_some() && !is_made)
    }

    fn route(&self, dataset: &Dataset, persist: Persist) -> Route {
        let spec = dataset.spec.as_ref();
        let (is_made, _) = self.is_made(dataset);
        let read_as = self.read_as.get(base_name(&dataset.name));
        let facts = Facts {
            is_stored: spec.is_some_and(|spec| spec.location != Location::Memory),
            is_made,
            is_final: dataset.role == Role::FinalOutput,
            has_twin: is_made && read_as.is_some_and(|names| names.iter().any(|name| *name != dataset.name)),
            persist: spec.and_then(|spec| spec.persist),
            reload: spec.is_some_and(|spec| spec.reload),
        };
        Route::of(facts, persist)
    }

    /// How a dataset that is one buffer reaches its readers.
    fn whole(&self, dataset: &Dataset, route: Route, options: &PlanOptions) -> Option<Handover> {
        self.readers.get(dataset.name.as_str())?;
        let readers = route.readers(dataset.consumers.len(), false);
        let (_, is_made_otherwise) = self.is_made(dataset);
        Some(Handover::new(route.reloads || is_made_otherwise, readers, &options.transports))
    }

    /// How a set of partitions reaches the calls of multipipelines, and its other readers.
    fn partitions(
        &self,
        dataset: &Dataset,
        route: Route,
        options: &PlanOptions,
    ) -> (Option<Handover>, Option<Handover>) {
        let name = dataset.name.as_str();
        let maker = self.makers.get(name).copied();
        let readers = self.readers.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_inside = |node: &&&Node| maker.is_some_and(|maker| node.multipipeline.as_ref() == Some(&maker.name));
        let inside = readers.iter().filter(is_inside).count();
        let is_final = dataset.role == Role::FinalOutput;
        // Which functions see a slice is only known with their components.
        let behind = PartitionReaders { by_slice: false, behind_barrier: readers.len() > inside || is_final };
        let is_collected = maker.is_some() && route.collects(behind);
        let within = Handover::new(route.reloads, route.readers(inside, is_collected), &options.transports);

        let (_, is_made_otherwise) = self.is_made(dataset);
        let waits = is_made_otherwise || if maker.is_some() { route.reloads_behind_barrier() } else { route.reloads };
        let is_loaded = waits || dataset.role == Role::FreeInput;
        // What is in storage is loaded for each reader on its own; what is in memory stays there for all of them.
        let readers_of_each = if is_loaded { Readers::One } else { Readers::Several };
        let behind = Handover::new(waits, readers_of_each, &options.transports);

        let outside = || readers.iter().filter(|node| !is_inside(node));
        let goes_over = |node: &&Node| {
            let of = self.pipeline.multipipeline_of(&node.name);
            of.is_some_and(|of| of.over.iter().any(|over| over == name))
        };
        let is_called_with = outside().any(goes_over);
        let is_read = outside().any(|node| !goes_over(node));
        match inside {
            0 => (is_called_with.then(|| behind.clone()), is_read.then_some(behind)),
            _ => (Some(within), (is_read || is_called_with).then_some(behind)),
        }
    }
}
