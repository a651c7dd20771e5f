//! The makers and readers of each dataset.

use std::collections::HashMap;

use typed_index_collections::{TiVec, ti_vec};

use crate::manifest::{Bindings, NodeSpec};
use crate::resolved::{DatasetId, Names};

/// Makers and readers of each dataset, in any format, as ascending indices into the manifest's nodes. Parameters are
/// left out: no node makes them.
#[derive(Debug)]
pub(crate) struct Edges {
    pub(crate) producers: TiVec<DatasetId, Vec<usize>>,
    pub(crate) consumers: TiVec<DatasetId, Vec<usize>>,
    /// The pairs of nodes that `after` orders: the earlier one, and the one that waits.
    after: Vec<(usize, usize)>,
    count: usize,
}

impl Edges {
    pub(super) fn new(nodes: &[NodeSpec], names: &Names) -> Self {
        Self {
            producers: by_dataset(nodes, names, |node| &node.outputs),
            consumers: by_dataset(nodes, names, |node| &node.inputs),
            after: after(nodes),
            count: nodes.len(),
        }
    }

    /// Returns the nodes that read what each node makes, ascending. A node that reads its own output is left out.
    pub(crate) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.count];
        for (producers, consumers) in self.producers.iter().zip(&self.consumers) {
            for &producer in producers {
                children[producer].extend(consumers.iter().filter(|&&consumer| consumer != producer));
            }
        }
        sorted(children)
    }

    /// Returns the nodes that wait for each node: its children, and those that name it in `after`.
    pub(crate) fn waiting(&self) -> Vec<Vec<usize>> {
        let mut waiting = self.children();
        for &(first, then) in &self.after {
            waiting[first].push(then);
        }
        sorted(waiting)
    }
}

fn sorted(mut lists: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    for list in &mut lists {
        list.sort_unstable();
        list.dedup();
    }
    lists
}

/// Returns the pairs of `after`. Another check reports unknown names; in a part of a pipeline they are nodes outside of
/// it.
fn after(nodes: &[NodeSpec]) -> Vec<(usize, usize)> {
    if nodes.iter().all(|node| node.after.is_empty()) {
        return Vec::new();
    }
    let place: HashMap<_, _> = nodes.iter().enumerate().map(|(index, node)| (node.name.as_str(), index)).collect();
    let named = nodes.iter().enumerate().flat_map(|(index, node)| node.after.iter().map(move |name| (name, index)));
    named.filter_map(|(name, index)| Some((*place.get(name.name.as_str())?, index))).collect()
}

fn by_dataset<'m>(
    nodes: &'m [NodeSpec],
    names: &Names,
    side: impl Fn(&'m NodeSpec) -> &'m Bindings,
) -> TiVec<DatasetId, Vec<usize>> {
    let mut users: TiVec<DatasetId, Vec<usize>> = ti_vec![Vec::new(); names.datasets().count()];
    for (index, node) in nodes.iter().enumerate() {
        for dataset in side(node).iter().filter_map(|binding| names.dataset(&binding.name)) {
            // A node may read a dataset twice, and nodes come one by one.
            if users[dataset].last() != Some(&index) {
                users[dataset].push(index);
            }
        }
    }
    users
}
