//! The type check's additions to the graph: the unit that each node is called for, and so the stages of multipipelines.

use std::collections::BTreeMap;

use super::graph::ResolvedGraph;
use super::ids::NodeId;
use super::types::{CalledPer, Stage};

impl ResolvedGraph {
    /// Returns the graph with the facts that components add: the unit that each of `calls` is called for.
    #[must_use]
    pub(crate) fn with_calls(&self, calls: impl IntoIterator<Item = (NodeId, CalledPer)>) -> Self {
        let mut graph = self.clone();
        for (node, called_per) in calls {
            graph.nodes[node].called_per = Some(called_per);
        }
        let stages: Vec<_> = graph.groups.iter().map(|group| graph.stages(&group.nodes)).collect();
        for (group, stages) in graph.groups.iter_mut().zip(stages) {
            group.stages = stages;
        }
        graph
    }

    /// Groups nodes into stages. Nodes that can work on one partition after the other share one. A node begins another
    /// if it needs the whole slice, an output made of the whole slice, or a dataset that was saved before.
    fn stages(&self, nodes: &[NodeId]) -> Vec<Stage> {
        let mut stage_of: BTreeMap<NodeId, usize> = BTreeMap::new();
        let mut stages: Vec<Stage> = Vec::new();
        for &node in nodes {
            let called_per = match self[node].called_per {
                Some(CalledPer::Slice) => CalledPer::Slice,
                _ => CalledPer::Partition,
            };
            let parents = self[node].waits_for.iter();
            let parents = parents.filter_map(|parent| Some((*parent, *stage_of.get(parent)?)));
            let first = parents
                .map(|(parent, stage)| {
                    let is_of_slice = called_per == CalledPer::Slice || stages[stage].called_per == CalledPer::Slice;
                    stage + usize::from(is_of_slice || self.reads_otherwise(node, parent))
                })
                .max()
                .unwrap_or(0);
            // Each call of a slice is a stage of its own.
            let fits = |stage: &Stage| stage.called_per == called_per && called_per == CalledPer::Partition;
            let at = (first..stages.len()).find(|&at| fits(&stages[at])).unwrap_or(stages.len());
            if at == stages.len() {
                stages.push(Stage { called_per, nodes: Vec::new() });
            }
            stages[at].nodes.push(node);
            stage_of.insert(node, at);
        }
        stages
    }

    /// Returns true if a node reads its parent's output in another format, once that has been saved.
    fn reads_otherwise(&self, node: NodeId, parent: NodeId) -> bool {
        let mut read = self[node].reads.iter().filter_map(|read| self.twin(*read));
        read.any(|made| self[parent].makes.contains(&made))
    }
}
