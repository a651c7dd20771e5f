//! The plan of a run, as data: the JSON of `wpipe plan --format json`.
//!
//! A multipipeline is shown as a slicer, copies of its nodes for slices, and a barrier, or collapsed.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use serde::Serialize;

use crate::pipeline::{Multipipeline, Pipeline};
use crate::resolved::{FormatId, Node, Role};

/// Nodes in the order of execution and datasets by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In the order of execution.
    pub nodes: Vec<PlanNode>,
    /// Sorted by name.
    pub datasets: Vec<PlanDataset>,
}

/// A node of a [`Plan`], or a part of a multipipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanNode {
    /// The full name; of a slice with its number, `parse [1/4]`; `clean [slicer]` and `clean [barrier]` of the
    /// multipipeline `clean`.
    pub name: String,
    /// Its kind.
    pub kind: PlanKind,
    /// The multipipeline that it belongs to.
    pub multipipeline: Option<String>,
    /// The component that exports the function; empty for a slicer and a barrier, which call none.
    pub component: String,
    /// The function's name within the component; empty for a slicer and a barrier.
    pub function: String,
    /// Datasets and parameters, in the order of the manifest. A slicer has those that its multipipeline is over, a
    /// barrier those that the multipipeline makes.
    pub inputs: Vec<String>,
    /// Datasets, in the order of the manifest.
    pub outputs: Vec<String>,
    /// Sorted.
    pub tags: BTreeSet<String>,
    /// The namespace of the node.
    pub namespace: Option<String>,
    /// The longest path that leads to it.
    pub level: usize,
}

/// The kind of a [`PlanNode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// A node.
    Node,
    /// Cuts the datasets that a multipipeline is over into slices.
    Slicer,
    /// A node of a multipipeline for the partitions of one slice.
    Slice,
    /// Waits for all slices of all nodes of a multipipeline.
    Barrier,
}

/// A dataset of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanDataset {
    /// The name, with its `@format` if it is written with one.
    pub name: String,
    /// Its part in the pipeline.
    pub role: Role,
    /// The type of storage: `csv`, …, or `memory`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The path or URL, as the manifest has it without credentials; `None` for memory.
    pub location: Option<String>,
    /// The node that makes it.
    pub producer: Option<String>,
    /// The nodes that read it, in the order of execution.
    pub consumers: Vec<String>,
}

impl Pipeline {
    /// Returns the plan of a run of the whole pipeline, with every slicer, slice and barrier. The number of partitions
    /// is unknown, so the plan shows the most slices there can be: `workers`, if the manifest says nothing.
    pub fn plan(&self, workers: NonZeroUsize) -> Plan {
        let mut nodes = Vec::new();
        for node in self.nodes() {
            let Some(multipipeline) = self.multipipeline_of(&node.name) else {
                nodes.push(PlanNode::from(node));
                continue;
            };
            if multipipeline.nodes.first() == Some(&node.name) {
                nodes.push(gate(multipipeline, PlanKind::Slicer, node.level));
            }
            nodes.extend(slices(node, multipipeline.policy.slices.unwrap_or(workers)));
            if multipipeline.nodes.last() == Some(&node.name) {
                nodes.push(gate(multipipeline, PlanKind::Barrier, node.level));
            }
        }
        Plan { nodes, ..self.plan_collapsed() }
    }

    /// Returns the [`plan`](Self::plan) with every node of a multipipeline once, and no slicers and barriers.
    pub fn plan_collapsed(&self) -> Plan {
        Plan {
            nodes: self.nodes().iter().map(PlanNode::from).collect(),
            datasets: self.graph().formats().keys().map(|format| self.plan_dataset(format)).collect(),
        }
    }

    fn plan_dataset(&self, format: FormatId) -> PlanDataset {
        let graph = self.graph();
        let (of, dataset) = (&graph[format], graph.dataset_of(format));
        let stored = of.stored.as_ref();
        PlanDataset {
            name: of.name.clone(),
            role: dataset.role,
            kind: stored.map_or("memory", |stored| &stored.kind).to_owned(),
            location: stored.and_then(|stored| stored.location.clone()),
            producer: dataset.maker.map(|maker| graph[maker].name.clone()),
            consumers: dataset.readers.iter().map(|&reader| graph[reader].name.clone()).collect(),
        }
    }
}

/// Returns one copy of `node` for each slice.
fn slices(node: &Node, count: NonZeroUsize) -> impl Iterator<Item = PlanNode> {
    (1..=count.get()).map(move |slice| PlanNode {
        name: format!("{} [{slice}/{count}]", node.name),
        kind: PlanKind::Slice,
        ..PlanNode::from(node)
    })
}

/// Returns the slicer or the barrier of a multipipeline, on the level of the first or the last of its nodes.
fn gate(multipipeline: &Multipipeline, kind: PlanKind, level: usize) -> PlanNode {
    let (name, inputs) = match kind {
        PlanKind::Barrier => ("barrier", &multipipeline.outputs),
        _ => ("slicer", &multipipeline.over),
    };
    PlanNode {
        name: format!("{} [{name}]", multipipeline.name),
        kind,
        multipipeline: Some(multipipeline.name.clone()),
        component: String::new(),
        function: String::new(),
        inputs: inputs.clone(),
        outputs: Vec::new(),
        tags: BTreeSet::new(),
        namespace: None,
        level,
    }
}

impl From<&Node> for PlanNode {
    fn from(node: &Node) -> Self {
        Self {
            name: node.name.clone(),
            kind: PlanKind::Node,
            multipipeline: node.multipipeline.clone(),
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
