//! Checks parameters: they come from `[params]` and nowhere else.

use serde_json::{Map, Value};

use super::paths::{look_up, paths};
use crate::dataset_name::{PARAMETER_PREFIX, is_parameter};
use crate::manifest::{Binding, Manifest};
use crate::problem::Problem;
use wpipe_text::{list, nearest};

pub(super) fn check(manifest: &Manifest, out: &mut Vec<Problem>) {
    for node in &manifest.nodes {
        out.extend(node.inputs.iter().filter_map(|input| unknown(input, &manifest.params)));
        let written = node.outputs.iter().filter(|output| is_parameter(&output.name));
        out.extend(written.map(|output| written_parameter(&node.name, output)));
    }
}

fn written_parameter(node: &str, output: &Binding) -> Problem {
    Problem::new("wpipe::graph::parameter_as_output", format!("node `{node}` writes the parameter `{}`", output.name))
        .label(&output.span, "parameters are read only")
        .help("name a dataset here; parameters come from `[params]`".to_owned())
}

fn unknown(input: &Binding, params: &Map<String, Value>) -> Option<Problem> {
    let path = input.name.strip_prefix(PARAMETER_PREFIX)?;
    if look_up(&input.name, params).is_some() {
        return None;
    }
    let known = paths(params);
    let top: Vec<_> = params.keys().collect();
    let help = match nearest(path, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{PARAMETER_PREFIX}{meant}`?"),
        None => format!("parameters: {}", list(&top)),
    };
    Some(
        Problem::new("wpipe::graph::unknown_parameter", format!("there is no parameter `{path}`"))
            .label(&input.span, "not in `[params]`")
            .help(help),
    )
}
