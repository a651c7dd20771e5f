//! Who makes and who reads each dataset.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset_name::{base_name, is_parameter};
use crate::manifest::{Bindings, NodeSpec};

/// Makers and readers of each dataset by base name, as indices into the manifest's nodes. Parameters are left
/// out: nothing makes them.
#[derive(Debug)]
pub(crate) struct Edges<'m> {
    pub(crate) producers: BTreeMap<&'m str, BTreeSet<usize>>,
    pub(crate) consumers: BTreeMap<&'m str, BTreeSet<usize>>,
    count: usize,
}

impl<'m> Edges<'m> {
    pub(crate) fn new(nodes: &'m [NodeSpec]) -> Self {
        Self {
            producers: by_dataset(nodes, |node| &node.outputs),
            consumers: by_dataset(nodes, |node| &node.inputs),
            count: nodes.len(),
        }
    }

    /// The nodes that read what each node makes, leaving out a node that reads its own output.
    pub(crate) fn children(&self) -> Vec<BTreeSet<usize>> {
        let mut children = vec![BTreeSet::new(); self.count];
        for (dataset, producers) in &self.producers {
            for consumer in self.consumers.get(dataset).into_iter().flatten() {
                for producer in producers.iter().filter(|producer| *producer != consumer) {
                    children[*producer].insert(*consumer);
                }
            }
        }
        children
    }
}

fn by_dataset<'m>(
    nodes: &'m [NodeSpec],
    side: impl Fn(&'m NodeSpec) -> &'m Bindings,
) -> BTreeMap<&'m str, BTreeSet<usize>> {
    let mut users: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for binding in side(node).iter().filter(|binding| !is_parameter(&binding.name)) {
            users.entry(base_name(&binding.name)).or_default().insert(index);
        }
    }
    users
}
