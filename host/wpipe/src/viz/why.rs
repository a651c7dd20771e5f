//! Why a node ran, or did not.

use std::collections::{BTreeMap, HashMap, HashSet};

use wpipe_pipeline::{NodeId, ResolvedGraph};

use crate::history::{RunDetails, RunRecord, RunState};

/// Returns the reason by a node's name; `before` is an earlier run, whose calls are compared.
pub(super) fn why(
    graph: &ResolvedGraph,
    record: &RunRecord,
    details: &RunDetails,
    before: Option<&RunRecord>,
) -> impl Fn(&str) -> Option<String> {
    let description = &record.description;
    let selected: HashSet<&str> = description.nodes.iter().map(String::as_str).collect();
    let selection: Vec<_> =
        description.selection.iter().map(|(flag, items)| format!("{flag} {}", items.join(","))).collect();
    let selection = selection.join(" ");
    let differences: BTreeMap<_, _> = before.iter().flat_map(|before| before.differences(record)).collect();
    let blocked = blocked(graph, record);
    move |node| {
        let is_known_before = before.is_some_and(|before| before.description.calls.contains_key(node));
        let earlier = before.map_or("", |before| before.description.id.as_str());
        Some(match record.nodes.get(node) {
            None if !selected.contains(node) => match &description.resumed {
                Some(of) => format!("Not in this run, which goes on where {} ended.", of.run),
                None if selection.is_empty() => {
                    "Left out: its result was there, of the same inputs, parameters and component.".to_owned()
                }
                None => format!("Not in this run: outside of its selection ({selection}), or unchanged."),
            },
            None if blocked.contains_key(node) => format!("Did not run: `{}` failed, which it needs.", blocked[node]),
            None if details.nodes.get(node).is_some_and(|of| of.is_skipped) => {
                "Did not run: something that it needs failed.".to_owned()
            }
            None if record.state == RunState::Running => "Waits for its inputs, or for a worker.".to_owned(),
            None => "Did not run: the run ended before.".to_owned(),
            Some(_) if !is_known_before => "Ran: no earlier run is known to have made its result.".to_owned(),
            Some(_) => match differences.get(node) {
                Some(reasons) => {
                    let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
                    format!("Ran; since run {earlier}: {}.", reasons.join("; "))
                }
                None => format!("Ran, with nothing changed that its result depends on since run {earlier}."),
            },
        })
    }
}

/// Returns, of each node behind one that failed, such a one, by names.
fn blocked(graph: &ResolvedGraph, record: &RunRecord) -> HashMap<String, String> {
    let mut blocked: HashMap<NodeId, NodeId> = HashMap::new();
    // In the order of execution: those before a node come first.
    for (id, node) in graph.nodes().iter_enumerated() {
        let makers = node.reads.iter().filter_map(|read| graph[graph[*read].dataset].maker);
        let failed = |maker: NodeId| {
            let has_failed = record.nodes.get(&graph[maker].name).is_some_and(|node| node.error.is_some());
            has_failed.then_some(maker).or_else(|| blocked.get(&maker).copied())
        };
        let found = makers.into_iter().find_map(failed);
        blocked.extend(found.map(|found| (id, found)));
    }
    blocked.into_iter().map(|(node, failed)| (graph[node].name.clone(), graph[failed].name.clone())).collect()
}
