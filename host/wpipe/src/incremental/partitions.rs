//! Which partitions of a multipipeline need not run again.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wpipe_catalog::{Listing, Stored};
use wpipe_pipeline::{Multipipeline, Part, Pipeline, is_parameter, look_up};

use super::decide::Decision;
use super::key::digest_of_text;

/// A partition that went through a multipipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartitionDone {
    /// What its results depend on.
    pub(crate) key: String,
    /// Where they are, by dataset.
    pub(crate) outputs: BTreeMap<String, Stored>,
}

/// Partitions of one multipipeline, by id.
pub(crate) type PartitionsDone = BTreeMap<String, PartitionDone>;

/// What a partition's results depend on, by its id; `None` where that cannot be known before the run, since a node of
/// the run makes what the multipipeline goes over, or its partitions cannot be joined.
pub(crate) fn keys(
    graph: &Pipeline,
    multipipeline: &Multipipeline,
    decisions: &[Decision],
    listings: &BTreeMap<String, Listing>,
) -> Option<BTreeMap<String, String>> {
    if multipipeline.over.iter().any(|over| graph.producer(over).is_some()) {
        return None;
    }
    let over = multipipeline.over.iter().map(|name| Some((name.clone(), listings.get(name)?)));
    let over: BTreeMap<_, _> = over.collect::<Option<_>>()?;
    let sizes = |listing: &Listing| listing.sizes().map(|(id, size)| (id.to_owned(), size)).collect();
    let sets = over.iter().map(|(name, listing)| (name.clone(), sizes(listing))).collect();
    let plan = multipipeline.slice(&sets, None, &Default::default(), NonZeroUsize::MIN).ok()?;
    let nodes: Vec<_> = decisions.iter().filter(|decision| multipipeline.nodes.contains(&decision.node)).collect();
    // Few partitions are configured on their own: the others have their calls in common.
    let mut of_calls = HashMap::new();
    let mut key = |part: &Part| {
        let calls: &Vec<_> = of_calls.entry(part.configure).or_insert_with(|| {
            let params = multipipeline.params_for(part, &graph.manifest().params);
            nodes.iter().map(|decision| call(graph, multipipeline, decision, &params)).collect()
        });
        let read: BTreeMap<_, _> = over.iter().map(|(name, set)| (name, set.partitions().get(&part.id))).collect();
        digest_of_text(&json!({ "nodes": calls, "read": read }).to_string())
    };
    Some(plan.slices.iter().flatten().map(|part| (part.id.clone(), key(part))).collect())
}

/// What the call of a node depends on besides its partition.
fn call(
    graph: &Pipeline,
    multipipeline: &Multipipeline,
    decision: &Decision,
    params: &serde_json::Map<String, Value>,
) -> Value {
    let key = &decision.key;
    let is_whole = |name: &str| multipipeline.inputs.iter().any(|input| input == name);
    let whole: BTreeMap<_, _> =
        key.inputs.iter().filter(|(name, _)| name.split_once(' ').is_some_and(|(_, name)| is_whole(name))).collect();
    let inputs = graph.node(&decision.node).map(|node| node.inputs.as_slice()).unwrap_or_default();
    let params: Vec<_> =
        inputs.iter().filter(|name| is_parameter(name)).map(|name| (name, look_up(name, params))).collect();
    json!({
        "component": key.component, "function": key.function, "inputs": inputs, "outputs": key.outputs,
        "params": params, "whole": whole,
    })
}
