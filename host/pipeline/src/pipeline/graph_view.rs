//! Read access to a [`Pipeline`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::multipipeline::Multipipeline;
use super::types::{Dataset, FoundEntry, Pipeline};
use crate::edit::{keys_of, written_entry};
use crate::graph;
use crate::manifest::{DatasetSpec, Manifest, NodeSpec, Written, masked};
use crate::pattern::is_pattern;
use crate::resolved::{FormatId, GroupId, Node, NodeId, ResolvedGraph, Role};
use wpipe_text::did_you_mean_or_list;

impl Pipeline {
    /// Returns the manifest this was made from.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns every relation of the nodes and datasets.
    pub fn graph(&self) -> &ResolvedGraph {
        &self.graph
    }

    /// Returns all nodes in the order of execution: by level, then by full name.
    pub fn nodes(&self) -> &[Node] {
        &self.graph.nodes().raw
    }

    /// Returns the nodes level by level. Those of one level do not wait for each other.
    pub fn levels(&self) -> impl Iterator<Item = &[Node]> {
        self.nodes().chunk_by(|a, b| a.level == b.level)
    }

    /// Returns the node of that full name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.graph.find_node(name).map(|node| &self.graph[node])
    }

    /// Returns every multipipeline, in the order of the manifest.
    pub fn multipipelines(&self) -> &[Multipipeline] {
        &self.multipipelines.raw
    }

    /// Returns the multipipeline of that id.
    pub fn multipipeline(&self, group: GroupId) -> &Multipipeline {
        &self.multipipelines[group]
    }

    /// Returns the multipipeline that a node is in.
    pub fn multipipeline_of(&self, node: &str) -> Option<&Multipipeline> {
        Some(self.multipipeline(self.node(node)?.group?))
    }

    /// Returns every dataset that a node names, sorted by name. Parameters are left out.
    pub fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        self.datasets.iter()
    }

    /// Returns the dataset of that name, with its `@format` if the nodes write one.
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.graph.find_format(name).map(|format| &self.datasets[format])
    }

    /// Returns the dataset of that id.
    pub fn dataset_of(&self, format: FormatId) -> &Dataset {
        &self.datasets[format]
    }

    /// Returns the node that makes a dataset, in any format.
    pub fn producer(&self, dataset: &str) -> Option<&Node> {
        let maker = self.graph[self.graph.find_dataset(dataset)?].maker?;
        Some(&self.graph[maker])
    }

    /// Returns the nodes that read a dataset, in any format, in the order of execution.
    pub fn consumers(&self, dataset: &str) -> impl Iterator<Item = &Node> {
        let readers = self.graph.find_dataset(dataset).map(|dataset| &self.graph[dataset].readers);
        readers.into_iter().flatten().map(|reader| &self.graph[*reader])
    }

    /// Returns what the pipeline needs from outside, sorted: free inputs as the nodes name them, and parameters.
    pub fn inputs(&self) -> Vec<&str> {
        let inputs = self.nodes().iter().flat_map(|node| &node.inputs);
        let free = |name: &&str| match self.dataset(name) {
            Some(dataset) => dataset.role == Role::FreeInput,
            None => true,
        };
        let inputs: BTreeSet<_> = inputs.map(String::as_str).filter(free).collect();
        inputs.into_iter().collect()
    }

    /// Returns the datasets that the pipeline makes and does not read itself, sorted, as the nodes name them.
    pub fn outputs(&self) -> Vec<&str> {
        let datasets = self.datasets.iter();
        let made = datasets.filter(|dataset| dataset.role == Role::FinalOutput);
        made.map(|dataset| dataset.name.as_str()).collect()
    }

    /// Returns the [outputs](Self::outputs) that no entry of `[datasets]` stores. They are gone with the memory that
    /// holds them.
    pub fn unstored_outputs(&self) -> Vec<&str> {
        self.outputs().into_iter().filter(|output| self.resolve(output).is_none()).collect()
    }

    /// Returns the manifest's keys of a node, as written.
    pub fn written(&self, node: &str) -> Option<&Written> {
        let id = self.graph.find_node(node)?;
        Some(&self.manifest.nodes[self.places[id]].written)
    }

    /// Returns the value of `parameters` or of `params:a.b`.
    pub fn param(&self, binding: &str) -> Option<Value> {
        graph::look_up(binding, &self.manifest.params)
    }

    /// Returns the entries of `[datasets]` that no node names, sorted by name. Patterns are left out.
    pub fn unused_datasets(&self) -> Vec<&DatasetSpec> {
        let listed = self.manifest.datasets.iter().filter(|spec| !is_pattern(&spec.name));
        let mut unused: Vec<_> = listed.filter(|spec| self.dataset(&spec.name).is_none()).collect();
        unused.sort_by(|a, b| a.name.cmp(&b.name));
        unused
    }

    /// Checks that there is a dataset of that name: a node names it, or the catalog has an entry or a pattern for it.
    ///
    /// # Errors
    ///
    /// Fails if there is none, and suggests the name that may have been meant.
    pub fn check_dataset(&self, name: &str) -> Result<(), String> {
        if self.dataset(name).is_some() || self.catalog.entry(name).is_some() {
            return Ok(());
        }
        let unused = self.unused_datasets();
        let known = self.datasets.iter().map(|dataset| &dataset.name).chain(unused.iter().map(|spec| &spec.name));
        let known: Vec<_> = known.map(String::as_str).collect();
        Err(format!("there is no dataset `{name}`: {}", did_you_mean_or_list(name, "datasets", &known)))
    }

    /// Returns the place where a dataset of that name is stored, even if no node names it: its entry in `[datasets]`,
    /// or the best pattern that matches, placeholders filled in. `None` for memory.
    pub fn resolve(&self, dataset: &str) -> Option<DatasetSpec> {
        let named = self.dataset(dataset).map(|dataset| dataset.spec.clone());
        named.unwrap_or_else(|| self.catalog.resolve(dataset))
    }

    /// Returns the names of the datasets that nodes name and that have no entry in `[datasets]`, not even by a pattern,
    /// sorted.
    pub fn datasets_without_entry(&self) -> Vec<&str> {
        let names = self.datasets.iter().map(|dataset| dataset.name.as_str());
        names.filter(|name| self.catalog.entry(name).is_none()).collect()
    }

    /// Returns the entry in `[datasets]` that a dataset of that name has, even if no node names it; `None` if it has none.
    pub fn found_entry(&self, dataset: &str) -> Option<FoundEntry> {
        let (spec, pattern) = self.catalog.found(dataset)?;
        let text = masked(&written_entry(dataset, spec.written.iter()));
        Some(FoundEntry {
            dataset: dataset.to_owned(),
            pattern: pattern.map(str::to_owned),
            place: spec.spans.entry.clone(),
            keys: keys_of(&text),
            text,
        })
    }

    /// Returns the manifest's entry of a node.
    pub(crate) fn spec(&self, node: NodeId) -> &NodeSpec {
        &self.manifest.nodes[self.places[node]]
    }
}
