//! Multipipelines in their places in the graph.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Node;
use crate::check::{CalledPer, Typed};
use crate::dataset_name::{base_name, is_parameter};
use crate::manifest::{Binding, Manifest, MultipipelineSpec, NodeSpec, SlicePolicy};

/// A group of nodes that is replicated over slices of the partitions of some datasets: slicer, slices, barrier.
///
/// What its nodes read from outside is there before its slicer, and who reads what they make waits for its barrier, that
/// is, for all of its nodes.
#[derive(Debug, Clone)]
pub struct Multipipeline {
    /// Its name.
    pub name: String,
    /// Its nodes, in the order of execution.
    pub nodes: Vec<String>,
    /// The datasets whose partitions it works on, joined by their ids, as the nodes name them.
    pub over: Vec<String>,
    /// What its nodes read from outside as a whole, sorted. Parameters are not among it.
    pub inputs: Vec<String>,
    /// What its nodes make, sorted: sets of partitions.
    pub outputs: Vec<String>,
    /// How its partitions are divided, and what their failures mean.
    pub policy: SlicePolicy,
    /// The base names of what has partitions within it.
    own: HashSet<String>,
    /// Of each node, what it needs of `over`, by itself and through other nodes.
    pub(crate) needs: HashMap<String, BTreeSet<String>>,
    /// The nodes that are called once per slice, as far as that is known.
    pub(crate) by_slice: BTreeSet<String>,
}

impl Multipipeline {
    /// The multipipeline that `spec` says, with its `nodes` in order.
    fn new(spec: &MultipipelineSpec, nodes: &[&Node]) -> Self {
        let over: Vec<_> = spec.over.iter().map(|over| over.name.clone()).collect();
        let outputs: BTreeSet<_> = nodes.iter().flat_map(|node| &node.outputs).cloned().collect();
        let own: HashSet<_> = over.iter().chain(&outputs).map(|name| base_name(name).to_owned()).collect();
        let inputs = nodes.iter().flat_map(|node| &node.inputs).filter(|input| !is_parameter(input));
        let inputs: BTreeSet<_> = inputs.filter(|input| !own.contains(base_name(input))).cloned().collect();
        Self {
            name: spec.name.clone(),
            needs: needs(nodes, &over),
            nodes: nodes.iter().map(|node| node.name.clone()).collect(),
            over,
            inputs: inputs.into_iter().collect(),
            outputs: outputs.into_iter().collect(),
            policy: spec.policy.clone(),
            own,
            by_slice: BTreeSet::new(),
        }
    }

    /// The same, when it is known how its nodes are called: what one that sees slices takes a partition for is more than
    /// what it would be called for.
    pub fn typed(&self, typed: &Typed) -> Self {
        let by_slice = typed.nodes.iter().filter(|node| node.called_per == CalledPer::Slice);
        Self { by_slice: by_slice.map(|node| node.name.clone()).collect(), ..self.clone() }
    }

    /// Whether a dataset, in whatever format, has partitions within it: it is over it, or makes it.
    pub(crate) fn has(&self, dataset: &str) -> bool {
        self.own.contains(base_name(dataset))
    }
}

/// The multipipelines of a graph whose `nodes` are in order.
pub(super) fn resolved(specs: &[MultipipelineSpec], nodes: &[Node]) -> Vec<Multipipeline> {
    let mut members: HashMap<&str, Vec<&Node>> = HashMap::new();
    for node in nodes {
        if let Some(name) = &node.multipipeline {
            members.entry(name).or_default().push(node);
        }
    }
    let members = |spec: &MultipipelineSpec| members.get(spec.name.as_str()).map(Vec::as_slice).unwrap_or_default();
    specs.iter().map(|spec| Multipipeline::new(spec, members(spec))).collect()
}

/// What each of `nodes`, which are in order, needs of `over`.
fn needs(nodes: &[&Node], over: &[String]) -> HashMap<String, BTreeSet<String>> {
    let mut of_dataset: HashMap<&str, BTreeSet<String>> =
        over.iter().map(|name| (base_name(name), BTreeSet::from([name.clone()]))).collect();
    let mut of_node = HashMap::new();
    for node in nodes {
        let read = node.inputs.iter().filter_map(|input| of_dataset.get(base_name(input)));
        let needs: BTreeSet<_> = read.flatten().cloned().collect();
        of_dataset.extend(node.outputs.iter().map(|output| (base_name(output), needs.clone())));
        of_node.insert(node.name.clone(), needs);
    }
    of_node
}

/// The multipipelines of `manifest` with what `nodes`, some of its own, leave of them. Sets that nodes of the group make
/// which are left out stand in `over`.
pub(super) fn restricted(manifest: &Manifest, nodes: &[NodeSpec]) -> Vec<MultipipelineSpec> {
    let kept: HashMap<_, _> = nodes.iter().map(|node| (node.name.as_str(), node)).collect();
    let specs = manifest.multipipelines.iter().filter_map(|spec| {
        let (kept_names, others): (Vec<_>, Vec<_>) =
            spec.nodes.iter().partition(|name| kept.contains_key(name.name.as_str()));
        if others.is_empty() {
            return Some(spec.clone());
        }
        let members: Vec<_> = kept_names.iter().filter_map(|name| kept.get(name.name.as_str()).copied()).collect();
        if members.is_empty() {
            return None;
        }
        let others: HashSet<_> = others.into_iter().map(|name| name.name.as_str()).collect();
        let others = manifest.nodes.iter().filter(|node| others.contains(node.name.as_str()));
        let gone = others.flat_map(|node| node.outputs.iter()).map(|output| base_name(&output.name)).collect();
        let nodes = kept_names.into_iter().cloned().collect();
        Some(MultipipelineSpec { nodes, over: over(spec, &members, &gone), ..spec.clone() })
    });
    specs.collect()
}

/// What is left of `over` for these `members`, and which of the sets that others made take their place in it.
fn over(spec: &MultipipelineSpec, members: &[&NodeSpec], gone: &HashSet<&str>) -> Vec<Binding> {
    let read: Vec<_> = members.iter().flat_map(|node| node.inputs.iter()).collect();
    let in_format_of_readers = |over: &Binding| {
        let exact = read.iter().find(|input| input.name == over.name);
        let any = || read.iter().find(|input| base_name(&input.name) == base_name(&over.name));
        exact.or_else(any).map(|input| Binding { name: input.name.clone(), ..over.clone() })
    };
    let mut kept: Vec<_> = spec.over.iter().filter_map(in_format_of_readers).collect();
    for input in read.iter().filter(|input| !is_parameter(&input.name)) {
        let base = base_name(&input.name);
        if gone.contains(base) && !kept.iter().any(|over| base_name(&over.name) == base) {
            kept.push((*input).clone());
        }
    }
    kept
}
