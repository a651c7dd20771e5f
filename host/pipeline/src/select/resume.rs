//! Where a run that failed can go on.

use std::collections::{BTreeSet, VecDeque};

use super::sets::Graph;
use crate::dataset_name::base_name;
use crate::pipeline::Pipeline;

impl Pipeline {
    /// The nodes from which to run again (`--from-nodes`) after a run in which only `done` completed, sorted: those
    /// that did not, and those that make what they read and `is_durable` denies. Empty if all is done.
    ///
    /// `is_durable` is asked about datasets that nodes make, by their names with `@format`: whether storage holds what
    /// this run made.
    pub fn resume_from(&self, done: &BTreeSet<&str>, is_durable: impl Fn(&str) -> bool) -> Vec<&str> {
        let graph = Graph::new(self);
        let nodes = self.nodes();
        // A node is done if nobody needs it again to have its own outputs in storage.
        let is_done = |index: usize| {
            let node = &nodes[index];
            let lost = |output: &String| self.is_stored(output) && !is_durable(output);
            done.contains(node.name.as_str()) && !node.outputs.iter().any(lost)
        };
        let mut again: BTreeSet<_> = (0..nodes.len()).filter(|&index| !is_done(index)).collect();
        let mut open: VecDeque<_> = again.iter().copied().collect();
        while let Some(index) = open.pop_front() {
            let inputs = &nodes[index].inputs;
            for &parent in &graph.parents[index] {
                let is_read = |output: &&String| inputs.iter().any(|input| base_name(input) == base_name(output));
                let mut read = nodes[parent].outputs.iter().filter(is_read);
                let makes = read.any(|output| !(self.is_stored(output) && is_durable(output)));
                if makes && again.insert(parent) {
                    open.push_back(parent);
                }
            }
        }
        let again = graph.descendants(again);
        let first = again.iter().filter(|&&index| graph.parents[index].is_disjoint(&again));
        let mut names: Vec<_> = first.map(|&index| nodes[index].name.as_str()).collect();
        names.sort_unstable();
        names
    }
}
