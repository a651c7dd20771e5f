//! Laws of the order that multipipelines impose, on random graphs with groups.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wpipe_pipeline::{Node, Pipeline, Selection};

use crate::support::{HEAD, source};

/// The earlier nodes that a node reads, its group, if any, and a node that it comes after.
pub(crate) type Draft = (Vec<Index>, Option<usize>, Option<Index>);

const GROUPS: usize = 3;

pub(crate) fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    let group = prop::option::weighted(0.6, 0..GROUPS);
    vec((vec(any::<Index>(), 0..3), group, prop::option::weighted(0.2, any::<Index>())), 2..14)
}

pub(crate) fn manifest(drafts: &[Draft]) -> String {
    let mut text = HEAD.to_owned();
    for (index, (reads, group, after)) in drafts.iter().enumerate() {
        let mut inputs: Vec<_> =
            reads.iter().filter(|_| index > 0).map(|read| format!("d{}", read.index(index))).collect();
        // Every node of a group reads something that the group is over.
        inputs.push(group.map_or("free".to_owned(), |group| format!("raw{group}")));
        let after: Vec<_> =
            after.iter().filter(|_| index > 0).map(|after| format!("n{}", after.index(index))).collect();
        text += &format!(
            "[nodes.n{index}]\nuses = \"f\"\ninputs = {inputs:?}\noutputs = [\"d{index}\"]\nafter = {after:?}\n"
        );
    }
    for group in 0..GROUPS {
        let nodes: Vec<_> = members(drafts, group).map(|index| format!("n{index}")).collect();
        if !nodes.is_empty() {
            text += &format!("[multipipelines.g{group}]\nnodes = {nodes:?}\nover = [\"raw{group}\"]\n");
        }
    }
    text
}

fn members(drafts: &[Draft], group: usize) -> impl Iterator<Item = usize> {
    drafts.iter().enumerate().filter(move |(_, draft)| draft.1 == Some(group)).map(|(index, _)| index)
}

/// Returns true if following the edges, and from any node of a group all of its nodes, leads out of a group and back.
pub(crate) fn waits_for_itself(drafts: &[Draft]) -> bool {
    let parents = |index: usize| {
        let (reads, _, after) = &drafts[index];
        reads.iter().chain(after).filter(|_| index > 0).map(|read| read.index(index)).collect::<Vec<_>>()
    };
    (0..GROUPS).any(|group| {
        let mut seen = BTreeSet::new();
        let outside = |index: &usize| drafts[*index].1 != Some(group);
        let mut open: Vec<_> = members(drafts, group).flat_map(parents).filter(outside).collect();
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            open.extend(parents(node));
            if let Some(other) = drafts[node].1 {
                open.extend(members(drafts, other).filter(|member| *member != node));
            }
        }
        members(drafts, group).any(|member| seen.contains(&member))
    })
}

/// Returns the nodes that must complete before `node`, by its own inputs and `after`.
fn parents<'p>(pipeline: &'p Pipeline, node: &'p Node) -> impl Iterator<Item = &'p Node> {
    let made = node.inputs.iter().filter_map(|input| pipeline.producer(input));
    made.chain(node.after.iter().filter_map(|name| pipeline.node(name)))
}

fn place(pipeline: &Pipeline, name: &str) -> usize {
    pipeline.nodes().iter().position(|node| node.name == name).expect("a node")
}

