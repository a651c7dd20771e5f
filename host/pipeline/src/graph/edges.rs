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

    /// The nodes that read what each node makes, ascending, leaving out a node that reads its own output.
    pub(crate) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.count];
        for (dataset, producers) in &self.producers {
            let consumers = self.consumers.get(dataset).map(Vec::as_slice).unwrap_or_default();
            for &producer in producers {
                children[producer].extend(consumers.iter().filter(|&&consumer| consumer != producer));
            }
        }
        for list in &mut children {
            list.sort_unstable();
            list.dedup();
        }
        children
    }
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
