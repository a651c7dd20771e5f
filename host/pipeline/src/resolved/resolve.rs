//! Makes the graph of a manifest without problems.

use std::collections::BTreeSet;

use typed_index_collections::{TiVec, ti_vec};

use super::graph::ResolvedGraph;
use super::ids::{DatasetId, FormatId, GroupId, NodeId};
use super::types::{Node, ResolvedDataset, ResolvedFormat, ResolvedGroup, Role, StoredAs};
use crate::dataset_name::is_parameter;
use crate::graph::Relations;
use crate::manifest::{DatasetSpec, Location, Manifest, NodeSpec, without_credentials};

/// The facts about a pipeline besides its manifest. Those of a part come from the whole.
pub(crate) struct Known<'k> {
    /// The level of each node, by its place in the manifest.
    pub(crate) levels: &'k [usize],
    /// The entry of each format in the catalog; `None` for memory.
    pub(crate) entries: &'k TiVec<FormatId, Option<DatasetSpec>>,
    /// True for each dataset that is partitioned.
    pub(crate) partitioned: &'k TiVec<DatasetId, bool>,
    /// True for each dataset that omitted nodes read.
    pub(crate) read_elsewhere: &'k TiVec<DatasetId, bool>,
}

/// Returns the graph of `manifest`, and each node's place in it.
pub(crate) fn resolve(
    manifest: &Manifest,
    relations: &Relations,
    known: &Known<'_>,
) -> (ResolvedGraph, TiVec<NodeId, usize>) {
    let mut places: TiVec<NodeId, usize> = (0..manifest.nodes.len()).collect();
    places.sort_by_key(|&place| (known.levels[place], &manifest.nodes[place].name));
    let mut ids = vec![NodeId::from(0); places.len()];
    for (id, &place) in places.iter_enumerated() {
        ids[place] = id;
    }
    let resolver = Resolver { manifest, relations, known, places: &places, ids };
    let nodes = resolver.nodes();
    let datasets = resolver.datasets(&nodes);
    let formats = resolver.formats(&nodes);
    let groups = resolver.groups(&nodes, &datasets);
    (ResolvedGraph::new(manifest.name.clone(), nodes, datasets, formats, groups), places)
}

struct Resolver<'r> {
    manifest: &'r Manifest,
    relations: &'r Relations,
    known: &'r Known<'r>,
    /// The place in the manifest of each node.
    places: &'r TiVec<NodeId, usize>,
    /// The node at each place.
    ids: Vec<NodeId>,
}