proptest! {
    #[test]
    fn readers_wait_for_every_node_of_a_group_and_every_node_for_what_the_group_reads(drafts in drafts()) {
        let loaded = Pipeline::load(source(&manifest(&drafts)));
        let waits_for_itself = waits_for_itself(&drafts);
        let pipeline = match loaded {
            Ok(pipeline) => pipeline,
            Err(problems) => {
                prop_assert!(waits_for_itself, "{:?}", problems);
                for problem in &problems {
                    prop_assert_eq!(problem.kind(), "wpipe::graph::cycle");
                    prop_assert!(problem.message().contains("waits for itself"));
                    prop_assert!(problem.spans().count() >= 2);
                }
                return Ok(());
            }
        };
        prop_assert!(!waits_for_itself);
        for node in pipeline.nodes() {
            for parent in parents(&pipeline, node) {
                if parent.multipipeline == node.multipipeline {
                    prop_assert!(parent.level < node.level);
                    continue;
                }
                let before = pipeline.multipipeline_of(&parent.name).map_or(vec![&parent.name], |group| group.nodes.iter().collect());
                let behind = pipeline.multipipeline_of(&node.name).map_or(vec![&node.name], |group| group.nodes.iter().collect());
                for (first, then) in before.iter().flat_map(|first| behind.iter().map(move |then| (first, then))) {
                    let level = |name: &str| pipeline.node(name).map(|node| node.level);
                    prop_assert!(level(first) < level(then), "{first} before {then}");
                    prop_assert!(place(&pipeline, first) < place(&pipeline, then));
                }
            }
        }
        let ranks = pipeline.nodes().iter().map(|node| (node.level, &node.name));
        prop_assert!(ranks.is_sorted());
    }

    #[test]
    fn levels_are_earned_and_gates_are_no_steps(drafts in drafts()) {
        prop_assume!(!waits_for_itself(&drafts));
        let pipeline = Pipeline::load(source(&manifest(&drafts))).expect("a pipeline");
        for node in pipeline.nodes() {
            // The node waits for its parents, those of its group, and the groups of these.
            let group = pipeline.multipipeline_of(&node.name);
            let own = group.map_or(vec![node], |group| group.nodes.iter().filter_map(|name| pipeline.node(name)).collect());
            let outside = own.iter().flat_map(|member| parents(&pipeline, member));
            let outside = outside.filter(|parent| group.is_none() || parent.multipipeline != node.multipipeline);
            let whole = outside.flat_map(|parent| {
                let group = pipeline.multipipeline_of(&parent.name);
                group.map_or(vec![parent], |group| group.nodes.iter().filter_map(|name| pipeline.node(name)).collect())
            });
            let inside = parents(&pipeline, node).filter(|parent| group.is_some() && parent.multipipeline == node.multipipeline);
            let highest = whole.chain(inside).map(|parent| parent.level).max();
            prop_assert_eq!(node.level, highest.map_or(0, |level| level + 1), "{}", &node.name);
        }
    }

    #[test]
    fn a_part_has_of_each_group_what_it_selects_and_finds_what_it_reads(drafts in drafts(), keep in vec(any::<bool>(), 14)) {
        prop_assume!(!waits_for_itself(&drafts));
        let pipeline = Pipeline::load(source(&manifest(&drafts))).expect("a pipeline");
        let nodes: Vec<_> = pipeline.nodes().iter().zip(&keep).filter(|(_, keep)| **keep).map(|(node, _)| node.name.clone()).collect();
        prop_assume!(!nodes.is_empty());
        let part = pipeline.select(&Selection { nodes: nodes.clone(), ..Selection::default() }).expect("a part");
        for whole in pipeline.multipipelines() {
            let left: Vec<_> = whole.nodes.iter().filter(|name| nodes.contains(name)).cloned().collect();
            let Some(group) = part.multipipelines().iter().find(|group| group.name == whole.name) else {
                prop_assert!(left.is_empty());
                continue;
            };
            prop_assert_eq!(&group.nodes, &left);
            let read: BTreeSet<_> = part.nodes().iter().filter(|node| left.contains(&node.name)).flat_map(|node| &node.inputs).collect();
            let made: BTreeSet<_> = group.outputs.iter().collect();
            let expected: BTreeSet<_> = read.iter().copied()
                .filter(|input| (whole.over.contains(input) || whole.outputs.contains(input)) && !made.contains(input)).collect();
            prop_assert_eq!(group.over.iter().collect::<BTreeSet<_>>(), expected);
            prop_assert!(group.over.iter().all(|name| part.producer(name).is_none() || !left.contains(&part.producer(name).expect("a node").name)));
        }
        for dataset in part.datasets() {
            let before = pipeline.dataset(&dataset.name).expect("a dataset of the whole");
            prop_assert_eq!(dataset.is_partitioned, before.is_partitioned);
        }
    }
}
