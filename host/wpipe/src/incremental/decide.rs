//! The decision which nodes run, with the reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZero;

use serde::Serialize;
use typed_index_collections::TiVec;
use wpipe_pipeline::{DatasetId, FormatId, Multipipeline, Node, NodeId, Pipeline, ResolvedGraph, is_parameter};

use super::key::{CallKey, differing, digest_of_output, digest_of_text};
use super::record::Records;
use super::settings::{Settings, of_multipipeline, of_node};

/// The state of the world outside the graph.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// The digest of each component, by name.
    pub(crate) components: BTreeMap<String, String>,
    /// The keys of the datasets that come from storage, by exact name.
    pub(crate) inputs: BTreeMap<String, String>,
    /// The marks of the stored outputs that are there, by exact name.
    pub(crate) outputs: BTreeMap<String, String>,
    /// The settings of the datasets that count, by exact name.
    pub(crate) datasets: BTreeMap<String, Settings>,
    /// The largest number of slices of a multipipeline whose manifest gives none.
    pub(crate) workers: usize,
    /// The nodes that see slices.
    pub(crate) by_slice: BTreeSet<String>,
    /// The sets that an earlier run was to make more partitions of.
    pub(crate) incomplete: BTreeSet<String>,
    /// The datasets whose changes cannot be detected: pipes and the like.
    pub(crate) streams: BTreeSet<String>,
}

/// The decision for one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The node.
    pub node: String,
    /// The reasons why it runs; empty if it does not.
    pub reasons: Vec<Reason>,
    pub(crate) key: CallKey,
}

/// A reason why a node runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// No run has recorded it yet.
    New,
    /// Its record was made by an older version of wpipe, which recorded fewer of the settings that count.
    Outdated,
    /// Its component has changed.
    Component,
    /// It is another function of the component.
    Function,
    /// A parameter has changed, or is another one.
    Parameter {
        /// Its name.
        name: String,
    },
    /// The manifest says something else of the node.
    Setting {
        /// The key.
        key: String,
    },
    /// The manifest says something else of the node's multipipeline.
    Multipipeline {
        /// The multipipeline.
        multipipeline: String,
        /// The key.
        key: String,
    },
    /// The manifest says something else of a dataset that it reads or makes.
    Option {
        /// The dataset.
        dataset: String,
        /// The key.
        key: String,
    },
    /// The stored content has changed, or is another dataset.
    Input {
        /// The dataset.
        dataset: String,
    },
    /// A dataset is read or written as it comes, as a pipe is.
    Stream {
        /// The dataset.
        dataset: String,
    },
    /// A node that makes an input runs with another result to be expected.
    Upstream {
        /// The node that makes it.
        node: String,
    },
    /// Its outputs have other names.
    Outputs,
    /// An output is not in storage.
    Missing {
        /// The dataset.
        dataset: String,
    },
    /// The stored output is not the one that was saved.
    Changed {
        /// The dataset.
        dataset: String,
    },
    /// Partitions failed that an output was to have.
    Incomplete {
        /// The dataset.
        dataset: String,
    },
    /// A node that runs needs an output that lives in memory only.
    Needed {
        /// The dataset.
        dataset: String,
        /// The node that needs it.
        by: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => write!(f, "no run has recorded it"),
            Self::Outdated => write!(f, "an older version of wpipe has recorded it"),
            Self::Component => write!(f, "its component changed"),
            Self::Function => write!(f, "it is another function"),
            Self::Parameter { name } => write!(f, "`{name}` changed"),
            Self::Setting { key } => write!(f, "its `{key}` has changed"),
            Self::Multipipeline { multipipeline, key } => {
                write!(f, "`{key}` of multipipeline `{multipipeline}` has changed")
            }
            Self::Option { dataset, key } => write!(f, "option `{key}` of `{dataset}` has changed"),
            Self::Input { dataset } => write!(f, "`{dataset}` changed"),
            Self::Stream { dataset } => {
                write!(f, "`{dataset}` is a pipe or the like: nobody knows whether it is what it was")
            }
            Self::Upstream { node } => write!(f, "what `{node}` makes changes"),
            Self::Outputs => write!(f, "its outputs have other names"),
            Self::Missing { dataset } => write!(f, "`{dataset}` is not in storage"),
            Self::Changed { dataset } => write!(f, "`{dataset}` in storage is not what was saved"),
            Self::Incomplete { dataset } => write!(f, "partitions of `{dataset}` failed"),
            Self::Needed { dataset, by } => write!(f, "`{by}` needs `{dataset}`, which is in memory only"),
        }
    }
}

