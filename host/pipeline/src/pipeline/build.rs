//! Makes a [`Pipeline`] of a manifest.

use std::collections::BTreeSet;
use std::sync::Arc;

use typed_index_collections::{TiVec, ti_vec};

use super::multipipeline::{Multipipeline, restricted};
use super::types::{Dataset, Pipeline};
use crate::catalog::Catalog;
use crate::graph::{self, Relations};
use crate::manifest::{self, DatasetSpec, Layers, Manifest};
use crate::problem::Problems;
use crate::resolved::{DatasetId, FormatId, Known, Names, NodeId, ResolvedDataset, ResolvedGraph, resolve};
use crate::source::Source;

impl Pipeline {
    /// Builds the graph of `manifest`.
    ///
    /// # Errors
    ///
    /// Returns every problem of the graph: bad names, two makers of a dataset, cycles, missing parameters.
    pub fn new(manifest: Manifest) -> Result<Self, Problems> {
        let relations = Relations::of(&manifest);
        Problems::check(&manifest.source.name, graph::problems(&manifest, &relations))?;
        Ok(Self::build(manifest, &relations))
    }

    /// Runs [`parse`](crate::parse) and [`Pipeline::new`] in one step. It also checks the graph of the readable parts
    /// if some of the manifest could not be read, so that one look shows more of the problems.
    ///
    /// # Errors
    ///
    /// Returns the problems of both steps.
    pub fn load(source: Arc<Source>) -> Result<Self, Problems> {
        Self::load_layers(&Layers::new(source))
    }

    /// Loads a manifest with others laid over it, as [`Pipeline::load`] does.
    ///
    /// # Errors
    ///
    /// Returns the problems of both steps.
    pub fn load_layers(layers: &Layers) -> Result<Self, Problems> {
        let (manifest, mut problems) = manifest::read_layers(layers);
        let relations = Relations::of(&manifest);
        problems.extend(graph::problems(&manifest, &relations));
        Problems::check(&manifest.source.name, problems)?;
        Ok(Self::build(manifest, &relations))
    }

    /// Returns the pipeline of some of its nodes, in the order that they have here.
    pub(crate) fn part(&self, keep: &BTreeSet<NodeId>) -> Self {
        let mut kept: Vec<_> = keep.iter().map(|&node| (self.places[node], node)).collect();
        kept.sort_unstable();
        let levels: Vec<_> = kept.iter().map(|(_, node)| self.graph[*node].level).collect();
        let nodes: Vec<_> = kept.iter().map(|(place, _)| self.manifest.nodes[*place].clone()).collect();
        let multipipelines = restricted(&self.manifest, &self.graph, keep);
        let manifest = self.manifest.with_nodes(nodes, multipipelines);
        let relations = Relations::of(&manifest);
        let whole = |name: &str| self.graph.find_dataset(name).map(|dataset| &self.graph[dataset]);
        let before: Vec<_> = relations.names.datasets().map(|(_, name)| whole(name)).collect();
        let is_set = |name: &str| self.catalog.entry(name).is_some_and(|entry| entry.partitioned.is_some());
        let was_set = before.iter().map(|of| of.is_some_and(|dataset| dataset.is_partitioned));
        let partitioned = was_set.zip(relations.names.datasets()).map(|(was, (_, name))| was || is_set(name)).collect();
        let is_left_out = |node: &NodeId| !keep.contains(node);
        let is_read = |of: &ResolvedDataset| of.is_read_elsewhere || of.readers.iter().any(is_left_out);
        let read_elsewhere = before.iter().map(|of| of.is_some_and(is_read)).collect();
        Self::ordered(manifest, self.catalog.clone(), &relations, &levels, &partitioned, &read_elsewhere)
    }

    fn build(manifest: Manifest, relations: &Relations) -> Self {
        let levels = graph::ordered_levels(&manifest, relations);
        let catalog = Catalog::new(&manifest.datasets);
        let partitioned = graph::partitioned(&manifest, &catalog, relations);
        let read_elsewhere = ti_vec![false; partitioned.len()];
        Self::ordered(manifest, catalog, relations, &levels, &partitioned, &read_elsewhere)
    }

    /// Returns the pipeline of a manifest whose nodes have these levels, with its partitioned datasets and those read
    /// by others.
    fn ordered(
        manifest: Manifest,
        catalog: Catalog,
        relations: &Relations,
        levels: &[usize],
        partitioned: &TiVec<DatasetId, bool>,
        read_elsewhere: &TiVec<DatasetId, bool>,
    ) -> Self {
        let entries = entries(&catalog, &relations.names, partitioned);
        let known = Known { levels, entries: &entries, partitioned, read_elsewhere };
        let (graph, places) = resolve(&manifest, relations, &known);
        let specs = manifest.multipipelines.iter().zip(graph.groups());
        let multipipelines = specs.map(|(spec, group)| Multipipeline::new(spec, group, &graph)).collect();
        let datasets = entries.into_iter_enumerated().map(|(format, spec)| dataset(&graph, format, spec)).collect();
        Self { manifest, catalog, graph, places, datasets, multipipelines }
    }
}

/// Returns the catalog entry of each dataset, which says how it is partitioned if it is.
fn entries(
    catalog: &Catalog,
    names: &Names,
    partitioned: &TiVec<DatasetId, bool>,
) -> TiVec<FormatId, Option<DatasetSpec>> {
    let entry = |(format, name)| {
        let mut entry = catalog.resolve(name)?;
        if partitioned[names.dataset_of(format)] {
            entry.partitioned.get_or_insert_default();
        }
        Some(entry)
    };
    names.formats().map(entry).collect()
}

fn dataset(graph: &ResolvedGraph, format: FormatId, spec: Option<DatasetSpec>) -> Dataset {
    let of = graph.dataset_of(format);
    let name = |node: &NodeId| graph[*node].name.clone();
    Dataset {
        name: graph[format].name.clone(),
        role: of.role,
        spec,
        is_partitioned: of.is_partitioned,
        producer: of.maker.as_ref().map(name),
        consumers: of.readers.iter().map(name).collect(),
    }
}
