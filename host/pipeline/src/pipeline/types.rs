//! The graph's types.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::multipipeline::Multipipeline;
use crate::catalog::Catalog;
use crate::manifest::{DatasetSpec, LimitsSpec, Manifest, RetrySpec};

/// A manifest whose graph holds together: every dataset has one maker, nothing waits for itself, and every
/// parameter is there.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub(super) manifest: Manifest,
    pub(super) catalog: Catalog,
    pub(super) nodes: Vec<Node>,
    pub(super) position: HashMap<String, usize>,
    pub(super) datasets: BTreeMap<String, Dataset>,
    pub(super) multipipelines: Vec<Multipipeline>,
    /// Base names, also of what is partitioned because of nodes that this part of a pipeline leaves out.
    pub(super) partitioned: BTreeSet<String>,
    /// Base names of what is read by nodes that this part of a pipeline leaves out.
    pub(super) read_elsewhere: BTreeSet<String>,
}

/// A node in its place in the order.
#[derive(Debug, Clone)]
pub struct Node {
    /// The full name, with its namespace.
    pub name: String,
    /// What the node belongs to: a dotted prefix of its name.
    pub namespace: Option<String>,
    /// The component that exports the function.
    pub component: String,
    /// The function's name within the component.
    pub function: String,
    /// Datasets, `params:x` and `parameters`, in the order of the manifest.
    pub inputs: Vec<String>,
    /// Datasets, in the order of the manifest.
    pub outputs: Vec<String>,
    /// What selections may call it by.
    pub tags: BTreeSet<String>,
    /// The longest path that leads here; 0 for a node that waits for no other.
    pub level: usize,
    /// The node's limits, and `[limits]` where it sets none.
    pub limits: LimitsSpec,
    /// The nodes that must be complete before, although it reads nothing of theirs.
    pub after: Vec<String>,
    /// Which of its failed calls are tried again; `[retry]` where it says nothing.
    pub retry: RetrySpec,
    /// What it takes of named resources while it runs.
    pub resources: BTreeMap<String, u64>,
    /// The multipipeline that it is in.
    pub multipipeline: Option<String>,
    /// Its place in the manifest's nodes.
    pub(crate) spec: usize,
}

/// A dataset, or one format of it, as the nodes name it.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The name, with its `@format` if it is written with one.
    pub name: String,
    /// Its part in the pipeline.
    pub role: Role,
    /// Where it is stored; `None` for memory. If the dataset is partitioned, it says how, whether or not its entry does.
    pub spec: Option<DatasetSpec>,
    /// Whether it is a set of partitions: its entry says so, a multipipeline makes it, or one is over it.
    pub is_partitioned: bool,
    /// The node that makes it, in whatever format.
    pub producer: Option<String>,
    /// The nodes that read it, in whatever format, in the order of execution.
    pub consumers: Vec<String>,
}

/// The part a dataset plays in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// No node makes it.
    FreeInput,
    /// A node makes it and a node reads it.
    Intermediate,
    /// A node makes it and none reads it.
    FinalOutput,
}
