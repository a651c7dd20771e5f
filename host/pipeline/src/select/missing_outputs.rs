//! The nodes whose outputs are not all there: `--only-missing-outputs`.

use std::collections::BTreeSet;

use super::sets::Graph;
use crate::dataset_name::base_name;
use crate::manifest::Location;
use crate::pipeline::Pipeline;

impl Pipeline {
    /// The nodes that have to run so that every stored dataset is there: those that make a stored dataset which
    /// `exists` denies, those that make nothing, and those that make what such a node reads and storage does not
    /// have. The age of data, code and parameters do not count. `None` if there is nothing to do.
    ///
    /// `exists` is asked about stored datasets that nodes make, by their names with `@format`.
    pub fn only_missing_outputs(&self, exists: impl Fn(&str) -> bool) -> Option<Self> {
        let graph = Graph::new(self);
        let is_there = |name: &str| self.is_stored(name) && exists(name);
        let mut kept = BTreeSet::new();
        for (index, node) in self.nodes().iter().enumerate().rev() {
            let lacks = |output: &String| self.is_stored(output) && !exists(output);
            let feeds = || {
                let made: BTreeSet<_> = node.outputs.iter().map(|output| base_name(output)).collect();
                let children = graph.children[index].iter().filter(|child| kept.contains(*child));
                let mut read = children.flat_map(|&child| &self.nodes()[child].inputs);
                read.any(|input| made.contains(base_name(input)) && !is_there(input))
            };
            if node.outputs.is_empty() || node.outputs.iter().any(lacks) || feeds() {
                kept.insert(index);
            }
        }
        (!kept.is_empty()).then(|| self.part(&kept))
    }

    /// Whether a dataset has a place in storage.
    pub(super) fn is_stored(&self, dataset: &str) -> bool {
        let spec = self.dataset(dataset).and_then(|dataset| dataset.spec.as_ref());
        spec.is_some_and(|spec| spec.location != Location::Memory)
    }
}
