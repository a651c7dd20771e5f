//! Refuses cycles: a node never waits for a result of its own output.

use std::collections::{HashMap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::manifest::{Binding, NodeSpec};
use crate::problem::Problem;
use crate::resolved::Names;

/// Reports one problem for each group of nodes that wait for each other, and shows the shortest cycle from the first of
/// them in the order of names.
pub(super) fn check(nodes: &[NodeSpec], names: &Names, waiting: &[Vec<usize>], out: &mut Vec<Problem>) {
    for mut members in tangles(waiting) {
        members.sort_unstable_by_key(|&index| &nodes[index].name);
        let cycle: Vec<_> = shortest_cycle(&members, waiting).into_iter().map(|index| &nodes[index]).collect();
        out.push(problem(&cycle, names));
    }
}

/// Returns the groups of nodes that wait for each other.
pub(crate) fn tangles(children: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let pairs = children.iter().enumerate().flat_map(|(parent, list)| list.iter().map(move |&child| (parent, child)));
    let graph: DiGraph<(), (), usize> = DiGraph::from_edges(pairs);
    // Not Tarjan's algorithm: petgraph's recurses, and a long chain of nodes would overflow the stack.
    let groups = kosaraju_scc(&graph).into_iter().filter(|group| group.len() > 1);
    groups.map(|group| group.into_iter().map(NodeIndex::index).collect()).collect()
}

/// Returns the shortest cycle through the first of `members`.
pub(crate) fn shortest_cycle(members: &[usize], children: &[Vec<usize>]) -> Vec<usize> {
    let cycle = from_first_to_itself(&among(members, children));
    cycle.into_iter().map(|member| members[member]).collect()
}

/// Returns each member's children that are members, all by their places in `members`, ascending.
fn among(members: &[usize], children: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let place: HashMap<_, _> = members.iter().enumerate().map(|(place, index)| (*index, place)).collect();
    let places = members.iter().map(|&index| {
        let mut places: Vec<_> = children[index].iter().filter_map(|child| place.get(child).copied()).collect();
        places.sort_unstable();
        places
    });
    places.collect()
}

/// Searches breadth first from the first node back to itself, neighbours in order, so that the same graph always shows
/// the same cycle.
fn from_first_to_itself(children: &[Vec<usize>]) -> Vec<usize> {
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
    // The cycle was collected from the end towards the start.
    cycle[1..].reverse();
    cycle
}

fn problem(cycle: &[&NodeSpec], names: &Names) -> Problem {
    let path: Vec<_> = cycle.iter().chain(cycle.first()).copied().collect();
    let way: Vec<_> = path.iter().map(|node| node.name.as_str()).collect();
    let problem = Problem::new("wpipe::graph::cycle", format!("the nodes wait for each other: `{}`", way.join(" -> ")))
        .help("let one of them read something that does not depend on the others".to_owned());
    let edges = path.windows(2).filter_map(|pair| edge(pair[0], pair[1], names));
    edges.fold(problem, |problem, (input, text)| problem.label(&input.span, text))
}

/// Returns the place that makes `child` wait for `parent`, and its description.
pub(super) fn edge<'m>(parent: &NodeSpec, child: &'m NodeSpec, names: &Names) -> Option<(&'m Binding, String)> {
    if let Some(input) = input_from(child, parent, names) {
        return Some((input, format!("`{}` reads this from `{}`", child.name, parent.name)));
    }
    let after = child.after.iter().find(|after| after.name == parent.name)?;
    Some((after, format!("`{}` comes after `{}`", child.name, parent.name)))
}

/// Returns the input of `consumer` that `producer` writes.
fn input_from<'m>(consumer: &'m NodeSpec, producer: &NodeSpec, names: &Names) -> Option<&'m Binding> {
    let written: Vec<_> = producer.outputs.iter().filter_map(|output| names.dataset(&output.name)).collect();
    let mut inputs = consumer.inputs.iter();
    inputs.find(|input| names.dataset(&input.name).is_some_and(|read| written.contains(&read)))
}
