//! The types of a validated pipeline.

use serde_json::{Map, Value};
use typed_index_collections::TiVec;

use super::multipipeline::Multipipeline;
use crate::catalog::Catalog;
use crate::manifest::{DatasetSpec, Manifest};
use crate::resolved::{FormatId, GroupId, NodeId, ResolvedGraph, Role};
use crate::source::Span;

/// A manifest whose graph holds together: every dataset has one maker, nothing waits for itself, and every parameter
/// exists.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub(super) manifest: Manifest,
    pub(super) catalog: Catalog,
    pub(super) graph: ResolvedGraph,
    /// The place of each node in the manifest.
    pub(super) places: TiVec<NodeId, usize>,
    pub(super) datasets: TiVec<FormatId, Dataset>,
    pub(super) multipipelines: TiVec<GroupId, Multipipeline>,
}

/// A dataset, or one format of it, as the nodes name it, with its entry: the graph's facts about it, by names.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The name, with its `@format` if it is written with one.
    pub name: String,
    /// Its part in the pipeline.
    pub role: Role,
    /// The place of storage; `None` for memory. For a partitioned dataset it says how, even if its entry does not.
    pub spec: Option<DatasetSpec>,
    /// True if it is a set of partitions: its entry says so, a multipipeline makes it, or one is over it.
    pub is_partitioned: bool,
    /// The node that makes it, in any format.
    pub producer: Option<String>,
    /// The nodes that read it, in any format, in the order of execution.
    pub consumers: Vec<String>,
}

/// The entry of `[datasets]` that holds for a dataset.
#[derive(Debug, Clone)]
pub struct FoundEntry {
    /// The dataset's name.
    pub dataset: String,
    /// The pattern that matches the name; `None` if the entry has the name itself.
    pub pattern: Option<String>,
    /// The place of the entry's name.
    pub place: Span,
    /// The entry as a section of a manifest, placeholders filled in, without credentials.
    pub text: String,
    /// The keys of that section and their values.
    pub keys: Map<String, Value>,
}
