//! The relations of a manifest's nodes and datasets, by their places in it. They are looked up once, for every rule and
//! for the graph.

use super::barriers::Groups;
use super::edges::Edges;
use crate::manifest::{Manifest, NodeSpec};
use crate::resolved::Names;

/// Names, makers, readers and groups of a manifest, which may have problems.
#[derive(Debug)]
pub(crate) struct Relations {
    /// Every dataset that a node or a multipipeline names.
    pub(crate) names: Names,
    /// The makers and readers of each of them.
    pub(crate) edges: Edges,
    /// The nodes of each multipipeline.
    pub(crate) groups: Groups,
}

impl Relations {
    pub(crate) fn of(manifest: &Manifest) -> Self {
        let bindings = manifest.nodes.iter().flat_map(NodeSpec::bindings);
        let over = manifest.multipipelines.iter().flat_map(|spec| &spec.over);
        let names = Names::of(bindings.chain(over).map(|binding| binding.name.as_str()));
        let edges = Edges::new(&manifest.nodes, &names);
        let groups = Groups::new(&manifest.nodes, &manifest.multipipelines);
        Self { names, edges, groups }
    }
}
