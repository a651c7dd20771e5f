//! Checks the names of datasets: well-formed, not twice in a node, and not both with and without a format.

use std::collections::{HashMap, HashSet};

use crate::dataset_name::{fault, is_parameter};
use crate::manifest::{Binding, NodeSpec};
use crate::problem::Problem;
use crate::resolved::{DatasetId, Names};
use wpipe_text::did_you_mean_or_list;

/// Reports the problems that one node alone can have.
pub(super) fn check(nodes: &[NodeSpec], names: &Names, out: &mut Vec<Problem>) {
    for node in nodes {
        check_faults(node, out);
        check_twice_written(node, names, out);
        check_read_and_written(node, names, out);
    }
}

/// Checks that every name in `after` is that of another node.
pub(super) fn check_after(nodes: &[NodeSpec], out: &mut Vec<Problem>) {
    let names: HashSet<_> = nodes.iter().map(|node| node.name.as_str()).collect();
    for node in nodes {
        for after in node.after.iter().filter(|after| !names.contains(after.name.as_str()) || after.name == node.name) {
            let is_itself = after.name == node.name;
            let label = if is_itself { "a node cannot wait for itself" } else { "no node of that name" };
            let known: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
            let help = (!is_itself).then(|| did_you_mean_or_list(&after.name, "nodes", &known));
            out.push(
                Problem::new("wpipe::graph::unknown_node", format!("`{}` comes after `{}`", node.name, after.name))
                    .label(&after.span, label)
                    .help(help),
            );
        }
    }
}

fn datasets<'m>(bindings: impl Iterator<Item = &'m Binding>) -> impl Iterator<Item = &'m Binding> {
    bindings.filter(|binding| !is_parameter(&binding.name))
}

fn check_faults(node: &NodeSpec, out: &mut Vec<Problem>) {
    for Binding { name, span, .. } in datasets(node.bindings()) {
        if let Some(fault) = fault(name) {
            out.push(
                Problem::new("wpipe::graph::bad_dataset_name", format!("`{name}` cannot be the name of a dataset"))
                    .label(span, fault)
                    .help("write `dataset`, or `dataset@format` for one of several formats".to_owned()),
            );
        }
    }
}

fn check_twice_written(node: &NodeSpec, names: &Names, out: &mut Vec<Problem>) {
    let mut first: HashMap<&str, &Binding> = HashMap::new();
    for binding in node.outputs.iter() {
        // Names that are no datasets are another check's business, but are reported here if written twice.
        let base = names.dataset(&binding.name).map_or(binding.name.as_str(), |dataset| names.name(dataset));
        let Some(earlier) = first.insert(base, binding) else {
            continue;
        };
        let help = if earlier.name == binding.name {
            "give each output a name of its own"
        } else {
            "formats of one dataset hold the same data: give each output a name of its own"
        };
        out.push(
            Problem::new("wpipe::graph::duplicate_output", format!("node `{}` writes `{base}` twice", node.name))
                .label(&binding.span, "written again here")
                .label(&earlier.span, "written here")
                .help(help.to_owned()),
        );
    }
}

fn check_read_and_written(node: &NodeSpec, names: &Names, out: &mut Vec<Problem>) {
    for output in node.outputs.iter() {
        let Some(written) = names.dataset(&output.name) else { continue };
        let Some(input) = node.inputs.iter().find(|input| names.dataset(&input.name) == Some(written)) else {
            continue;
        };
        let base = names.name(written);
        let help = if input.name == output.name {
            "a finished dataset never changes: give the output a name of its own"
        } else {
            "formats of one dataset hold the same data: give the output a name of its own"
        };
        out.push(
            Problem::new(
                "wpipe::graph::same_input_and_output",
                format!("node `{}` reads and writes `{base}`", node.name),
            )
            .label(&output.span, "written here")
            .label(&input.span, "read here")
            .help(help.to_owned()),
        );
    }
}

/// Reports datasets that are used both bare and with a format: the format that the bare name means is open.
pub(super) fn check_formats(nodes: &[NodeSpec], names: &Names, out: &mut Vec<Problem>) {
    let bindings = || nodes.iter().flat_map(NodeSpec::bindings);
    let uses = || bindings().filter_map(|binding| Some((names.format(&binding.name)?, binding)));
    let mut with_format: HashMap<DatasetId, &Binding> = HashMap::new();
    for (format, binding) in uses().filter(|(format, _)| names.has_format(*format)) {
        with_format.entry(names.dataset_of(format)).or_insert(binding);
    }
    // Each is reported once, where it is first used bare.
    for (format, binding) in uses().filter(|(format, _)| !names.has_format(*format)) {
        let base = binding.name.as_str();
        let Some(other) = with_format.remove(&names.dataset_of(format)) else {
            continue;
        };
        out.push(
            Problem::new("wpipe::graph::mixed_formats", format!("`{base}` is used both with and without a format"))
                .label(&binding.span, "without a format here")
                .label(&other.span, "with one here")
                .help(format!("write `{base}@…` everywhere, or nowhere")),
        );
    }
}
