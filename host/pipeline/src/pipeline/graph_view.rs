//! Looking at a [`Pipeline`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Dataset, Multipipeline, Node, Pipeline, Role};
use crate::dataset_name::{FORMAT_SEPARATOR, PARAMETER_PREFIX, base_name};
use crate::graph;
use crate::manifest::{DatasetSpec, Manifest, NodeSpec};
use crate::pattern::is_pattern;
use crate::suggest::did_you_mean_or_list;

impl Pipeline {
    /// The manifest this was made from.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// All nodes in the order of execution: by level, then by full name.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes level by level. Those of one level do not wait for each other.
    pub fn levels(&self) -> impl Iterator<Item = &[Node]> {
        self.nodes.chunk_by(|a, b| a.level == b.level)
    }

    /// The node of that full name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.position.get(name).map(|index| &self.nodes[*index])
    }

    /// Every multipipeline, in the order of the manifest.
    pub fn multipipelines(&self) -> &[Multipipeline] {
        &self.multipipelines
    }

    /// The multipipeline that a node is in.
    pub fn multipipeline_of(&self, node: &str) -> Option<&Multipipeline> {
        let name = self.node(node)?.multipipeline.as_deref()?;
        self.multipipelines.iter().find(|multipipeline| multipipeline.name == name)
    }

    /// Every dataset that a node names, sorted by name. Parameters are none.
    pub fn datasets(&self) -> impl Iterator<Item = &Dataset> {
        self.datasets.values()
    }

    /// The dataset of that name, with its `@format` if the nodes write one.
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.datasets.get(name)
    }

    /// Whether a dataset is read, in whatever format, by nodes that this part of a pipeline leaves out.
    pub fn is_read_elsewhere(&self, dataset: &str) -> bool {
        self.read_elsewhere.contains(base_name(dataset))
    }

    /// The node that makes a dataset, in whatever format.
    pub fn producer(&self, dataset: &str) -> Option<&Node> {
        self.node(self.in_any_format(dataset)?.producer.as_deref()?)
    }

    /// The nodes that read a dataset, in whatever format, in the order of execution.
    pub fn consumers(&self, dataset: &str) -> impl Iterator<Item = &Node> {
        let consumers = self.in_any_format(dataset).map(|dataset| &dataset.consumers);
        consumers.into_iter().flatten().filter_map(|name| self.node(name))
    }

    /// A dataset of the same base name: all formats have the same producer and consumers.
    fn in_any_format(&self, dataset: &str) -> Option<&Dataset> {
        let base = base_name(dataset);
        let first_format = format!("{base}{FORMAT_SEPARATOR}");
        let with_format = || self.datasets.range(first_format..).next().map(|(_, dataset)| dataset);
        let found = self.datasets.get(base).or_else(with_format)?;
        (base_name(&found.name) == base).then_some(found)
    }

    /// What the pipeline needs from outside, sorted: free inputs as the nodes name them, and parameters.
    pub fn inputs(&self) -> Vec<&str> {
        let inputs = self.nodes.iter().flat_map(|node| &node.inputs);
        let free = |name: &&str| match self.datasets.get(*name) {
            Some(dataset) => dataset.role == Role::FreeInput,
            None => true,
        };
        let inputs: BTreeSet<_> = inputs.map(String::as_str).filter(free).collect();
        inputs.into_iter().collect()
    }

    /// What the pipeline makes and does not read itself, sorted, as the nodes name it.
    pub fn outputs(&self) -> Vec<&str> {
        let datasets = self.datasets.values();
        let made = datasets.filter(|dataset| dataset.role == Role::FinalOutput);
        made.map(|dataset| dataset.name.as_str()).collect()
    }

    /// The value of `parameters` or of `params:a.b`.
    pub fn param(&self, binding: &str) -> Option<Value> {
        graph::look_up(binding, &self.manifest.params)
    }

    /// Whether a parameter is set by `manifest`, or read by a node: what is neither was most likely meant otherwise, and
    /// the error says as what.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn check_param(&self, path: &str, manifest: &Manifest) -> Result<(), String> {
        let binding = format!("{PARAMETER_PREFIX}{path}");
        let reads = |input: &String| {
            let below =
                binding.strip_prefix(input.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            below || input.strip_prefix(&binding).is_some_and(|rest| rest.starts_with('.'))
        };
        let is_read = self.nodes.iter().flat_map(|node| &node.inputs).any(reads);
        if is_read || graph::look_up(&binding, &manifest.params).is_some() {
            return Ok(());
        }
        let known = graph::paths(&manifest.params);
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        Err(format!("there is no parameter `{path}`: {}", did_you_mean_or_list(path, "parameters", &known)))
    }

    /// The entries of `[datasets]` that no node names, sorted by name. Patterns are none.
    pub fn unused_datasets(&self) -> Vec<&DatasetSpec> {
        let listed = self.manifest.datasets.iter().filter(|spec| !is_pattern(&spec.name));
        let mut unused: Vec<_> = listed.filter(|spec| !self.datasets.contains_key(&spec.name)).collect();
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
        if self.datasets.contains_key(name) || self.catalog.entry(name).is_some() {
            return Ok(());
        }
        let unused = self.unused_datasets();
        let known = self.datasets.keys().chain(unused.iter().map(|spec| &spec.name));
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
    pub(crate) fn spec(&self, node: &Node) -> &NodeSpec {
        &self.manifest.nodes[node.spec]
    }
}
