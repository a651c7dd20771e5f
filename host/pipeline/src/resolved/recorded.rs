//! The graph as JSON: rows whose ids are their places, under a format number.

use serde::{Deserialize, Serialize};
use typed_index_collections::TiVec;

use super::graph::ResolvedGraph;
use super::ids::{DatasetId, FormatId, GroupId, NodeId};
use super::types::{Node, ResolvedDataset, ResolvedFormat, ResolvedGroup};

/// The format that `docs/plan-json.md` describes. An added key leaves the number as it is; a key that changes its
/// meaning raises it.
const FORMAT: u32 = 1;

/// The written form of a graph.
#[derive(Serialize, Deserialize)]
pub(super) struct Recorded {
    format: u32,
    pipeline: String,
    nodes: TiVec<NodeId, Node>,
    datasets: TiVec<DatasetId, ResolvedDataset>,
    formats: TiVec<FormatId, ResolvedFormat>,
    groups: TiVec<GroupId, ResolvedGroup>,
}

impl From<ResolvedGraph> for Recorded {
    fn from(graph: ResolvedGraph) -> Self {
        let ResolvedGraph { pipeline, nodes, datasets, formats, groups, .. } = graph;
        Self { format: FORMAT, pipeline, nodes, datasets, formats, groups }
    }
}

impl TryFrom<Recorded> for ResolvedGraph {
    type Error = String;

    fn try_from(recorded: Recorded) -> Result<Self, String> {
        let Recorded { format, .. } = recorded;
        if format != FORMAT {
            return Err(format!("the graph has format {format}, and this version of wpipe reads format {FORMAT}"));
        }
        recorded.check_order()?;
        recorded.check_ids()?;
        let Recorded { pipeline, nodes, datasets, formats, groups, .. } = recorded;
        let graph = Self::new(pipeline, nodes, datasets, formats, groups);
        let mut formats = graph.formats.iter_enumerated();
        let named = graph.datasets.iter().map(|dataset| dataset.name.as_str());
        let is_named_so = formats.all(|(id, format)| graph.names.dataset_of(id) == format.dataset);
        if is_named_so && named.eq(graph.names.datasets().map(|(_, name)| name)) {
            Ok(graph)
        } else {
            Err("formats are of other datasets than their names say".to_owned())
        }
    }
}

impl Recorded {
    /// Checks that names are ascending: ids are places in the order of names, and are found by name.
    fn check_order(&self) -> Result<(), String> {
        let datasets = self.datasets.iter().map(|dataset| &dataset.name);
        let formats = self.formats.iter().map(|format| &format.name);
        let is_sorted = datasets.is_sorted_by(|a, b| a < b) && formats.is_sorted_by(|a, b| a < b);
        if is_sorted { Ok(()) } else { Err("datasets are not in the order of their names".to_owned()) }
    }

    /// Checks that every id is that of a row.
    fn check_ids(&self) -> Result<(), String> {
        let nodes = self.nodes.iter();
        let of_nodes = nodes.flat_map(|node| [&node.parents, &node.children, &node.waits_for]).flatten();
        let of_datasets = self.datasets.iter().flat_map(|dataset| dataset.readers.iter().chain(&dataset.maker));
        let of_formats = self.formats.iter().flat_map(|format| &format.readers);
        let staged = self.groups.iter().flat_map(|group| &group.stages).flat_map(|stage| &stage.nodes);
        let of_groups = self.groups.iter().flat_map(|group| &group.nodes).chain(staged);
        within("node", of_nodes.chain(of_datasets).chain(of_formats).chain(of_groups), self.nodes.len())?;

        let of_nodes = self.nodes.iter().flat_map(|node| node.reads.iter().chain(&node.makes));
        let of_datasets = self.datasets.iter().flat_map(|dataset| dataset.formats.iter().chain(&dataset.written_as));
        let of_groups = self.groups.iter().flat_map(|group| [&group.over, &group.inputs, &group.outputs]).flatten();
        within("format", of_nodes.chain(of_datasets).chain(of_groups), self.formats.len())?;

        let of_datasets = self.datasets.iter().flat_map(|dataset| dataset.sliced_by.iter().chain(&dataset.made_by));
        let of_nodes = self.nodes.iter().filter_map(|node| node.group.as_ref());
        within("group", of_datasets.chain(of_nodes), self.groups.len())?;
        within("dataset", self.formats.iter().map(|format| &format.dataset), self.datasets.len())
    }
}

/// Checks that every one of `ids` is less than `count`.
fn within<'i, I: Copy + Into<usize> + 'i>(
    what: &str,
    ids: impl Iterator<Item = &'i I>,
    count: usize,
) -> Result<(), String> {
    match ids.map(|id| (*id).into()).find(|id| *id >= count) {
        Some(id) => Err(format!("there is no {what} {id}: there are {count}")),
        None => Ok(()),
    }
}
