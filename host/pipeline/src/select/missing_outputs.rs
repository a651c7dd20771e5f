//! Selects the nodes whose outputs are incomplete: `--only-missing-outputs`.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::pipeline::Pipeline;
use crate::resolved::FormatId;

impl Pipeline {
    /// Returns the nodes that have to run so that every stored dataset exists: those that make a stored dataset which
    /// `exists` denies, those that make nothing, and those that make an input of such a node which storage lacks. The
    /// age of data, code and parameters does not count. Returns `None` if there is nothing to do.
    ///
    /// Asks `exists` at most once about a stored dataset that a node makes, by its name in nodes. For a dataset written
    /// as `x@csv` and read as `x@parquet`, it may ask about both.
    pub fn only_missing_outputs(&self, exists: impl Fn(&str) -> bool) -> Option<Self> {
        let graph = self.graph();
        let mut known = HashMap::new();
        let mut is_there = |format: FormatId| *known.entry(format).or_insert_with(|| exists(&graph[format].name));
        let is_stored = |format: FormatId| graph[format].stored.is_some();
        // The inputs of running nodes that storage lacks, in any format.
        let mut needed = HashSet::new();
        let mut kept = BTreeSet::new();
        // Readers come before makers, so that their needs are known.
        for (id, node) in graph.nodes().iter_enumerated().rev() {
            let mut made = node.makes.iter().copied();
            let runs = node.makes.is_empty()
                || made.any(|made| needed.contains(&graph[made].dataset) || (is_stored(made) && !is_there(made)));
            if !runs {
                continue;
            }
            kept.insert(id);
            let read = node.reads.iter().copied().filter(|&read| graph.maker(read).is_some());
            let lacking = read.filter(|&read| !(is_stored(read) && is_there(read)));
            needed.extend(lacking.map(|read| graph[read].dataset));
        }
        (!kept.is_empty()).then(|| self.part(&kept))
    }
}
