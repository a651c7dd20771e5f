//! The jobs of a pipeline, and the datasets between them.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_catalog::LineageName;
use wpipe_runner::TableColumn;

use super::event::LineageDataset;
use crate::Pipeline;

/// What is known of the datasets of a pipeline, by their names.
pub(super) struct Datasets {
    namespace: String,
    pipeline: String,
    stored: BTreeMap<String, LineageName>,
    /// The stored datasets that the pipeline reads and does not make.
    inputs: BTreeSet<String>,
    /// The stored datasets that it makes.
    outputs: BTreeSet<String>,
    columns: BTreeMap<String, Vec<TableColumn>>,
    versions: BTreeMap<String, String>,
    bytes: BTreeMap<String, u64>,
}

impl Datasets {
    pub(super) fn of(pipeline: &Pipeline, namespace: &str) -> Self {
        let graph = pipeline.project().pipeline();
        let stored: BTreeMap<_, _> =
            pipeline.0.stored.iter().map(|(name, of)| (name.clone(), of.lineage_name())).collect();
        let named = graph.datasets().filter(|dataset| stored.contains_key(&dataset.name));
        let (outputs, inputs): (Vec<_>, Vec<_>) = named.partition(|dataset| dataset.producer.is_some());
        let names = |datasets: Vec<&wpipe_pipeline::Dataset>| datasets.iter().map(|of| of.name.clone()).collect();
        Self {
            namespace: namespace.to_owned(),
            pipeline: graph.manifest().name.clone(),
            inputs: names(inputs),
            outputs: names(outputs),
            stored,
            columns: BTreeMap::new(),
            versions: BTreeMap::new(),
            bytes: BTreeMap::new(),
        }
    }

    pub(super) fn describe(&mut self, dataset: &str, columns: &[TableColumn]) {
        if !columns.is_empty() {
            self.columns.insert(dataset.to_owned(), columns.to_vec());
        }
    }

    pub(super) fn note(&mut self, dataset: &str, bytes: Option<u64>, version: Option<&String>) {
        self.bytes.extend(bytes.map(|bytes| (dataset.to_owned(), bytes)));
        self.versions.extend(version.map(|version| (dataset.to_owned(), version.clone())));
    }

    /// Returns the datasets of these names. Parameters are none.
    pub(super) fn named(&self, names: &[String]) -> Vec<LineageDataset> {
        let is_dataset = |name: &&String| !name.starts_with("params:") && *name != "parameters";
        names.iter().filter(is_dataset).map(|name| self.get(name)).collect()
    }

    /// Returns the stored datasets that the pipeline reads.
    pub(super) fn inputs(&self) -> Vec<LineageDataset> {
        self.inputs.iter().map(|name| self.get(name)).collect()
    }

    /// Returns the stored datasets that the pipeline makes.
    pub(super) fn outputs(&self) -> Vec<LineageDataset> {
        self.outputs.iter().map(|name| self.get(name)).collect()
    }

    fn get(&self, name: &str) -> LineageDataset {
        // What lives in memory has a name all the same: it joins one node to the next.
        let in_memory = || LineageName { namespace: self.namespace.clone(), name: format!("{}.{name}", self.pipeline) };
        LineageDataset {
            name: self.stored.get(name).cloned().unwrap_or_else(in_memory),
            columns: self.columns.get(name).cloned().unwrap_or_default(),
            version: self.versions.get(name).cloned(),
            bytes: self.bytes.get(name).copied(),
        }
    }
}
