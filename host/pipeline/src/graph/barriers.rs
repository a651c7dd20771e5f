//! Adds the gates of multipipelines to the order. The slicer of a group waits for everything that the group reads from
//! outside. Everything outside that reads of the group waits for its barrier, that is, for all of its nodes.

use std::collections::{HashMap, HashSet};

use super::cycles::{edge, shortest_cycle, tangles};
use super::levels::levels;
use super::relations::Relations;
use crate::manifest::{Manifest, MultipipelineSpec, NodeSpec};
use crate::problem::Problem;

/// The nodes of each multipipeline, by their places in the manifest. A node of several belongs to the first.
#[derive(Debug)]
pub(crate) struct Groups {
    of_node: Vec<Option<usize>>,
    members: Vec<Vec<usize>>,
}

impl Groups {
    pub(super) fn new(nodes: &[NodeSpec], specs: &[MultipipelineSpec]) -> Self {
        let mut groups: HashMap<&str, usize> = HashMap::new();
        for (group, spec) in specs.iter().enumerate() {
            for name in &spec.nodes {
                groups.entry(&name.name).or_insert(group);
            }
        }
        let of_node: Vec<_> = nodes.iter().map(|node| groups.get(node.name.as_str()).copied()).collect();
        let mut members = vec![Vec::new(); specs.len()];
        for (node, group) in of_node.iter().enumerate() {
            if let Some(group) = group {
                members[*group].push(node);
            }
        }
        Self { of_node, members }
    }

    /// Returns the multipipeline of a node.
    pub(crate) fn of(&self, node: usize) -> Option<usize> {
        self.of_node[node]
    }

    /// Returns the nodes of a multipipeline.
    pub(super) fn members(&self, group: usize) -> &[usize] {
        &self.members[group]
    }
}

/// Returns the level of each node of a manifest without cycles.
pub(crate) fn ordered_levels(manifest: &Manifest, relations: &Relations) -> Vec<usize> {
    let waiting = relations.edges.waiting();
    levels(&with_gates(&waiting, &relations.groups, manifest.multipipelines.len()), waiting.len())
}

/// Returns `waiting` with two more vertices for each group: its slicer and its barrier.
fn with_gates(waiting: &[Vec<usize>], groups: &Groups, count: usize) -> Vec<Vec<usize>> {
    let slicer = |group: usize| waiting.len() + 2 * group;
    let barrier = |group: usize| slicer(group) + 1;
    let mut children = vec![Vec::new(); slicer(count)];
    for (parent, list) in waiting.iter().enumerate() {
        if let Some(group) = groups.of(parent) {
            children[slicer(group)].push(parent);
            children[parent].push(barrier(group));
        }
        for &child in list {
            match (groups.of(parent), groups.of(child)) {
                (from, to) if from == to => children[parent].push(child),
                (from, to) => children[from.map_or(parent, barrier)].push(to.map_or(child, slicer)),
            }
        }
    }
    children
}

/// Reports a multipipeline that waits for itself: a path leads out of it and back into it.
pub(super) fn check(manifest: &Manifest, relations: &Relations, waiting: &[Vec<usize>], out: &mut Vec<Problem>) {
    if manifest.multipipelines.is_empty() {
        return;
    }
    let whole = Whole::new(manifest, relations, waiting);
    // Nodes that wait for each other without any barrier are reported as such.
    let told: HashSet<_> = tangles(waiting).into_iter().flatten().map(|node| whole.vertex(node)).collect();
    for mut members in tangles(&whole.children) {
        if members.iter().any(|member| told.contains(member)) {
            continue;
        }
        members.sort_unstable_by_key(|&vertex| whole.rank(vertex));
        out.push(whole.problem(&shortest_cycle(&members, &whole.children)));
    }
}

/// The graph in which every group is one vertex.
struct Whole<'m> {
    manifest: &'m Manifest,
    relations: &'m Relations,
    children: Vec<Vec<usize>>,
    /// The first of the nodes' edges behind each edge.
    witnesses: HashMap<(usize, usize), (usize, usize)>,
}

impl<'m> Whole<'m> {
    fn new(manifest: &'m Manifest, relations: &'m Relations, waiting: &[Vec<usize>]) -> Self {
        let children = vec![Vec::new(); waiting.len() + manifest.multipipelines.len()];
        let mut whole = Self { manifest, relations, children, witnesses: HashMap::new() };
        for (parent, list) in waiting.iter().enumerate() {
            for &child in list {
                let edge = (whole.vertex(parent), whole.vertex(child));
                if edge.0 != edge.1 && !whole.witnesses.contains_key(&edge) {
                    whole.witnesses.insert(edge, (parent, child));
                    whole.children[edge.0].push(edge.1);
                }
            }
        }
        whole
    }

    fn vertex(&self, node: usize) -> usize {
        self.relations.groups.of(node).map_or(node, |group| self.manifest.nodes.len() + group)
    }

    fn group(&self, vertex: usize) -> Option<&'m MultipipelineSpec> {
        self.manifest.multipipelines.get(vertex.checked_sub(self.manifest.nodes.len())?)
    }

    /// Ranks multipipelines first, by name, then nodes by name.
    fn rank(&self, vertex: usize) -> (bool, &'m str) {
        let node = || self.manifest.nodes[vertex].name.as_str();
        self.group(vertex).map_or_else(|| (true, node()), |group| (false, &group.name))
    }

    /// Describes a cycle that begins at a multipipeline.
    fn problem(&self, cycle: &[usize]) -> Problem {
        let name = self.rank(cycle[0]).1;
        let nexts = cycle.iter().cycle().skip(1);
        let steps: Vec<_> = cycle.iter().zip(nexts).map(|(from, to)| self.witnesses[&(*from, *to)]).collect();
        let node = |index: usize| &self.manifest.nodes[index];
        let mut way = node(steps[0].0).name.clone();
        for (index, (_, child)) in steps.iter().enumerate() {
            way += &format!(" -> {}", node(*child).name);
            // Another multipipeline may be left from another node than it was entered at.
            if let Some((next, _)) = steps.get(index + 1).filter(|(next, _)| next != child) {
                way += &format!(" … {}", node(*next).name);
            }
        }
        let outside: Vec<_> = cycle[1..].iter().map(|&vertex| format!("`{}`", self.rank(vertex).1)).collect();
        let message = format!("multipipeline `{name}` waits for itself: `{way}`");
        let help = format!(
            "what reads of a multipipeline waits for all of its nodes: take {} into it as well, or make two of it",
            outside.join(", ")
        );
        let problem = Problem::new("wpipe::graph::cycle", message).help(help);
        let edges = steps.iter().filter_map(|(parent, child)| edge(node(*parent), node(*child), &self.relations.names));
        edges.fold(problem, |problem, (input, text)| problem.label(&input.span, text))
    }
}
