//! The graph, for queries by id and by name about makers, readers and order.

use std::collections::{BTreeMap, HashMap};
use std::ops::Index;

use serde::{Deserialize, Serialize};
use typed_index_collections::{TiSlice, TiVec};

use super::ids::{DatasetId, FormatId, GroupId, NodeId};
use super::names::Names;
use super::recorded::Recorded;
use super::types::{Node, ResolvedDataset, ResolvedFormat, ResolvedGroup};

/// Every relation of a pipeline, computed once: the makers and readers of each dataset in each format, the order, the
/// members of each multipipeline, and the parameters that nodes read.
///
/// It is data: the same manifest gives the same graph, and a serialised graph can be read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Recorded", into = "Recorded")]
pub struct ResolvedGraph {
    pub(super) pipeline: String,
    pub(super) nodes: TiVec<NodeId, Node>,
    pub(super) datasets: TiVec<DatasetId, ResolvedDataset>,
    pub(super) formats: TiVec<FormatId, ResolvedFormat>,
    pub(super) groups: TiVec<GroupId, ResolvedGroup>,
    pub(super) names: Names,
    node_of: HashMap<String, NodeId>,
}

impl ResolvedGraph {
    /// Makes a graph of its rows, whose ids are all within it.
    pub(super) fn new(
        pipeline: String,
        nodes: TiVec<NodeId, Node>,
        datasets: TiVec<DatasetId, ResolvedDataset>,
        formats: TiVec<FormatId, ResolvedFormat>,
        groups: TiVec<GroupId, ResolvedGroup>,
    ) -> Self {
        let names = Names::of(formats.iter().map(|format| format.name.as_str()));
        let node_of = nodes.iter_enumerated().map(|(id, node)| (node.name.clone(), id)).collect();
        Self { pipeline, nodes, datasets, formats, groups, names, node_of }
    }

    /// Returns the pipeline's name.
    pub fn pipeline(&self) -> &str {
        &self.pipeline
    }

    /// Returns the nodes in the order of execution.
    pub fn nodes(&self) -> &TiSlice<NodeId, Node> {
        &self.nodes
    }

    /// Returns the datasets, sorted by name. Parameters are none.
    pub fn datasets(&self) -> &TiSlice<DatasetId, ResolvedDataset> {
        &self.datasets
    }

    /// Returns the datasets in the formats in which nodes name them, sorted by name.
    pub fn formats(&self) -> &TiSlice<FormatId, ResolvedFormat> {
        &self.formats
    }

    /// Returns the multipipelines, in the order of the manifest.
    pub fn groups(&self) -> &TiSlice<GroupId, ResolvedGroup> {
        &self.groups
    }

    /// Returns the parameters that nodes read, each with its readers in the order of execution.
    pub fn parameters(&self) -> BTreeMap<&str, Vec<NodeId>> {
        let mut readers: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, node) in self.nodes.iter_enumerated() {
            for name in &node.parameters {
                let readers = readers.entry(name.as_str()).or_default();
                if readers.last() != Some(&id) {
                    readers.push(id);
                }
            }
        }
        readers
    }

    /// Finds the node of that full name.
    pub fn find_node(&self, name: &str) -> Option<NodeId> {
        self.node_of.get(name).copied()
    }

    /// Finds the dataset that nodes name exactly so, with its `@format`.
    pub fn find_format(&self, name: &str) -> Option<FormatId> {
        self.names.format(name)
    }

    /// Finds the dataset of that name, in whatever format it is named.
    pub fn find_dataset(&self, name: &str) -> Option<DatasetId> {
        self.names.dataset(name)
    }

    /// Returns the dataset that a format is of.
    pub fn dataset_of(&self, format: FormatId) -> &ResolvedDataset {
        &self.datasets[self.formats[format].dataset]
    }

    /// Returns the node that makes a dataset, in whatever format.
    pub fn maker(&self, format: FormatId) -> Option<NodeId> {
        self.dataset_of(format).maker
    }

    /// Returns true if a node writes a dataset in exactly this format.
    pub fn is_written(&self, format: FormatId) -> bool {
        self.dataset_of(format).written_as == Some(format)
    }

    /// Returns the format in which a dataset is written, if it is another than this one, in which it is read.
    pub fn twin(&self, format: FormatId) -> Option<FormatId> {
        self.dataset_of(format).written_as.filter(|written| *written != format)
    }

    /// Returns true if a dataset that is written in this format is read in another one.
    pub fn has_twin(&self, format: FormatId) -> bool {
        self.is_written(format) && self.dataset_of(format).formats.len() > 1
    }

    /// Returns true if two names are formats of one dataset.
    pub fn is_same_dataset(&self, one: FormatId, other: FormatId) -> bool {
        self.formats[one].dataset == self.formats[other].dataset
    }

    /// Returns true if a dataset has partitions within a multipipeline, which is over it or makes it.
    pub fn is_within(&self, format: FormatId, group: GroupId) -> bool {
        let dataset = self.dataset_of(format);
        dataset.made_by == Some(group) || dataset.sliced_by.contains(&group)
    }
}

impl Index<NodeId> for ResolvedGraph {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }
}

impl Index<DatasetId> for ResolvedGraph {
    type Output = ResolvedDataset;

    fn index(&self, id: DatasetId) -> &ResolvedDataset {
        &self.datasets[id]
    }
}

impl Index<FormatId> for ResolvedGraph {
    type Output = ResolvedFormat;

    fn index(&self, id: FormatId) -> &ResolvedFormat {
        &self.formats[id]
    }
}

impl Index<GroupId> for ResolvedGraph {
    type Output = ResolvedGroup;

    fn index(&self, id: GroupId) -> &ResolvedGroup {
        &self.groups[id]
    }
}
