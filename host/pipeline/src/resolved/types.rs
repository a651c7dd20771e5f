//! The rows of the graph: nodes, datasets, formats and multipipelines.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ids::{DatasetId, FormatId, GroupId, NodeId};
use crate::manifest::{LimitsSpec, Persist, RetrySpec};

/// A node in its place in the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The full name, with its namespace.
    pub name: String,
    /// The namespace: a dotted prefix of the name.
    pub namespace: Option<String>,
    /// The component that exports the function.
    pub component: String,
    /// The function's name within the component.
    pub function: String,
    /// Datasets, `params:x` and `parameters`, in the order of the manifest.
    pub inputs: Vec<String>,
    /// Datasets, in the order of the manifest.
    pub outputs: Vec<String>,
    /// The tags that selections may name it by.
    pub tags: BTreeSet<String>,
    /// The longest path that leads here; 0 for a node that waits for no other.
    pub level: usize,
    /// The node's limits, and `[limits]` where it sets none.
    pub limits: LimitsSpec,
    /// The nodes that must complete first, although it reads nothing of theirs.
    pub after: Vec<String>,
    /// The failed calls that are tried again; those of `[retry]` if the node has none.
    pub retry: RetrySpec,
    /// The amounts of named resources that it takes while it runs.
    pub resources: BTreeMap<String, u64>,
    /// The multipipeline that it is in.
    pub multipipeline: Option<String>,
    /// The unit that it is called for; `None` until its component is known.
    pub called_per: Option<CalledPer>,
    /// The id of `multipipeline`.
    pub group: Option<GroupId>,
    /// The parameters among `inputs`, in their order.
    pub parameters: Vec<String>,
    /// The datasets among `inputs`, in their order.
    pub reads: Vec<FormatId>,
    /// The ids of `outputs`, in their order.
    pub makes: Vec<FormatId>,
    /// The nodes that make its inputs, ascending.
    pub parents: Vec<NodeId>,
    /// The nodes that read its outputs, ascending.
    pub children: Vec<NodeId>,
    /// The nodes that must complete first: `parents`, and those that `after` names, ascending.
    pub waits_for: Vec<NodeId>,
}

/// The unit that a node is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalledPer {
    /// Once.
    Run,
    /// Once for each slice of its multipipeline: it sees the slice's partitions. Its outputs are partitioned ports.
    Slice,
    /// Once for each partition of its multipipeline. Its outputs are single ports: each the partition of that id.
    Partition,
}

/// A dataset, in whatever formats it is written and read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedDataset {
    /// The name, without a format.
    pub name: String,
    /// Its part in the pipeline.
    pub role: Role,
    /// Every format that a node writes or reads, ascending.
    pub formats: Vec<FormatId>,
    /// The node that makes it.
    pub maker: Option<NodeId>,
    /// The format in which that node writes it.
    pub written_as: Option<FormatId>,
    /// The nodes that read it, in the order of execution.
    pub readers: Vec<NodeId>,
    /// True if it is a set of partitions: its entry says so, a multipipeline makes it, or one is over it.
    #[serde(rename = "partitioned")]
    pub is_partitioned: bool,
    /// The multipipeline that makes it.
    pub made_by: Option<GroupId>,
    /// The multipipelines that are over it, ascending.
    pub sliced_by: Vec<GroupId>,
    /// True if nodes that this part of a pipeline leaves out read it.
    #[serde(rename = "read_elsewhere")]
    pub is_read_elsewhere: bool,
}

/// A dataset in one of its formats, as nodes name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedFormat {
    /// The name, with its `@format` if it is written with one.
    pub name: String,
    /// The dataset that this is a format of.
    pub dataset: DatasetId,
    /// The nodes that read it in this format, in the order of execution.
    pub readers: Vec<NodeId>,
    /// The catalog's entry for it; `None` for memory.
    pub stored: Option<StoredAs>,
}

/// The catalog's entry for a stored dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAs {
    /// The type, such as `csv`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The path or URL, as the manifest has it without credentials; `None` if its store is not listed.
    pub location: Option<String>,
    /// True if every run saves a version of its own.
    #[serde(rename = "versioned")]
    pub is_versioned: bool,
    /// The way it reaches storage, if it differs from the run's.
    pub persist: Option<Persist>,
    /// True if readers get the copy in storage rather than the one that the maker made.
    pub reload: bool,
}

/// A multipipeline in its place in the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedGroup {
    /// The multipipeline's name.
    pub name: String,
    /// Its nodes, in the order of execution.
    pub nodes: Vec<NodeId>,
    /// The datasets whose partitions it works on, joined by their ids.
    pub over: Vec<FormatId>,
    /// The inputs that its nodes read from outside as a whole, ascending.
    pub inputs: Vec<FormatId>,
    /// The datasets that its nodes make, ascending: sets of partitions.
    pub outputs: Vec<FormatId>,
    /// The stages that each slice goes through, one after the other; empty until the components are known.
    pub stages: Vec<Stage>,
}

/// Nodes of a multipipeline that are called for the same part of a slice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The unit that its nodes are called for: each partition, one after the other, or the slice as a whole.
    pub called_per: CalledPer,
    /// The nodes, in the order of execution.
    pub nodes: Vec<NodeId>,
}

/// The role of a dataset in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// No node makes it.
    FreeInput,
    /// A node makes it and a node reads it.
    Intermediate,
    /// A node makes it and none reads it.
    FinalOutput,
}
