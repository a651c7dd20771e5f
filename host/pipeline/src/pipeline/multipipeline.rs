//! Multipipelines as their slicers and users know them: by names, and with the manifest's decisions.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::manifest::{Binding, Manifest, MultipipelineSpec, SlicePolicy, Written};
use crate::resolved::{DatasetId, FormatId, NodeId, ResolvedGraph, ResolvedGroup};

/// A group of nodes that is replicated over slices of the partitions of some datasets: slicer, slices, barrier.
///
/// Its slicer waits for the inputs that its nodes read from outside. Readers of its outputs wait for its barrier, that
/// is, for all of its nodes.
#[derive(Debug, Clone)]
pub struct Multipipeline {
    /// Its name.
    pub name: String,
    /// Its nodes, in the order of execution.
    pub nodes: Vec<String>,
    /// The datasets whose partitions it works on, joined by their ids, as the nodes name them.
    pub over: Vec<String>,
    /// The inputs that its nodes read from outside as a whole, sorted. Parameters are left out.
    pub inputs: Vec<String>,
    /// The datasets that its nodes make, sorted: sets of partitions.
    pub outputs: Vec<String>,
    /// The division of its partitions, and the meaning of their failures.
    pub policy: SlicePolicy,
    /// The manifest's keys of it, as written.
    pub written: Written,
    /// The datasets of `over` that each node needs, by itself and through other nodes.
    pub(crate) needs: HashMap<String, BTreeSet<String>>,
    /// The nodes that are called once per slice, as far as that is known.
    pub(crate) by_slice: BTreeSet<String>,
}

impl Multipipeline {
    /// Returns the multipipeline that `group` is in `graph`.
    pub(super) fn new(spec: &MultipipelineSpec, group: &ResolvedGroup, graph: &ResolvedGraph) -> Self {
        let node = |id: &NodeId| graph[*id].name.clone();
        let datasets = |ids: &[FormatId]| ids.iter().map(|id| graph[*id].name.clone()).collect();
        Self {
            name: group.name.clone(),
            nodes: group.nodes.iter().map(node).collect(),
            over: datasets(&group.over),
            inputs: datasets(&group.inputs),
            outputs: datasets(&group.outputs),
            policy: spec.policy.clone(),
            written: spec.written.clone(),
            needs: needs(group, graph),
            by_slice: BTreeSet::new(),
        }
    }
}

/// Returns the datasets of `over` that each node of a group needs.
fn needs(group: &ResolvedGroup, graph: &ResolvedGraph) -> HashMap<String, BTreeSet<String>> {
    let over = group.over.iter().map(|&over| (graph[over].dataset, BTreeSet::from([graph[over].name.clone()])));
    let mut of_dataset: HashMap<DatasetId, BTreeSet<String>> = over.collect();
    let mut of_node = HashMap::new();
    for node in group.nodes.iter().map(|&node| &graph[node]) {
        let read = node.reads.iter().filter_map(|&read| of_dataset.get(&graph[read].dataset));
        let needs: BTreeSet<_> = read.flatten().cloned().collect();
        of_dataset.extend(node.makes.iter().map(|&made| (graph[made].dataset, needs.clone())));
        of_node.insert(node.name.clone(), needs);
    }
    of_node
}

/// Returns the multipipelines of `manifest` reduced to the nodes `keep`. Sets that omitted nodes of the group make
/// stand in `over`.
pub(super) fn restricted(
    manifest: &Manifest,
    graph: &ResolvedGraph,
    keep: &BTreeSet<NodeId>,
) -> Vec<MultipipelineSpec> {
    let specs = manifest.multipipelines.iter().zip(graph.groups()).filter_map(|(spec, group)| {
        let (kept, gone): (Vec<NodeId>, Vec<NodeId>) = group.nodes.iter().partition(|node| keep.contains(node));
        if gone.is_empty() {
            return Some(spec.clone());
        }
        if kept.is_empty() {
            return None;
        }
        let names: HashSet<_> = kept.iter().map(|node| graph[*node].name.as_str()).collect();
        let nodes = spec.nodes.iter().filter(|name| names.contains(name.name.as_str())).cloned().collect();
        let members = manifest.nodes.iter().filter(|node| names.contains(node.name.as_str()));
        let read: Vec<_> = members.flat_map(|node| node.inputs.iter()).collect();
        let gone = gone.iter().flat_map(|node| &graph[*node].makes).map(|&made| graph[made].dataset).collect();
        Some(MultipipelineSpec { nodes, over: over(spec, graph, &read, &gone), ..spec.clone() })
    });
    specs.collect()
}

/// Returns the rest of `over` for members that read this. Sets that omitted members made take their place in it.
fn over(spec: &MultipipelineSpec, graph: &ResolvedGraph, read: &[&Binding], gone: &HashSet<DatasetId>) -> Vec<Binding> {
    let dataset = |binding: &Binding| graph.find_dataset(&binding.name);
    let in_format_of_readers = |over: &Binding| {
        let exact = read.iter().find(|input| input.name == over.name);
        let any = || read.iter().find(|input| dataset(input) == dataset(over));
        exact.or_else(any).map(|input| Binding { name: input.name.clone(), ..over.clone() })
    };
    let mut kept: Vec<_> = spec.over.iter().filter_map(in_format_of_readers).collect();
    for input in read {
        let Some(id) = dataset(input) else { continue };
        if gone.contains(&id) && !kept.iter().any(|over| dataset(over) == Some(id)) {
            kept.push((*input).clone());
        }
    }
    kept
}
