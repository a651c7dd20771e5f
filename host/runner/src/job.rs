//! The job: the graph, with everything that its nodes and datasets need.

use serde_json::{Map, Value};
use typed_index_collections::TiVec;
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{FormatId, GroupId, Multipipeline, NodeId, Passing, ResolvedGraph};
use wpipe_sandbox::{Component, Limits};

use crate::Retry;

/// A pipeline ready to run: selected, checked, its components loaded and its datasets opened.
#[derive(Debug, Clone)]
pub struct Job {
    /// Every relation of the nodes and datasets, with the units that each node is called for.
    pub graph: ResolvedGraph,
    /// The call of each node.
    pub nodes: TiVec<NodeId, JobNode>,
    /// Every dataset, in each format that a node names.
    pub datasets: TiVec<FormatId, JobDataset>,
    /// The division of each multipipeline's partitions.
    pub multipipelines: TiVec<GroupId, Multipipeline>,
    /// The pipeline's parameters, which a multipipeline may lay others over for some partitions.
    pub params: Map<String, Value>,
}

/// One node of a job, with everything that a call of it needs.
#[derive(Debug, Clone)]
pub struct JobNode {
    /// The component that exports it.
    pub component: Component,
    /// One for each input of the function, in its order.
    pub inputs: Vec<Binding>,
    /// The way in which each input is passed.
    pub passing: Vec<Passing>,
    /// A dataset for each output of the function, in its order.
    pub outputs: Vec<FormatId>,
    /// The resources that a call may use.
    pub limits: Limits,
    /// The rule for retries of failed calls.
    pub retry: Retry,
}

/// The value that a node's input is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// A dataset.
    Dataset(FormatId),
    /// A parameter.
    Parameter {
        /// Its name, such as `params:train`.
        name: String,
        /// Its value.
        json: String,
    },
}

impl JobNode {
    /// Returns the datasets that it reads, in the order of its inputs.
    pub(crate) fn datasets(&self) -> impl Iterator<Item = FormatId> {
        self.inputs.iter().filter_map(Binding::dataset)
    }

    /// Returns the datasets that are passed to it in one way.
    pub(crate) fn passed(&self, passing: Passing) -> impl Iterator<Item = FormatId> {
        let inputs = self.inputs.iter().zip(&self.passing);
        inputs.filter(move |(_, how)| **how == passing).filter_map(|(input, _)| input.dataset())
    }
}

impl Binding {
    fn dataset(&self) -> Option<FormatId> {
        match self {
            Self::Dataset(format) => Some(*format),
            Self::Parameter { .. } => None,
        }
    }
}

/// One dataset of a job, in one of its formats.
#[derive(Debug, Clone, Default)]
pub struct JobDataset {
    /// The type of its content, by the signatures of the nodes at its ends.
    pub schema: SchemaId,
    /// Its place in storage; `None` for memory.
    pub stored: Option<StoredDataset>,
}

/// A type's name and the fingerprint of its layout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaId {
    /// The type's name.
    pub name: String,
    /// The digest of its layout.
    pub fingerprint: u64,
}
