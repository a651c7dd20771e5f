//! What the contents of datasets depend on, as far as that is known before a run. By it objects are named: whoever makes
//! or loads the same gives it the same name.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{Role, is_parameter};

use crate::Pipeline;
use crate::datasets::FoundInputs;
use crate::incremental::{CallKey, digest_of_output, digest_of_text, of_partition, settings_of};

/// Returns the keys of the datasets that nodes make, of those whose every input is known: it has a mark in storage, or
/// is in `known`.
pub(crate) fn keys_of_results(
    pipeline: &Pipeline,
    found: &FoundInputs,
    known: &BTreeMap<String, String>,
    calls: &BTreeMap<String, CallKey>,
) -> BTreeMap<String, String> {
    let graph = pipeline.project().pipeline();
    let is_known = |name: &str| known.contains_key(name) || found.get(name).is_some_and(|found| found.mark.is_some());
    let free = graph.datasets().filter(|dataset| dataset.role == Role::FreeInput);
    let mut unknown: BTreeSet<&str> =
        free.map(|dataset| dataset.name.as_str()).filter(|name| !is_known(name)).collect();
    let mut keys = BTreeMap::new();
    for node in graph.nodes() {
        let mut inputs = node.inputs.iter().filter(|input| !is_parameter(input));
        if inputs.any(|input| unknown.contains(input.as_str())) {
            unknown.extend(node.outputs.iter().map(String::as_str));
        } else if let Some(call) = calls.get(&node.name) {
            let call = call.digest();
            keys.extend(node.outputs.iter().map(|output| (output.clone(), digest_of_output(&call, output))));
        }
    }
    keys
}

/// Returns the keys of the free inputs that are loaded: their places, settings and, where they are one object, marks.
pub(crate) fn keys_of_inputs(pipeline: &Pipeline, found: &FoundInputs) -> BTreeMap<String, String> {
    let stored = &pipeline.0.stored;
    let settings = settings_of(pipeline.project().pipeline(), stored);
    let keys = found.iter().filter_map(|(name, found)| {
        let (mark, stored) = (found.mark.as_ref()?, stored.get(name)?);
        let (place, settings) = (stored.address().digest(), settings.get(name));
        let key = match stored {
            StoredDataset::Whole(whole) => format!("{} {place} {mark} {settings:?}", whole.kind()),
            // Each partition has a mark of its own.
            StoredDataset::Set(set) => format!("set {} {place} {:?}", set.kind(), settings.map(of_partition)),
        };
        Some((name.clone(), digest_of_text(&key)))
    });
    keys.collect()
}
