//! Who makes and who reads each dataset.

use std::collections::HashMap;

use crate::dataset_name::{base_name, is_parameter};
use crate::manifest::{Bindings, NodeSpec};

/// Makers and readers of each dataset by base name, as ascending indices into the manifest's nodes. Parameters are
/// left out: nothing makes them.
#[derive(Debug)]
pub(crate) struct Edges<'m> {
    pub(crate) producers: HashMap<&'m str, Vec<usize>>,
    pub(crate) consumers: HashMap<&'m str, Vec<usize>>,
    /// Nodes that wait for others by `after`: the one that comes first, and the one that waits.
    after: Vec<(usize, usize)>,
    count: usize,
}

impl<'m> Edges<'m> {
    pub(crate) fn new(nodes: &'m [NodeSpec]) -> Self {
        Self {
            producers: by_dataset(nodes, |node| &node.outputs),
            consumers: by_dataset(nodes, |node| &node.inputs),
            after: after(nodes),
            count: nodes.len(),
        }
    }

    /// The nodes that read what each node makes, ascending, leaving out a node that reads its own output.
    pub(crate) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.count];
        for (dataset, producers) in &self.producers {
            let consumers = self.consumers.get(dataset).map(Vec::as_slice).unwrap_or_default();
            for &producer in producers {
                children[producer].extend(consumers.iter().filter(|&&consumer| consumer != producer));
            }
        }
        sorted(children)
    }

    /// The nodes that wait for each node: its children, and those that name it in `after`.
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

/// Names that no node has are another check's business; in a part of a pipeline they are nodes outside of it.
fn after(nodes: &[NodeSpec]) -> Vec<(usize, usize)> {
    if nodes.iter().all(|node| node.after.is_empty()) {
        return Vec::new();
    }
    let place: HashMap<_, _> = nodes.iter().enumerate().map(|(index, node)| (node.name.as_str(), index)).collect();
    let named = nodes.iter().enumerate().flat_map(|(index, node)| node.after.iter().map(move |name| (name, index)));
    named.filter_map(|(name, index)| Some((*place.get(name.name.as_str())?, index))).collect()
}

fn by_dataset<'m>(nodes: &'m [NodeSpec], side: impl Fn(&'m NodeSpec) -> &'m Bindings) -> HashMap<&'m str, Vec<usize>> {
    let mut users: HashMap<_, Vec<_>> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for binding in side(node).iter().filter(|binding| !is_parameter(&binding.name)) {
            let users = users.entry(base_name(&binding.name)).or_default();
            // A node may read a dataset twice, and nodes come one by one.
            if users.last() != Some(&index) {
                users.push(index);
            }
        }
    }
    users
}
