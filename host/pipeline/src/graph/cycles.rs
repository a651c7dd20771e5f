//! Data flows one way: a node never waits for what comes of its own output.

use std::collections::{BTreeSet, HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::edges::Edges;
use crate::dataset_name::{base_name, is_parameter};
use crate::manifest::{Binding, NodeSpec};
use crate::problem::Problem;

/// One problem for each group of nodes that wait for each other, showing the shortest cycle from the first of
/// them in the order of names.
pub(super) fn check(nodes: &[NodeSpec], edges: &Edges<'_>, out: &mut Vec<Problem>) {
    let children = edges.waiting();
    let pairs = children.iter().enumerate().flat_map(|(parent, list)| list.iter().map(move |&child| (parent, child)));
    let graph: DiGraph<(), (), usize> = DiGraph::from_edges(pairs);
    // Not Tarjan's algorithm: petgraph's recurses, and a long chain of nodes would overflow the stack.
    for group in kosaraju_scc(&graph).into_iter().filter(|group| group.len() > 1) {
        let mut members: Vec<_> = group.into_iter().map(NodeIndex::index).collect();
        members.sort_unstable_by_key(|&index| &nodes[index].name);
        let cycle = shortest_cycle(&among(&members, &children));
        let cycle: Vec<_> = cycle.into_iter().map(|member| &nodes[members[member]]).collect();
        out.push(problem(&cycle));
    }
}

/// Of each member the children that are members, all by their places in `members`, ascending.
fn among(members: &[usize], children: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let place: HashMap<_, _> = members.iter().enumerate().map(|(place, index)| (*index, place)).collect();
    let places = members.iter().map(|&index| {
        let mut places: Vec<_> = children[index].iter().filter_map(|child| place.get(child).copied()).collect();
        places.sort_unstable();
        places
    });
    places.collect()
}

/// Breadth first from the first node back to itself, neighbours in order, so that the same graph always shows the
/// same cycle.
fn shortest_cycle(children: &[Vec<usize>]) -> Vec<usize> {
    const START: usize = 0;
    let mut came_from = HashMap::new();
    let mut queue = VecDeque::from([START]);
    while let Some(node) = queue.pop_front() {
        for &child in &children[node] {
            came_from.entry(child).or_insert_with(|| {
                queue.push_back(child);
                node
            });
        }
    }
    let mut cycle = vec![START];
    while let Some(&before) = cycle.last().and_then(|node| came_from.get(node)) {
        if before == START {
            break;
        }
        cycle.push(before);
    }
    // Collected from the end towards the start.
    cycle[1..].reverse();
    cycle
}

fn problem(cycle: &[&NodeSpec]) -> Problem {
    let path: Vec<_> = cycle.iter().chain(cycle.first()).copied().collect();
    let names: Vec<_> = path.iter().map(|node| node.name.as_str()).collect();
    let problem =
        Problem::new("wpipe::graph::cycle", format!("the nodes wait for each other: `{}`", names.join(" -> ")))
            .help("let one of them read something that does not depend on the others".to_owned());
    let handed_over = path.windows(2).filter_map(|pair| {
        if let Some(input) = input_from(pair[1], pair[0]) {
            return Some((input, format!("`{}` reads this from `{}`", pair[1].name, pair[0].name)));
        }
        let after = pair[1].after.iter().find(|after| after.name == pair[0].name)?;
        Some((after, format!("`{}` comes after `{}`", pair[1].name, pair[0].name)))
    });
    handed_over.fold(problem, |problem, (input, text)| problem.label(&input.span, text))
}

/// What `consumer` reads of `producer`.
fn input_from<'m>(consumer: &'m NodeSpec, producer: &NodeSpec) -> Option<&'m Binding> {
    let written: BTreeSet<_> = producer.outputs.iter().map(|output| base_name(&output.name)).collect();
    let mut inputs = consumer.inputs.iter();
    inputs.find(|input| !is_parameter(&input.name) && written.contains(base_name(&input.name)))
}
