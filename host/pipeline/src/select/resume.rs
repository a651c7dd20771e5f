//! Finds the nodes from which a failed run can go on.

use std::collections::BTreeSet;

use crate::pipeline::Pipeline;
use crate::resolved::{FormatId, NodeId};

impl Pipeline {
    /// Returns the nodes from which to run again (`--from-nodes`) after a run in which only `done` completed, sorted.
    /// The list is empty if nothing is left to do.
    ///
    /// Three kinds of nodes run again: those that are not done or whose stored outputs `is_durable` denies, those that
    /// make an input of these which storage lacks, and all that depend on any of them.
    ///
    /// `is_durable` returns true if storage holds a dataset as this run made it, by its name with `@format`.
    pub fn resume_from(&self, done: &BTreeSet<&str>, is_durable: impl Fn(&str) -> bool) -> Vec<&str> {
        let graph = self.graph();
        let is_stored = |made: FormatId| graph[made].stored.is_some();
        let is_durable = |made: FormatId| is_durable(&graph[made].name);
        // A node is done if it completed and its stored outputs are durable.
        let is_done = |id: NodeId| {
            let node = &graph[id];
            let is_lost = |made: &FormatId| is_stored(*made) && !is_durable(*made);
            done.contains(node.name.as_str()) && !node.makes.iter().any(is_lost)
        };
        let mut again: BTreeSet<_> = graph.nodes().keys().filter(|&id| !is_done(id)).collect();
        let mut open: Vec<_> = again.iter().copied().collect();
        while let Some(id) = open.pop() {
            let read = graph[id].reads.iter().map(|&read| graph.dataset_of(read));
            let made = read.filter_map(|dataset| Some((dataset.maker?, dataset.written_as?)));
            let gone = made.filter(|(_, written)| !(is_stored(*written) && is_durable(*written)));
            // The dependants of a node run with it, and have to find all their inputs.
            let drawn = gone.map(|(maker, _)| maker).chain(graph[id].children.iter().copied());
            open.extend(drawn.filter(|&other| again.insert(other)));
        }
        let first = again.iter().filter(|&&id| graph[id].parents.iter().all(|parent| !again.contains(parent)));
        let mut names: Vec<_> = first.map(|&id| graph[id].name.as_str()).collect();
        names.sort_unstable();
        names
    }
}
