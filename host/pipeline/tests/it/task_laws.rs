//! Laws of task graphs, on random pipelines with multipipelines.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use proptest::prelude::*;
use wpipe_pipeline::{GroupBy, GroupId, Pipeline, TaskGraph, TaskKind, TaskOptions};

use crate::multipipeline_laws::{drafts, manifest, waits_for_itself};
use crate::support::source;

/// Every task, with all that must have ended before it.
fn before(graph: &TaskGraph) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut before: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for task in &graph.tasks {
        let mut all = BTreeSet::new();
        for need in &task.needs {
            all.insert(need.as_str());
            all.extend(&before[need.as_str()]);
        }
        before.insert(&task.id, all);
    }
    before
}

/// The first and the last task that have to do with a node.
fn ends<'g>(graph: &'g TaskGraph, node: &str) -> (&'g str, &'g str) {
    let mut own = graph.tasks.iter().filter(|task| task.nodes.iter().any(|other| other == node));
    let first = own.next().expect("a task of the node");
    (&first.id, &own.next_back().unwrap_or(first).id)
}

/// Every node, with all nodes that must have ended before it; of a multipipeline all count where one does.
fn ancestors(pipeline: &Pipeline) -> BTreeMap<&str, BTreeSet<&str>> {
    let graph = pipeline.graph();
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let members = |group: GroupId| graph[group].nodes.iter();
    // To a fixed point: the order of nodes is not that of multipipelines.
    loop {
        let before = found.clone();
        for node in graph.nodes() {
            let own: Vec<_> = match node.group {
                Some(group) => members(group).flat_map(|&member| &graph[member].waits_for).collect(),
                None => node.waits_for.iter().collect(),
            };
            let mut all = BTreeSet::new();
            for &parent in own.into_iter().filter(|&&parent| node.group.is_none() || graph[parent].group != node.group)
            {
                let whole: Vec<_> = match graph[parent].group {
                    Some(group) => members(group).copied().collect(),
                    None => vec![parent],
                };
                for parent in whole {
                    all.insert(graph[parent].name.as_str());
                    all.extend(found.get(graph[parent].name.as_str()).into_iter().flatten());
                }
            }
            found.insert(&node.name, all);
        }
        if found == before {
            return found;
        }
    }
}

proptest! {
    #[test]
    fn every_node_is_in_one_task_or_in_the_pieces_of_one_multipipeline(drafts in drafts(), slices in 1_usize..4) {
        prop_assume!(!waits_for_itself(&drafts));
        let pipeline = Pipeline::load(source(&manifest(&drafts))).expect("a pipeline");
        for group_by in [GroupBy::Node, GroupBy::Chain, GroupBy::All] {
            let options = TaskOptions { group_by, slices: NonZeroUsize::new(slices) };
            let graph = pipeline.tasks(&options).expect("a way that makes no circle");
            for node in pipeline.nodes() {
                let own: Vec<_> = graph.tasks.iter().filter(|task| task.nodes.contains(&node.name)).collect();
                let callers = own.iter().filter(|task| matches!(task.kind, TaskKind::Nodes | TaskKind::Slice)).count();
                let is_divided = node.multipipeline.is_some() && slices > 1 && group_by != GroupBy::All;
                prop_assert_eq!((own.len(), callers), if is_divided { (slices + 2, slices) } else { (1, 1) });
            }
            let ids: BTreeSet<_> = graph.tasks.iter().map(|task| &task.id).collect();
            prop_assert_eq!(ids.len(), graph.tasks.len());
        }
    }

    #[test]
    fn tasks_stand_behind_those_that_they_need_and_need_what_their_nodes_wait_for(drafts in drafts(), slices in 1_usize..4) {
        prop_assume!(!waits_for_itself(&drafts));
        let pipeline = Pipeline::load(source(&manifest(&drafts))).expect("a pipeline");
        let ancestors = ancestors(&pipeline);
        for group_by in [GroupBy::Node, GroupBy::Chain] {
            let graph = pipeline.tasks(&TaskOptions { group_by, slices: NonZeroUsize::new(slices) }).expect("tasks");
            let before = before(&graph);
            for (node, parents) in &ancestors {
                for other in ancestors.keys() {
                    let ((first, _), (_, last)) = (ends(&graph, node), ends(&graph, other));
                    if first == ends(&graph, other).0 {
                        continue;
                    }
                    // No more waits for each other than nodes do, so that as much runs at once.
                    prop_assert_eq!(before[first].contains(last), parents.contains(other), "{} {} by {}", node, other, group_by);
                }
            }
        }
    }

    #[test]
    fn what_a_task_reads_of_another_has_a_place_and_comes_before_it(drafts in drafts()) {
        prop_assume!(!waits_for_itself(&drafts));
        let pipeline = Pipeline::load(source(&manifest(&drafts))).expect("a pipeline");
        let graph = pipeline.tasks(&TaskOptions::default()).expect("tasks");
        let before = before(&graph);
        for of in &graph.datasets {
            prop_assert!(of.in_run_store && !of.location.is_empty());
            for reader in &of.read_by {
                prop_assert!(before[reader.as_str()].contains(of.made_by.as_str()), "{:?}", of);
            }
        }
        let crossing: BTreeSet<_> = graph.datasets.iter().map(|of| of.dataset.as_str()).collect();
        for node in pipeline.nodes() {
            for input in &node.inputs {
                let Some(maker) = pipeline.producer(input) else { continue };
                let is_same = ends(&graph, &maker.name) == ends(&graph, &node.name);
                prop_assert!(is_same || crossing.contains(input.as_str()), "{}", input);
            }
        }
    }
}
