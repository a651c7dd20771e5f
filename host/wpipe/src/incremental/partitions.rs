//! The partitions of a multipipeline that need not run again.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use wpipe_catalog::{Standing, Stored};
use wpipe_pipeline::{Multipipeline, Pipeline, is_parameter, look_up};

use super::decide::Decision;
use super::key::digest_of_text;
use super::record::{PartitionDone, PartitionsDone};
use super::settings::of_partition;

/// The id of a partition, its record, and its expected content in the sets that this run makes.
type Same<'r> = (&'r String, &'r PartitionDone, BTreeMap<String, Option<Stored>>);

/// The keys of the calls of a multipipeline's nodes, as they are known before anything runs.
pub(crate) struct Calls<'g> {
    graph: &'g Pipeline,
    multipipeline: &'g Multipipeline,
    nodes: Vec<&'g Decision>,
    /// The digests by entry of `configure`. Few partitions have one: the others share theirs.
    digests: HashMap<Option<usize>, String>,
}

impl<'g> Calls<'g> {
    pub(crate) fn new(graph: &'g Pipeline, multipipeline: &'g Multipipeline, decisions: &'g [Decision]) -> Self {
        let nodes = decisions.iter().filter(|decision| multipipeline.nodes.contains(&decision.node)).collect();
        Self { graph, multipipeline, nodes, digests: HashMap::new() }
    }

    /// Returns the name of the multipipeline in the records: with its nodes, since a part of it is another one.
    pub(crate) fn name(&self) -> String {
        let Multipipeline { name, nodes, over, .. } = self.multipipeline;
        format!("{name}: {} over {}", nodes.join(", "), over.join(", "))
    }

    /// Returns true if any of its nodes runs.
    pub(crate) fn run(&self) -> bool {
        self.nodes.iter().any(|decision| !decision.reasons.is_empty())
    }

    /// Returns the digest of everything that the calls for a partition depend on besides itself.
    fn digest(&mut self, id: &str) -> &str {
        let configure = self.multipipeline.configure_of(id);
        if !self.digests.contains_key(&configure) {
            let params = self.multipipeline.params_of(configure, &self.graph.manifest().params);
            let calls: Vec<_> = self.nodes.iter().map(|decision| self.call(decision, &params)).collect();
            self.digests.insert(configure, digest_of_text(&Value::from(calls).to_string()));
        }
        &self.digests[&configure]
    }

    /// Returns the parts that the call of a node depends on besides its partition.
    fn call(&self, decision: &Decision, params: &serde_json::Map<String, Value>) -> Value {
        let key = &decision.key;
        let is_whole = |name: &str| self.multipipeline.inputs.iter().any(|input| input == name);
        let whole: BTreeMap<_, _> = key
            .inputs
            .iter()
            .filter(|(name, _)| name.split_once(' ').is_some_and(|(_, name)| is_whole(name)))
            .collect();
        let inputs = self.graph.node(&decision.node).map(|node| node.inputs.as_slice()).unwrap_or_default();
        let params: Vec<_> =
            inputs.iter().filter(|name| is_parameter(name)).map(|name| (name, look_up(name, params))).collect();
        let datasets: BTreeMap<_, _> =
            key.datasets.iter().map(|(name, settings)| (name, of_partition(settings))).collect();
        json!({
            "component": key.component, "function": key.function, "inputs": inputs, "outputs": key.outputs,
            "params": params, "whole": whole, "settings": key.settings, "datasets": datasets,
        })
    }

    /// Returns the recorded partitions whose calls are the same, with their expected content in the sets that this run
    /// makes: the slicer must find it the same. The other sets are those of `standing`.
    pub(crate) fn same<'r>(
        &mut self,
        recorded: &'r PartitionsDone,
        standing: &BTreeMap<String, Standing>,
        is_made_anew: impl Fn(&str) -> bool,
    ) -> Vec<Same<'r>> {
        let (anew, there): (Vec<_>, Vec<_>) =
            self.multipipeline.over.iter().partition(|set| is_made_anew(set.as_str()));
        // A set that is only in memory may have any content.
        let there: Option<Vec<_>> = there.into_iter().map(|set| Some((set, standing.get(set)?))).collect();
        let Some(there) = there else { return Vec::new() };
        let same = recorded.iter().filter(|(id, done)| {
            let is_same = |(set, standing): &(&String, &Standing)| standing.found(id).as_ref() == done.read.get(*set);
            self.digest(id) == done.calls && there.iter().all(is_same)
        });
        let of = |done: &PartitionDone| anew.iter().map(|set| ((*set).clone(), done.read.get(*set).cloned())).collect();
        same.map(|(id, done)| (id, done, of(done))).collect()
    }

    /// Returns the record of the partition `id`: made of its content in the sets `over`, and found in the `outputs`;
    /// `None` if it is in none or not in all of these.
    pub(crate) fn done(
        &mut self,
        id: &str,
        over: &BTreeMap<String, Standing>,
        outputs: &BTreeMap<&str, &BTreeMap<String, Stored>>,
    ) -> Option<PartitionDone> {
        let sets = self.multipipeline.over.iter();
        let read: BTreeMap<_, _> = sets.filter_map(|set| Some((set.clone(), over.get(set)?.found(id)?))).collect();
        let stored = outputs.iter().map(|(set, partitions)| Some(((*set).to_owned(), partitions.get(id)?.clone())));
        let outputs: BTreeMap<_, _> = stored.collect::<Option<_>>()?;
        let is_done = !read.is_empty() && !outputs.is_empty();
        is_done.then(|| PartitionDone { calls: self.digest(id).to_owned(), read, outputs })
    }
}
