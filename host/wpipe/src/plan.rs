//! The plan of a run: the graph's plan, and the way of each dataset.

use std::num::NonZero;
use std::path::Path;

use serde::Serialize;
use wpipe_buffer::{Readers, Transports};
use wpipe_pipeline::{FormatId, NodeId, Pipeline, PlanDataset, PlanNode, ResolvedGraph, Role};
use wpipe_runner::{Facts, PartitionReaders, Persist, Route, Runner};

/// The options of a plan.
///
/// ```
/// use wpipe::{Persist, PlanOptions, Project};
///
/// # let directory = tempfile::tempdir()?;
/// # let component = wpipe_tests::guest("well_behaved");
/// # let manifest = format!("
/// #     [pipeline]
/// #     name = \"example\"
/// #     [components.example]
/// #     path = {component:?}
/// #     [nodes.double]
/// #     inputs = [\"flowers\"]
/// #     outputs = [\"larger_flowers\"]
/// # ");
/// let project = Project::parse("pipeline.toml", &manifest, directory.path())?;
/// let plan = project.plan(&PlanOptions { persist: Persist::Sync, ..PlanOptions::default() });
/// assert_eq!(plan.nodes.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// The way of datasets to storage, where the manifest does not say otherwise for one.
    pub persist: Persist,
    /// The way of buffers to nodes.
    pub transports: Transports,
    /// The largest number of slices of multipipelines for which the manifest gives none.
    pub workers: NonZero<usize>,
    /// True if every node of a multipipeline is shown once, without its slicer, slices and barrier.
    pub collapse: bool,
}

impl Default for PlanOptions {
    /// Returns the defaults of a run.
    fn default() -> Self {
        let workers = Runner::default().workers();
        Self { persist: Persist::default(), transports: Transports::detect(), workers, collapse: false }
    }
}

/// Nodes in the order of execution and datasets by name: the JSON of `wpipe plan --format json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The nodes, in the order of execution.
    pub nodes: Vec<PlanNode>,
    /// The datasets, sorted by name.
    pub datasets: Vec<DatasetPlan>,
    /// Every relation of the nodes and datasets, by ids.
    pub graph: ResolvedGraph,
}

/// A dataset of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetPlan {
    /// The graph's part of it.
    #[serde(flatten)]
    pub dataset: PlanDataset,
    /// True if it is a set of partitions.
    pub partitioned: bool,
    /// The way in which it is saved, if it is.
    pub saved: Option<String>,
    /// True if it is kept in the shared store.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// The way to the nodes of a multipipeline, each call of which gets its own partition.
    pub reaches_calls: Option<Handover>,
    /// The way to its other readers, which get it whole: for a result of a multipipeline, those behind the barrier.
    pub reaches_readers: Option<Handover>,
}

/// The way of a dataset to its readers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// True if they wait until it is in storage and get the stored content.
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

/// Returns the plan of a run with these options.
///
/// With a shared store, what nodes make is kept there.
pub(crate) fn plan(pipeline: &Pipeline, options: &PlanOptions, store: Option<&Path>) -> Plan {
    let transports = store.map(|store| options.transports.in_store(store));
    let options =
        &PlanOptions { transports: transports.unwrap_or_else(|| options.transports.clone()), ..options.clone() };
    let plan = if options.collapse { pipeline.plan_collapsed() } else { pipeline.plan(options.workers) };
    let graph = pipeline.graph();
    let datasets = graph.formats().keys().zip(plan.datasets).map(|(format, planned)| {
        let facts = Facts { has_store: store.is_some(), ..Facts::of(graph, format) };
        let route = Route::of(facts, options.persist);
        let partitioned = graph.dataset_of(format).is_partitioned;
        let (reaches_calls, reaches_readers) = match partitioned {
            true => partitions(graph, format, route, options),
            false => (None, whole(graph, format, route, options)),
        };
        let saved = route.is_saved.then(|| route.persist.to_string());
        DatasetPlan { dataset: planned, partitioned, saved, shared: route.is_shared, reaches_calls, reaches_readers }
    });
    Plan { datasets: datasets.collect(), nodes: plan.nodes, graph: graph.clone() }
}

/// Returns the way of a dataset that is one buffer to its readers.
fn whole(graph: &ResolvedGraph, format: FormatId, route: Route, options: &PlanOptions) -> Option<Handover> {
    if graph[format].readers.is_empty() {
        return None;
    }
    let readers = route.readers(graph.dataset_of(format).readers.len(), false);
    let is_made_otherwise = graph.twin(format).is_some();
    Some(Handover::new(route.reloads || is_made_otherwise, readers, &options.transports))
}

/// Returns the ways of a set of partitions to the calls of multipipelines, and to its other readers.
fn partitions(
    graph: &ResolvedGraph,
    format: FormatId,
    route: Route,
    options: &PlanOptions,
) -> (Option<Handover>, Option<Handover>) {
    let (dataset, readers) = (graph.dataset_of(format), &graph[format].readers);
    let maker = dataset.made_by.filter(|_| graph.is_written(format));
    let is_inside = |node: &&NodeId| maker.is_some() && graph[**node].group == maker;
    let inside = readers.iter().filter(is_inside).count();
    let is_final = dataset.role == Role::FinalOutput;
    // The functions that see a slice are only known with their components.
    let behind = PartitionReaders { by_slice: false, behind_barrier: readers.len() > inside || is_final };
    let is_collected = maker.is_some() && route.collects(behind);
    let within = Handover::new(route.reloads, route.readers(inside, is_collected), &options.transports);

    let is_made_otherwise = graph.twin(format).is_some();
    let waits = is_made_otherwise || if maker.is_some() { route.reloads_behind_barrier() } else { route.reloads };
    let is_loaded = waits || dataset.role == Role::FreeInput;
    // A stored dataset is loaded for each reader on its own; one in memory stays there for all of them.
    let readers_of_each = if is_loaded { Readers::One } else { Readers::Several };
    let behind = Handover::new(waits, readers_of_each, &options.transports);

    let outside = || readers.iter().filter(|node| !is_inside(node));
    let goes_over = |node: &NodeId| graph[*node].group.is_some_and(|group| graph[group].over.contains(&format));
    let is_called_with = outside().any(goes_over);
    let is_read = outside().any(|node| !goes_over(node));
    match inside {
        0 => (is_called_with.then(|| behind.clone()), is_read.then_some(behind)),
        _ => (Some(within), (is_read || is_called_with).then_some(behind)),
    }
}
