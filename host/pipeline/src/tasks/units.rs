//! The units that tasks are made of: nodes, and multipipelines as a whole.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use typed_index_collections::{TiVec, ti_vec};

use super::types::{TaskGraph, TaskOptions};
use crate::pipeline::Pipeline;
use crate::resolved::{GroupId, NodeId};

crate::ids! {
    /// A unit, by its place in the order of execution.
    UnitId,
}

/// A node, or all nodes of a multipipeline.
#[derive(Debug)]
pub(super) struct Unit {
    /// The nodes, in the order of execution.
    pub(super) nodes: Vec<NodeId>,
    /// The multipipeline, and the number of its slices.
    pub(super) multipipeline: Option<(GroupId, NonZeroUsize)>,
}

impl Unit {
    /// Returns the multipipeline and its number of slices, if that is more than one: its pieces are tasks.
    pub(super) fn sliced(&self) -> Option<(GroupId, NonZeroUsize)> {
        self.multipipeline.filter(|(_, slices)| slices.get() > 1)
    }
}

/// The units of a pipeline, and which must end before which begins.
pub(super) struct Units {
    pub(super) all: TiVec<UnitId, Unit>,
    pub(super) of_node: TiVec<NodeId, UnitId>,
    /// The units that each waits for.
    pub(super) parents: TiVec<UnitId, BTreeSet<UnitId>>,
}

impl Units {
    /// Returns the units of a pipeline. If everything is one task, nothing of it is divided into others.
    pub(super) fn of(pipeline: &Pipeline, options: &TaskOptions, is_divided: bool) -> Self {
        let graph = pipeline.graph();
        let slices = |group: GroupId| match is_divided {
            false => NonZeroUsize::MIN,
            true => {
                let of_manifest = pipeline.multipipelines()[usize::from(group)].policy.slices;
                options.slices.or(of_manifest).unwrap_or(TaskGraph::DEFAULT_SLICES)
            }
        };
        let mut all: TiVec<UnitId, Unit> = TiVec::new();
        let mut of_node: TiVec<NodeId, UnitId> = ti_vec![UnitId::new(0); graph.nodes().len()];
        let mut of_group: TiVec<GroupId, Option<UnitId>> = ti_vec![None; graph.groups().len()];
        for (id, node) in graph.nodes().iter_enumerated() {
            let unit = match node.group {
                None => all.push_and_get_key(Unit { nodes: Vec::new(), multipipeline: None }),
                Some(group) => *of_group[group].get_or_insert_with(|| {
                    all.push_and_get_key(Unit { nodes: Vec::new(), multipipeline: Some((group, slices(group))) })
                }),
            };
            all[unit].nodes.push(id);
            of_node[id] = unit;
        }
        let mut parents: TiVec<UnitId, BTreeSet<UnitId>> = ti_vec![BTreeSet::new(); all.len()];
        for (id, node) in graph.nodes().iter_enumerated() {
            let own = of_node[id];
            parents[own].extend(node.waits_for.iter().map(|&parent| of_node[parent]).filter(|&parent| parent != own));
        }
        Self { all, of_node, parents }
    }
}