/// Returns the decision for each node of `pipeline`, in its order, by the `records` of earlier runs.
pub(crate) fn decide(pipeline: &Pipeline, world: &World, records: &Records) -> Vec<Decision> {
    let graph = pipeline.graph();
    let mut made = Made::new();
    let mut decisions: TiVec<NodeId, Decision> = TiVec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let key = key(pipeline, node, &made, world);
        let digest = key.digest();
        for &output in &node.makes {
            let (dataset, name) = (graph[output].dataset, &graph[output].name);
            made.insert(dataset, (node.name.as_str(), digest_of_output(&digest, name)));
        }
        let reasons = own_reasons(graph, node, &key, &made, (world, records));
        decisions.push(Decision { node: node.name.clone(), reasons, key });
    }
    need_what_runs(graph, &mut decisions);
    decisions.raw
}

/// Returns the keys of the calls of all nodes of `pipeline`.
pub(crate) fn keys(pipeline: &Pipeline, world: &World) -> BTreeMap<String, CallKey> {
    let decisions = decide(pipeline, world, &Records::default()).into_iter();
    decisions.map(|Decision { node, key, .. }| (node, key)).collect()
}

/// The nodes that make datasets, and the datasets' keys.
type Made<'a> = BTreeMap<DatasetId, (&'a str, String)>;

fn key(pipeline: &Pipeline, node: &Node, made: &Made<'_>, world: &World) -> CallKey {
    let graph = pipeline.graph();
    let (mut params, mut inputs) = (BTreeMap::new(), BTreeMap::new());
    for (place, input) in node.inputs.iter().enumerate() {
        let name = format!("{place} {input}");
        if is_parameter(input) {
            let value = pipeline.param(input).map(|value| value.to_string()).unwrap_or_default();
            params.insert(name, digest_of_text(&value));
            continue;
        }
        let key = match graph.find_dataset(input).and_then(|dataset| made.get(&dataset)) {
            Some((_, key)) => key.clone(),
            None => world.inputs.get(input).cloned().unwrap_or_default(),
        };
        inputs.insert(name, key);
    }
    let named = node.inputs.iter().chain(&node.outputs);
    let datasets = named.filter_map(|name| Some((name.clone(), world.datasets.get(name)?.clone())));
    let slices = |of: &Multipipeline| of.policy.slices.map_or(world.workers, NonZero::get);
    let seen = |of: &Multipipeline| world.by_slice.contains(&node.name).then(|| slices(of));
    CallKey {
        component: world.components.get(&node.component).cloned().unwrap_or_default(),
        function: format!("{}/{}", node.component, node.function),
        params,
        inputs,
        outputs: node.outputs.clone(),
        settings: pipeline.written(&node.name).map(|written| of_node(node, written)).unwrap_or_default(),
        multipipeline: pipeline.multipipeline_of(&node.name).map(|of| of_multipipeline(of, seen(of))),
        datasets: datasets.collect(),
    }
}