impl Resolver<'_> {
    fn nodes(&self) -> TiVec<NodeId, Node> {
        let children = self.relations.edges.children();
        let waiting = self.relations.edges.waiting();
        let mut nodes: TiVec<NodeId, Node> = self.places.iter().map(|&place| self.node(place)).collect();
        for (id, &place) in self.places.iter_enumerated() {
            for &child in &children[place] {
                nodes[id].children.push(self.ids[child]);
                nodes[self.ids[child]].parents.push(id);
            }
            for &later in &waiting[place] {
                nodes[self.ids[later]].waits_for.push(id);
            }
            nodes[id].children.sort_unstable();
        }
        nodes
    }

    fn node(&self, place: usize) -> Node {
        let spec = &self.manifest.nodes[place];
        let group = self.relations.groups.of(place);
        let (inputs, outputs) = (spec.inputs.names(), spec.outputs.names());
        Node {
            name: spec.name.clone(),
            namespace: spec.namespace.clone(),
            component: spec.component.clone(),
            function: spec.function.clone(),
            tags: spec.tags.clone(),
            level: self.known.levels[place],
            limits: spec.limits.or(self.manifest.limits),
            after: self.after(spec),
            retry: spec.retry.clone().or(&self.manifest.retry),
            resources: spec.resources.clone(),
            multipipeline: group.map(|group| self.manifest.multipipelines[group].name.clone()),
            called_per: None,
            group: group.map(GroupId::from),
            parameters: inputs.iter().filter(|name| is_parameter(name)).cloned().collect(),
            reads: self.formats_of(&inputs),
            makes: self.formats_of(&outputs),
            inputs,
            outputs,
            parents: Vec::new(),
            children: Vec::new(),
            waits_for: Vec::new(),
        }
    }

    /// Returns the nodes that a node names in `after`, as far as they are in the pipeline.
    fn after(&self, spec: &NodeSpec) -> Vec<String> {
        let names = spec.after.iter().map(|after| after.name.clone());
        names.filter(|name| self.manifest.nodes.iter().any(|node| node.name == *name)).collect()
    }

    /// Returns the formats among names; the others are parameters.
    fn formats_of<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> Vec<FormatId> {
        names.into_iter().filter_map(|name| self.relations.names.format(name)).collect()
    }

    fn datasets(&self, nodes: &TiVec<NodeId, Node>) -> TiVec<DatasetId, ResolvedDataset> {
        let names = &self.relations.names;
        let mut formats: TiVec<DatasetId, Vec<FormatId>> = ti_vec![Vec::new(); names.datasets().count()];
        for (format, _) in names.formats() {
            formats[names.dataset_of(format)].push(format);
        }
        let mut sliced_by: TiVec<DatasetId, Vec<GroupId>> = ti_vec![Vec::new(); formats.len()];
        for (group, spec) in self.manifest.multipipelines.iter().enumerate() {
            for dataset in spec.over.iter().filter_map(|over| names.dataset(&over.name)) {
                sliced_by[dataset].push(GroupId::from(group));
            }
        }
        let rows = names.datasets().map(|(id, name)| {
            let edges = &self.relations.edges;
            let maker = edges.producers[id].first().map(|&place| self.ids[place]);
            let mut readers: Vec<_> = edges.consumers[id].iter().map(|&place| self.ids[place]).collect();
            readers.sort_unstable();
            let written = |maker: NodeId| nodes[maker].makes.iter().copied().find(|made| formats[id].contains(made));
            ResolvedDataset {
                name: name.to_owned(),
                role: match (maker, readers.is_empty()) {
                    (None, _) => Role::FreeInput,
                    (Some(_), false) => Role::Intermediate,
                    (Some(_), true) => Role::FinalOutput,
                },
                formats: formats[id].clone(),
                maker,
                written_as: maker.and_then(written),
                readers,
                is_partitioned: self.known.partitioned[id],
                made_by: maker.and_then(|maker| nodes[maker].group),
                sliced_by: sliced_by[id].clone(),
                is_read_elsewhere: self.known.read_elsewhere[id],
            }
        });
        rows.collect()
    }

    fn formats(&self, nodes: &TiVec<NodeId, Node>) -> TiVec<FormatId, ResolvedFormat> {
        let names = &self.relations.names;
        let mut formats: TiVec<FormatId, ResolvedFormat> = names
            .formats()
            .map(|(id, name)| ResolvedFormat {
                name: name.to_owned(),
                dataset: names.dataset_of(id),
                readers: Vec::new(),
                stored: self.known.entries[id].as_ref().map(|entry| self.stored(entry)),
            })
            .collect();
        for (id, node) in nodes.iter_enumerated() {
            for &format in &node.reads {
                let readers = &mut formats[format].readers;
                // A node may read a dataset twice.
                if readers.last() != Some(&id) {
                    readers.push(id);
                }
            }
        }
        formats
    }

    fn stored(&self, entry: &DatasetSpec) -> StoredAs {
        let location = match &entry.location {
            Location::Path(path) => Some(path.clone()),
            Location::Url(url) => Some(without_credentials(url)),
            Location::Store { store, path } => self.manifest.stores.get(store).map(|store| {
                let prefix = without_credentials(&store.url);
                if path.is_empty() { prefix } else { format!("{}/{path}", prefix.trim_end_matches('/')) }
            }),
            Location::Connection(text) => Some(without_credentials(text)),
            Location::Memory => None,
        };
        StoredAs {
            kind: entry.kind.clone(),
            location,
            is_versioned: entry.versioned,
            persist: entry.persist,
            reload: entry.reload,
        }
    }

    fn groups(
        &self,
        nodes: &TiVec<NodeId, Node>,
        datasets: &TiVec<DatasetId, ResolvedDataset>,
    ) -> TiVec<GroupId, ResolvedGroup> {
        let specs = self.manifest.multipipelines.iter().enumerate();
        let rows = specs.map(|(index, spec)| {
            let group = GroupId::from(index);
            let members: Vec<_> =
                nodes.iter_enumerated().filter(|(_, node)| node.group == Some(group)).map(|(id, _)| id).collect();
            let is_outside = |format: &FormatId| {
                let dataset = &datasets[self.relations.names.dataset_of(*format)];
                dataset.made_by != Some(group) && !dataset.sliced_by.contains(&group)
            };
            let inside = || members.iter().map(|&id| &nodes[id]);
            let inputs: BTreeSet<_> = inside().flat_map(|node| &node.reads).copied().filter(is_outside).collect();
            let outputs: BTreeSet<_> = inside().flat_map(|node| &node.makes).copied().collect();
            ResolvedGroup {
                name: spec.name.clone(),
                over: self.formats_of(spec.over.iter().map(|over| &over.name)),
                inputs: inputs.into_iter().collect(),
                outputs: outputs.into_iter().collect(),
                nodes: members,
                stages: Vec::new(),
            }
        });
        rows.collect()
    }
}
