//! What is to be run: the graph, with everything at hand that its nodes and datasets need.

use serde_json::{Map, Value};
use typed_index_collections::TiVec;
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{FormatId, GroupId, Multipipeline, NodeId, Passing, ResolvedGraph};
use wpipe_sandbox::{Component, Limits};

use crate::Retry;

/// A pipeline ready to run: selected, checked, its components loaded and its datasets opened.
#[derive(Debug, Clone)]
pub struct Job {
    /// Every relation of the nodes and datasets, with what each node is called for.
    pub graph: ResolvedGraph,
    /// What calls each node.
    pub nodes: TiVec<NodeId, JobNode>,
    /// Every dataset, in each format that a node names.
    pub datasets: TiVec<FormatId, JobDataset>,
    /// How the partitions of each multipipeline are divided.
    pub multipipelines: TiVec<GroupId, Multipipeline>,
    /// The pipeline's parameters, which a multipipeline may lay others over for some partitions.
    pub params: Map<String, Value>,
}

/// One node of a job: what a call of it needs.
#[derive(Debug, Clone)]
pub struct JobNode {
    /// The component that exports it.
    pub component: Component,
    /// One for each input of the function, in its order.
    pub inputs: Vec<Binding>,
    /// How each input is given.
    pub passing: Vec<Passing>,
    /// A dataset for each output of the function, in its order.
    pub outputs: Vec<FormatId>,
    /// What a call may use.
    pub limits: Limits,
    /// Whether and when a failed call is tried again.
    pub retry: Retry,
}

/// What a node's input is bound to.
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
    /// The datasets that it reads, in the order of its inputs.
    pub(crate) fn datasets(&self) -> impl Iterator<Item = FormatId> {
        self.inputs.iter().filter_map(Binding::dataset)
    }

    /// The datasets that are given to it in one way.
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
    /// Where it is stored; `None` for memory.
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
