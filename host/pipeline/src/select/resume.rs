//! Where a run that failed can go on.

use std::collections::{BTreeSet, HashMap};

use super::sets::Graph;
use crate::dataset_name::base_name;
use crate::pipeline::Pipeline;

impl Pipeline {
    /// The nodes from which to run again (`--from-nodes`) after a run in which only `done` completed, sorted. Empty if
    /// nothing is left to do.
    ///
    /// What runs again are the nodes that are not done or whose stored outputs `is_durable` denies, the nodes that make
    /// what these read and storage does not have, and all that depends on any of them.
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
        let mut makers = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            makers.extend(node.outputs.iter().map(|output| (base_name(output), (index, output))));
        }
        let mut again: BTreeSet<_> = (0..nodes.len()).filter(|&index| !is_done(index)).collect();
        let mut open: Vec<_> = again.iter().copied().collect();
        while let Some(index) = open.pop() {
            let read = nodes[index].inputs.iter().filter_map(|input| makers.get(base_name(input)));
            let gone = read.filter(|(_, output)| !(self.is_stored(output) && is_durable(output)));
            // What depends on a node runs with it, and has to find all that it reads.
            let drawn = gone.map(|(maker, _)| maker).chain(&graph.children[index]);
            open.extend(drawn.copied().filter(|&other| again.insert(other)));
        }
        let first = again.iter().filter(|&&index| graph.parents[index].iter().all(|parent| !again.contains(parent)));
        let mut names: Vec<_> = first.map(|&index| nodes[index].name.as_str()).collect();
        names.sort_unstable();
        names
    }
}
