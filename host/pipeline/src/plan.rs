//! What a run would do, as data: the JSON of `wpipe plan --format json`.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::manifest::{Location, without_credentials};
use crate::pipeline::{Dataset, Node, Pipeline, Role};

/// Nodes in the order of execution and datasets by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In the order of execution.
    pub nodes: Vec<PlanNode>,
    /// Sorted by name.
    pub datasets: Vec<PlanDataset>,
}

/// A node of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanNode {
    /// The full name.
    pub name: String,
    /// The component that exports the function.
    pub component: String,
    /// The function's name within the component.
    pub function: String,
    /// Datasets and parameters, in the order of the manifest.
    pub inputs: Vec<String>,
    /// Datasets, in the order of the manifest.
    pub outputs: Vec<String>,
    /// Sorted.
    pub tags: BTreeSet<String>,
    /// What the node belongs to.
    pub namespace: Option<String>,
    /// The longest path that leads to it.
    pub level: usize,
}

/// A dataset of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDataset {
    /// The name, with its `@format` if it is written with one.
    pub name: String,
    /// Its part in the pipeline.
    pub role: Role,
    /// How it is stored: `csv`, …, or `memory`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The path or URL, as the manifest has it but for credentials; `None` for memory.
    pub location: Option<String>,
    /// The node that makes it.
    pub producer: Option<String>,
    /// The nodes that read it, in the order of execution.
    pub consumers: Vec<String>,
}

impl Pipeline {
    /// What a run of the whole pipeline would do.
    pub fn plan(&self) -> Plan {
        Plan {
            nodes: self.nodes().iter().map(PlanNode::from).collect(),
            datasets: self.datasets().map(|dataset| self.plan_dataset(dataset)).collect(),
        }
    }
}

impl Pipeline {
    fn plan_dataset(&self, dataset: &Dataset) -> PlanDataset {
        let spec = dataset.spec.as_ref();
        PlanDataset {
            name: dataset.name.clone(),
            role: dataset.role,
            kind: spec.map_or("memory", |spec| &spec.kind).to_owned(),
            location: spec.and_then(|spec| self.location(&spec.location)),
            producer: dataset.producer.clone(),
            consumers: dataset.consumers.clone(),
        }
    }

    /// The path or URL as the manifest has it, without credentials.
    fn location(&self, location: &Location) -> Option<String> {
        match location {
            Location::Path(path) => Some(path.clone()),
            Location::Url(url) => Some(without_credentials(url)),
            Location::Store { store, path } => {
                let prefix = &self.manifest().stores.get(store)?.url;
                Some(format!("{}/{path}", without_credentials(prefix).trim_end_matches('/')))
            }
            Location::Memory => None,
        }
    }
}

impl From<&Node> for PlanNode {
    fn from(node: &Node) -> Self {
        Self {
            name: node.name.clone(),
            component: node.component.clone(),
            function: node.function.clone(),
            inputs: node.inputs.clone(),
            outputs: node.outputs.clone(),
            tags: node.tags.clone(),
            namespace: node.namespace.clone(),
            level: node.level,
        }
    }
}
