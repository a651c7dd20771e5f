//! Names of datasets and parameters that look alike and are two: one of them would be used where the other is meant.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::dataset_name::is_parameter;
use crate::look_alike::{has_unseen, seen, unseen_difference};
use crate::manifest::{Manifest, NodeSpec};
use crate::problem::Problem;
use crate::resolved::base_name;
use crate::source::Span;

const KIND: &str = "wpipe::graph::names_look_alike";

/// Every pair of names that look alike.
pub(super) fn check(manifest: &Manifest, out: &mut Vec<Problem>) {
    let bindings = manifest.nodes.iter().flat_map(NodeSpec::bindings).filter(|binding| !is_parameter(&binding.name));
    let over = manifest.multipipelines.iter().flat_map(|of| &of.over);
    let used = bindings.chain(over).map(|binding| (base_name(&binding.name), &binding.span));
    let listed = manifest.datasets.iter().map(|spec| (base_name(&spec.name), &spec.spans.entry));
    let names: BTreeMap<&str, &Span> = used.chain(listed).collect();
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

/// The pairs of names that look alike, and in what they differ.
fn pairs<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Vec<(&'n str, &'n str, String)> {
    // Hardly ever has a name anything in it that is not seen.
    if !names.clone().any(has_unseen) {
        return Vec::new();
    }
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let twins = names.filter_map(|name| Some((first.insert(seen(name), name)?, name)));
    let twins: Vec<_> = twins.collect();
    twins.into_iter().filter_map(|(one, other)| Some((one, other, unseen_difference(one, other)?))).collect()
}
