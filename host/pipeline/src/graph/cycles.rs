//! Data flows one way: a node never waits for what comes of its own output.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use super::edges::Edges;
use crate::dataset_name::{base_name, is_parameter};
use crate::manifest::{Binding, NodeSpec};
use crate::problem::Problem;

/// One problem for each group of nodes that wait for each other, showing the shortest cycle from the first of
/// them in the order of names.
pub(super) fn check(nodes: &[NodeSpec], out: &mut Vec<Problem>) {
    let children = children_by_name(nodes);
    let mut graph = DiGraph::<&str, ()>::new();
    let index: BTreeMap<_, _> = children.keys().map(|name| (*name, graph.add_node(name))).collect();
    for (parent, children) in &children {
        for child in children {
            graph.add_edge(index[parent], index[child], ());
        }
    }
    for component in tarjan_scc(&graph).into_iter().filter(|component| component.len() > 1) {
        let members: BTreeSet<_> = component.into_iter().map(|index| graph[index]).collect();
        let cycle = shortest_cycle(&children, &members);
        out.push(problem(nodes, &cycle));
    }
}

type Children<'m> = BTreeMap<&'m str, BTreeSet<&'m str>>;

fn children_by_name(nodes: &[NodeSpec]) -> Children<'_> {
    let name = |index: usize| nodes[index].name.as_str();
    let children = Edges::new(nodes).children();
    children
        .into_iter()
        .enumerate()
        .map(|(parent, children)| (name(parent), children.into_iter().map(name).collect()))
        .collect()
}

/// Breadth first from the first member back to itself, neighbours in the order of names, so that the same graph
/// always shows the same cycle.
fn shortest_cycle<'m>(children: &Children<'m>, members: &BTreeSet<&'m str>) -> Vec<&'m str> {
    let Some(&start) = members.first() else {
        return Vec::new();
    };
    let mut came_from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &child in children[node].intersection(members) {
            if came_from.contains_key(child) {
                continue;
            }
            came_from.insert(child, node);
            queue.push_back(child);
        }
    }
    let mut cycle = vec![start];
    while let Some(&before) = cycle.last().and_then(|node| came_from.get(node)) {
        if before == start {
            break;
        }
        cycle.push(before);
    }
    // Collected from the end towards the start.
    cycle[1..].reverse();
    cycle
}

fn problem(nodes: &[NodeSpec], cycle: &[&str]) -> Problem {
    let back = cycle.first().copied();
    let path: Vec<_> = cycle.iter().copied().chain(back).collect();
    let problem =
        Problem::new("wpipe::graph::cycle", format!("the nodes wait for each other: `{}`", path.join(" -> ")))
            .help("let one of them read something that does not depend on the others".to_owned());
    let handed_over = path.windows(2).filter_map(|pair| {
        let find = |name| nodes.iter().find(|node| node.name == name);
        let input = input_from(find(pair[1])?, find(pair[0])?)?;
        Some((input, format!("`{}` reads this from `{}`", pair[1], pair[0])))
    });
    handed_over.fold(problem, |problem, (input, text)| problem.label(&input.span, text))
}

/// What `consumer` reads of `producer`.
fn input_from<'m>(consumer: &'m NodeSpec, producer: &NodeSpec) -> Option<&'m Binding> {
    let written: BTreeSet<_> = producer.outputs.iter().map(|output| base_name(&output.name)).collect();
    let mut inputs = consumer.inputs.iter();
    inputs.find(|input| !is_parameter(&input.name) && written.contains(base_name(&input.name)))
}
