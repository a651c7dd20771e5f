//! Which nodes run, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use wpipe_pipeline::{Location, Node, Pipeline, base_name, is_parameter};

use super::key::{CallKey, digest_of_output, digest_of_text};
use super::record::Records;

/// What is known of the world outside the graph.
pub(crate) struct World<'a> {
    /// The digest of each component, by name.
    pub(crate) components: &'a BTreeMap<String, String>,
    /// The keys of the datasets that come from storage or from the caller, by exact name.
    pub(crate) inputs: &'a BTreeMap<String, String>,
    /// The marks of the stored outputs that are there, by exact name.
    pub(crate) outputs: &'a BTreeMap<String, String>,
    /// The sets that an earlier run was to make more partitions of.
    pub(crate) incomplete: &'a BTreeSet<String>,
    /// The datasets of which nobody knows whether they are what they were: pipes and the like.
    pub(crate) streams: &'a BTreeSet<String>,
    /// What earlier runs have done.
    pub(crate) records: &'a Records,
}

/// What becomes of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The node.
    pub node: String,
    /// Why it runs; empty if it does not.
    pub reasons: Vec<Reason>,
    pub(crate) key: CallKey,
}

/// Why a node runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// No run has recorded it yet.
    New,
    /// Its component has changed.
    Component,
    /// It is another function of the component.
    Function,
    /// A parameter has changed, or is another one.
    Parameter {
        /// Its name.
        name: String,
    },
    /// What is in storage has changed, or is another dataset.
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
        /// That node.
        node: String,
    },
    /// Its outputs have other names.
    Outputs,
    /// An output is not in storage.
    Missing {
        /// The dataset.
        dataset: String,
    },
    /// An output in storage is not what was saved.
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
        /// That node.
        by: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => write!(f, "no run has recorded it"),
            Self::Component => write!(f, "its component changed"),
            Self::Function => write!(f, "it is another function"),
            Self::Parameter { name } => write!(f, "`{name}` changed"),
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

/// What becomes of each node of `pipeline`, in its order.
pub(crate) fn decide(pipeline: &Pipeline, world: &World<'_>) -> Vec<Decision> {
    let mut made = BTreeMap::new();
    let mut decisions: Vec<Decision> = Vec::with_capacity(pipeline.nodes().len());
    for node in pipeline.nodes() {
        let key = key(pipeline, node, &made, world);
        let digest = key.digest();
        for output in &node.outputs {
            made.insert(base_name(output), (node.name.as_str(), digest_of_output(&digest, output)));
        }
        let reasons = own_reasons(pipeline, node, &key, &made, world);
        decisions.push(Decision { node: node.name.clone(), reasons, key });
    }
    need_what_runs(pipeline, &mut decisions);
    decisions
}

/// The nodes that make datasets, and the datasets' keys, by base name.
type Made<'a> = BTreeMap<&'a str, (&'a str, String)>;

fn key(pipeline: &Pipeline, node: &Node, made: &Made<'_>, world: &World<'_>) -> CallKey {
    let (mut params, mut inputs) = (BTreeMap::new(), BTreeMap::new());
    for (place, input) in node.inputs.iter().enumerate() {
        let name = format!("{place} {input}");
        if is_parameter(input) {
            let value = pipeline.param(input).map(|value| value.to_string()).unwrap_or_default();
            params.insert(name, digest_of_text(&value));
            continue;
        }
        let key = match made.get(base_name(input)) {
            Some((_, key)) => key.clone(),
            None => world.inputs.get(input).cloned().unwrap_or_default(),
        };
        inputs.insert(name, key);
    }
    CallKey {
        component: world.components.get(&node.component).cloned().unwrap_or_default(),
        function: format!("{}/{}", node.component, node.function),
        params,
        inputs,
        outputs: node.outputs.clone(),
    }
}

/// Why a node runs, whatever the others do.
fn own_reasons(pipeline: &Pipeline, node: &Node, key: &CallKey, made: &Made<'_>, world: &World<'_>) -> Vec<Reason> {
    let Some(done) = world.records.nodes.get(&node.name) else { return vec![Reason::New] };
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
    let changed = |before: &BTreeMap<String, String>, now: &BTreeMap<String, String>| {
        let now_other = now.iter().filter(|(name, digest)| before.get(*name) != Some(digest));
        let gone = before.iter().filter(|(name, _)| !now.contains_key(*name));
        let names: BTreeSet<_> = now_other.chain(gone).filter_map(|(name, _)| name.split_once(' ')).collect();
        names.into_iter().map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
    };
    reasons.extend(changed(&done.key.params, &key.params).into_iter().map(|name| Reason::Parameter { name }));
    reasons.extend(changed(&done.key.inputs, &key.inputs).into_iter().map(
        |dataset| match made.get(base_name(&dataset)) {
            Some((node, _)) => Reason::Upstream { node: (*node).to_owned() },
            None if world.streams.contains(&dataset) => Reason::Stream { dataset },
            None => Reason::Input { dataset },
        },
    ));
    for output in node.outputs.iter().filter(|output| is_stored(pipeline, output)) {
        let dataset = output.clone();
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

/// Has the makers run of what running nodes need and storage cannot give, the last ones first.
fn need_what_runs(pipeline: &Pipeline, decisions: &mut [Decision]) {
    let nodes = pipeline.nodes();
    let place: BTreeMap<_, _> = nodes.iter().enumerate().map(|(index, node)| (node.name.as_str(), index)).collect();
    for index in (0..decisions.len()).rev() {
        if !decisions[index].reasons.is_empty() {
            continue;
        }
        let needed = nodes[index].outputs.iter().find_map(|output| {
            let base = base_name(output);
            let needs = |reader: &&Node| {
                let mut inputs = reader.inputs.iter().filter(|input| base_name(input) == base);
                let runs = !decisions[place[reader.name.as_str()]].reasons.is_empty();
                runs && inputs.any(|input| !is_stored(pipeline, input))
            };
            let by = pipeline.consumers(output).find(needs)?.name.clone();
            Some(Reason::Needed { dataset: output.clone(), by })
        });
        decisions[index].reasons.extend(needed);
    }
}

fn is_stored(pipeline: &Pipeline, dataset: &str) -> bool {
    let spec = pipeline.dataset(dataset).and_then(|dataset| dataset.spec.as_ref());
    spec.is_some_and(|spec| spec.location != Location::Memory)
}
