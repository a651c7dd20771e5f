//! Refuses different names of datasets and parameters that look alike: one would be used where the other is meant.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::manifest::{Manifest, NodeSpec};
use crate::problem::Problem;
use crate::resolved::Names;
use crate::source::Span;
use wpipe_text::{has_unseen, seen, unseen_difference};

const KIND: &str = "wpipe::graph::names_look_alike";

/// Reports every pair of names that look alike.
pub(super) fn check(manifest: &Manifest, out: &mut Vec<Problem>) {
    let bindings = manifest.nodes.iter().flat_map(NodeSpec::bindings);
    let over = manifest.multipipelines.iter().flat_map(|of| &of.over);
    let used = bindings.chain(over).map(|binding| (binding.name.as_str(), &binding.span));
    let listed = manifest.datasets.iter().map(|spec| (spec.name.as_str(), &spec.spans.entry));
    let mentioned: Vec<_> = used.chain(listed).collect();
    let known = Names::of(mentioned.iter().map(|(name, _)| *name));
    let of_dataset = |&(name, span)| Some((known.name(known.dataset(name)?), span));
    let names: BTreeMap<&str, &Span> = mentioned.iter().filter_map(of_dataset).collect();
    for (one, other, difference) in pairs(names.keys().copied()) {
        let message = format!("`{one}` and `{other}` are two datasets, and differ {difference}");
        let problem = Problem::new(KIND, message).label(names[other], "this one").label(names[one], "is not that one");
        out.push(problem.help("write both alike".to_owned()));
    }
    check_params("", &manifest.params, out);
}

fn check_params(above: &str, params: &Map<String, Value>, out: &mut Vec<Problem>) {
    for (one, other, difference) in pairs(params.keys().map(String::as_str)) {
        let message = format!("`{above}{one}` and `{above}{other}` are two parameters, and differ {difference}");
        out.push(Problem::new(KIND, message).help("write both alike".to_owned()));
    }
    for (key, value) in params {
        if let Value::Object(inner) = value {
            check_params(&format!("{above}{key}."), inner, out);
        }
    }
}

/// Returns the pairs of names that look alike, and their difference.
fn pairs<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Vec<(&'n str, &'n str, String)> {
    // Names hardly ever contain anything invisible.
    if !names.clone().any(has_unseen) {
        return Vec::new();
    }
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let twins = names.filter_map(|name| Some((first.insert(seen(name), name)?, name)));
    let twins: Vec<_> = twins.collect();
    twins.into_iter().filter_map(|(one, other)| Some((one, other, unseen_difference(one, other)?))).collect()
}