/// Returns the reasons why a node runs by itself, whatever the others do.
fn own_reasons(
    graph: &ResolvedGraph,
    node: &Node,
    key: &CallKey,
    made: &Made<'_>,
    (world, records): (&World, &Records),
) -> Vec<Reason> {
    let Some(done) = records.nodes.get(&node.name) else {
        let is_outdated = records.outdated.contains(&node.name);
        return vec![if is_outdated { Reason::Outdated } else { Reason::New }];
    };
    let mut reasons = Vec::new();
    if done.key.component != key.component {
        reasons.push(Reason::Component);
    }
    if done.key.function != key.function {
        reasons.push(Reason::Function);
    }
    if done.key.outputs != key.outputs {
        reasons.push(Reason::Outputs);
    }
    reasons.extend(differing(&done.key.settings, &key.settings).map(|name| Reason::Setting { key: name.to_owned() }));
    reasons.extend(of_multipipelines(node, done.key.multipipeline.as_ref(), key.multipipeline.as_ref()));
    for (dataset, now) in &key.datasets {
        // A dataset that it does not read or make any more is another input or output.
        let before = done.key.datasets.get(dataset).into_iter();
        let keys = before.flat_map(|before| differing(before, now));
        reasons.extend(keys.map(|key| Reason::Option { dataset: dataset.clone(), key: key.to_owned() }));
    }
    let changed = |before: &BTreeMap<String, String>, now: &BTreeMap<String, String>| {
        let names: BTreeSet<_> = differing(before, now).filter_map(|name| name.split_once(' ')).collect();
        names.into_iter().map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
    };
    reasons.extend(changed(&done.key.params, &key.params).into_iter().map(|name| Reason::Parameter { name }));
    reasons.extend(changed(&done.key.inputs, &key.inputs).into_iter().map(|dataset| {
        match graph.find_dataset(&dataset).and_then(|dataset| made.get(&dataset)) {
            Some((node, _)) => Reason::Upstream { node: (*node).to_owned() },
            None if world.streams.contains(&dataset) => Reason::Stream { dataset },
            None => Reason::Input { dataset },
        }
    }));
    for output in node.makes.iter().map(|&made| &graph[made]).filter(|made| made.stored.is_some()) {
        let (output, dataset) = (&output.name, output.name.clone());
        if world.incomplete.contains(output) {
            reasons.push(Reason::Incomplete { dataset: dataset.clone() });
        }
        match (world.outputs.get(output), done.outputs.get(output)) {
            (None, _) => reasons.push(Reason::Missing { dataset }),
            (Some(now), Some(saved)) if now == saved => {}
            (Some(_), _) if world.streams.contains(output) => reasons.push(Reason::Stream { dataset }),
            (Some(_), _) => reasons.push(Reason::Changed { dataset }),
        }
    }
    reasons
}

/// Returns the changes to the multipipeline that a node is in.
fn of_multipipelines(node: &Node, before: Option<&Settings>, now: Option<&Settings>) -> Vec<Reason> {
    let none = Settings::new();
    let reason = |key: &str| match &node.multipipeline {
        Some(name) => Reason::Multipipeline { multipipeline: name.clone(), key: key.to_owned() },
        None => Reason::Setting { key: format!("{key} of its multipipeline") },
    };
    let keys = differing(before.unwrap_or(&none), now.unwrap_or(&none));
    keys.map(reason).collect()
}

/// Makes nodes run that make inputs of running nodes which storage cannot give, the last ones first.
fn need_what_runs(graph: &ResolvedGraph, decisions: &mut TiVec<NodeId, Decision>) {
    for (id, node) in graph.nodes().iter_enumerated().rev() {
        if !decisions[id].reasons.is_empty() {
            continue;
        }
        let needed = node.makes.iter().find_map(|&output| {
            let is_in_memory = |read: &FormatId| graph.is_same_dataset(*read, output) && graph[*read].stored.is_none();
            let needs = |reader: &&NodeId| {
                !decisions[**reader].reasons.is_empty() && graph[**reader].reads.iter().any(is_in_memory)
            };
            let by = graph[*graph.dataset_of(output).readers.iter().find(needs)?].name.clone();
            Some(Reason::Needed { dataset: graph[output].name.clone(), by })
        });
        decisions[id].reasons.extend(needed);
    }
}
