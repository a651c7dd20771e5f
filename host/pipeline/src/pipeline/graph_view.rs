//! Looking at a [`Pipeline`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::multipipeline::Multipipeline;
use super::types::{Dataset, Pipeline};
use crate::graph;
use crate::manifest::{DatasetSpec, Manifest, NodeSpec, Written};
use crate::pattern::is_pattern;
use crate::resolved::{FormatId, GroupId, Node, NodeId, ResolvedGraph, Role};
use crate::suggest::did_you_mean_or_list;

impl Pipeline {
    /// The manifest this was made from.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Every relation of the nodes and datasets.
    pub fn graph(&self) -> &ResolvedGraph {
        &self.graph
    }

    /// All nodes in the order of execution: by level, then by full name.
    pub fn nodes(&self) -> &[Node] {
        &self.graph.nodes().raw
    }

    /// The nodes level by level. Those of one level do not wait for each other.
    pub fn levels(&self) -> impl Iterator<Item = &[Node]> {
        self.nodes().chunk_by(|a, b| a.level == b.level)
    }

    /// The node of that full name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.graph.find_node(name).map(|node| &self.graph[node])
    }

    /// Every multipipeline, in the order of the manifest.
    pub fn multipipelines(&self) -> &[Multipipeline] {
        &self.multipipelines.raw
    }

    /// The multipipeline of that id.
    pub fn multipipeline(&self, group: GroupId) -> &Multipipeline {
        &self.multipipelines[group]
    }

    /// The multipipeline that a node is in.
    pub fn multipipeline_of(&self, node: &str) -> Option<&Multipipeline> {
        Some(self.multipipeline(self.node(node)?.group?))
    }

    /// Every dataset that a node names, sorted by name. Parameters are none.
    pub fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        self.datasets.iter()
    }

    /// The dataset of that name, with its `@format` if the nodes write one.
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.graph.find_format(name).map(|format| &self.datasets[format])
    }

    /// The dataset of that id.
    pub fn dataset_of(&self, format: FormatId) -> &Dataset {
        &self.datasets[format]
    }

    /// The node that makes a dataset, in whatever format.
    pub fn producer(&self, dataset: &str) -> Option<&Node> {
        let maker = self.graph[self.graph.find_dataset(dataset)?].maker?;
        Some(&self.graph[maker])
    }

    /// The nodes that read a dataset, in whatever format, in the order of execution.
    pub fn consumers(&self, dataset: &str) -> impl Iterator<Item = &Node> {
        let readers = self.graph.find_dataset(dataset).map(|dataset| &self.graph[dataset].readers);
        readers.into_iter().flatten().map(|reader| &self.graph[*reader])
    }

    /// What the pipeline needs from outside, sorted: free inputs as the nodes name them, and parameters.
    pub fn inputs(&self) -> Vec<&str> {
        let inputs = self.nodes().iter().flat_map(|node| &node.inputs);
        let free = |name: &&str| match self.dataset(name) {
            Some(dataset) => dataset.role == Role::FreeInput,
            None => true,
        };
        let inputs: BTreeSet<_> = inputs.map(String::as_str).filter(free).collect();
        inputs.into_iter().collect()
    }

    /// What the pipeline makes and does not read itself, sorted, as the nodes name it.
    pub fn outputs(&self) -> Vec<&str> {
        let datasets = self.datasets.iter();
        let made = datasets.filter(|dataset| dataset.role == Role::FinalOutput);
        made.map(|dataset| dataset.name.as_str()).collect()
    }

    /// The [outputs](Self::outputs) that no entry of `[datasets]` stores, so that they are gone with the memory that holds
    /// them.
    pub fn unstored_outputs(&self) -> Vec<&str> {
        self.outputs().into_iter().filter(|output| self.resolve(output).is_none()).collect()
    }

    /// All that the manifest says of a node, as written.
    pub fn written(&self, node: &str) -> Option<&Written> {
        let id = self.graph.find_node(node)?;
        Some(&self.manifest.nodes[self.places[id]].written)
    }

    /// The value of `parameters` or of `params:a.b`.
    pub fn param(&self, binding: &str) -> Option<Value> {
        graph::look_up(binding, &self.manifest.params)
    }

    /// The entries of `[datasets]` that no node names, sorted by name. Patterns are none.
    pub fn unused_datasets(&self) -> Vec<&DatasetSpec> {
        let listed = self.manifest.datasets.iter().filter(|spec| !is_pattern(&spec.name));
        let mut unused: Vec<_> = listed.filter(|spec| self.dataset(&spec.name).is_none()).collect();
        unused.sort_by(|a, b| a.name.cmp(&b.name));
        unused
    }

    /// Whether there is a dataset of that name: a node names it, or the catalog has an entry or a pattern for it. If not,
    /// the error says what may have been meant.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn check_dataset(&self, name: &str) -> Result<(), String> {
        if self.dataset(name).is_some() || self.catalog.entry(name).is_some() {
            return Ok(());
        }
        let unused = self.unused_datasets();
        let known = self.datasets.iter().map(|dataset| &dataset.name).chain(unused.iter().map(|spec| &spec.name));
        let known: Vec<_> = known.map(String::as_str).collect();
        Err(format!("there is no dataset `{name}`: {}", did_you_mean_or_list(name, "datasets", &known)))
    }

    /// Where a dataset of that name is stored, whether or not a node names it: its entry in `[datasets]`, or the
    /// best pattern that matches, placeholders filled in. `None` for memory.
    pub fn resolve(&self, dataset: &str) -> Option<DatasetSpec> {
        let named = self.dataset(dataset).map(|dataset| dataset.spec.clone());
        named.unwrap_or_else(|| self.catalog.resolve(dataset))
    }

    /// What the manifest says of a node.
    pub(crate) fn spec(&self, node: NodeId) -> &NodeSpec {
        &self.manifest.nodes[self.places[node]]
    }
}
