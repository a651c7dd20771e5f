//! The nodes whose outputs are not all there: `--only-missing-outputs`.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::dataset_name::base_name;
use crate::manifest::Location;
use crate::pipeline::Pipeline;

impl Pipeline {
    /// The nodes that have to run so that every stored dataset is there: those that make a stored dataset which
    /// `exists` denies, those that make nothing, and those that make what such a node reads and storage does not
    /// have. The age of data, code and parameters do not count. `None` if there is nothing to do.
    ///
    /// `exists` is asked at most once about a stored dataset that a node makes, as nodes name it: of one that is
    /// written as `x@csv` and read as `x@parquet`, it may be asked about both.
    pub fn only_missing_outputs(&self, exists: impl Fn(&str) -> bool) -> Option<Self> {
        let mut known = HashMap::new();
        let mut is_there = |name| *known.entry(name).or_insert_with(|| exists(name));
        // What nodes that run read and storage does not have, by base name.
        let mut needed = HashSet::new();
        let mut kept = BTreeSet::new();
        // Readers come before makers, so that what is needed is known.
        for (index, node) in self.nodes().iter().enumerate().rev() {
            let mut outputs = node.outputs.iter();
            let runs = node.outputs.is_empty()
                || outputs.any(|output| {
                    needed.contains(base_name(output)) || (self.is_stored(output) && !is_there(output.as_str()))
                });
            if !runs {
                continue;
            }
            kept.insert(index);
            let made = node.inputs.iter().filter(|input| self.is_made(input));
            let lacking = made.filter(|input| !(self.is_stored(input) && is_there(input.as_str())));
            needed.extend(lacking.map(|input| base_name(input)));
        }
        (!kept.is_empty()).then(|| self.part(&kept))
    }

    /// Whether a node makes a dataset.
    fn is_made(&self, dataset: &str) -> bool {
        self.dataset(dataset).is_some_and(|dataset| dataset.producer.is_some())
    }

    /// Whether a dataset has a place in storage.
    pub(super) fn is_stored(&self, dataset: &str) -> bool {
        let spec = self.dataset(dataset).and_then(|dataset| dataset.spec.as_ref());
        spec.is_some_and(|spec| spec.location != Location::Memory)
    }
}
