//! Finds the partitioned datasets, and reports settings that such a dataset cannot have.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use typed_index_collections::{TiVec, ti_vec};

use super::relations::Relations;
use crate::catalog::Catalog;
use crate::dataset_name::is_parameter;
use crate::manifest::{Binding, DatasetSpec, Manifest, MultipipelineSpec, NodeSpec};
use crate::problem::Problem;
use crate::resolved::DatasetId;
use crate::source::Span;

/// Returns for each dataset if it is partitioned: its entry says so, a multipipeline makes it, or one is over it.
pub(crate) fn partitioned(manifest: &Manifest, catalog: &Catalog, relations: &Relations) -> TiVec<DatasetId, bool> {
    let names = &relations.names;
    let mut partitioned = ti_vec![false; names.datasets().count()];
    for dataset in by_multipipelines(manifest, relations).into_keys() {
        partitioned[dataset] = true;
    }
    if manifest.datasets.iter().any(|spec| spec.partitioned.is_some()) {
        for (format, name) in names.formats() {
            if catalog.entry(name).is_some_and(|spec| spec.partitioned.is_some()) {
                partitioned[names.dataset_of(format)] = true;
            }
        }
    }
    partitioned
}

/// Returns the datasets that multipipelines make or are over, with the place that says so.
fn by_multipipelines<'m>(
    manifest: &'m Manifest,
    relations: &Relations,
) -> BTreeMap<DatasetId, (&'m MultipipelineSpec, &'m Span)> {
    let dataset = |binding: &Binding| relations.names.dataset(&binding.name);
    let mut found = BTreeMap::new();
    for (index, node) in manifest.nodes.iter().enumerate() {
        let Some(group) = relations.groups.of(index) else { continue };
        let spec = &manifest.multipipelines[group];
        found.extend(node.outputs.iter().filter_map(|output| Some((dataset(output)?, (spec, &output.span)))));
    }
    for spec in &manifest.multipipelines {
        found.extend(spec.over.iter().filter_map(|over| Some((dataset(over)?, (spec, &over.span)))));
    }
    found
}

pub(super) fn check(manifest: &Manifest, relations: &Relations, out: &mut Vec<Problem>) {
    let by_group = by_multipipelines(manifest, relations);
    if by_group.is_empty() && manifest.datasets.iter().all(|spec| spec.partitioned.is_none()) {
        return;
    }
    let catalog = Catalog::new(&manifest.datasets);
    let makers: HashMap<_, _> = manifest
        .nodes
        .iter()
        .flat_map(|node| node.outputs.iter().map(move |output| (node, output)))
        .filter_map(|(node, output)| Some((relations.names.dataset(&output.name)?, (node, output))))
        .collect();
    let names: BTreeSet<_> = names(&manifest.nodes).map(|binding| binding.name.as_str()).collect();
    for name in names {
        let Some(spec) = catalog.entry(name) else { continue };
        let Some(dataset) = relations.names.dataset(name) else { continue };
        if let Some((group, span)) = by_group.get(&dataset) {
            out.extend(unfit(name, &spec, group, span));
        }
        if let Some(maker) = makers.get(&dataset) {
            out.extend(checkpoint(name, &spec, maker));
        }
    }
}

/// Reports a key that the entry of a partitioned dataset cannot have.
fn unfit(name: &str, spec: &DatasetSpec, group: &MultipipelineSpec, span: &Span) -> Option<Problem> {
    let keys = &spec.spans.keys;
    let (at, message, help) = if let (None, Some(at)) = (&spec.partitioned, keys.get("partitioned")) {
        (at, format!("dataset `{name}` is partitioned and its entry says that it is not"), "write `partitioned = true`")
    } else if let (true, Some(at)) = (spec.versioned, keys.get("versioned")) {
        (
            at,
            format!("dataset `{name}` is partitioned and versioned"),
            "partitions have no versions: remove `versioned`",
        )
    } else {
        return None;
    };
    Some(
        Problem::new("wpipe::graph::partitioned", message)
            .label(at, "this does not fit")
            .label(span, format!("multipipeline `{}` has its partitions", group.name))
            .help(help.to_owned()),
    )
}

fn checkpoint(name: &str, spec: &DatasetSpec, (node, output): &(&NodeSpec, &Binding)) -> Option<Problem> {
    spec.partitioned.as_ref()?.checkpoint.as_ref()?;
    Some(
        Problem::new("wpipe::graph::partitioned", format!("dataset `{name}` has a checkpoint and is made by a node"))
            .label(spec.spans.of_key(Some("checkpoint")), "a checkpoint tells what is new from outside")
            .label(&output.span, format!("`{}` makes it here", node.name))
            .help("remove the `checkpoint`: what was not done before runs again anyway".to_owned()),
    )
}

/// Returns the places where nodes name datasets.
fn names(nodes: &[NodeSpec]) -> impl Iterator<Item = &Binding> {
    nodes.iter().flat_map(NodeSpec::bindings).filter(|binding| !is_parameter(&binding.name))
}
