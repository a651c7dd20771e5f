//! Names of datasets: well-formed, not twice in a node, and not both with and without a format.

use std::collections::{BTreeMap, HashMap};

use crate::dataset_name::{FORMAT_SEPARATOR, base_name, fault, is_parameter};
use crate::manifest::{Binding, NodeSpec};
use crate::problem::Problem;

/// What can be said looking at one node at a time.
pub(super) fn check(nodes: &[NodeSpec], out: &mut Vec<Problem>) {
    for node in nodes {
        check_faults(node, out);
        check_twice_written(node, out);
        check_read_and_written(node, out);
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

fn check_twice_written(node: &NodeSpec, out: &mut Vec<Problem>) {
    let mut first: HashMap<&str, &Binding> = HashMap::new();
    for binding in node.outputs.iter() {
        let Some(earlier) = first.insert(&binding.name, binding) else {
            continue;
        };
        out.push(
            Problem::new(
                "wpipe::graph::duplicate_output",
                format!("node `{}` writes `{}` twice", node.name, binding.name),
            )
            .label(&binding.span, "written again here")
            .label(&earlier.span, "written here")
            .help("give each output a name of its own".to_owned()),
        );
    }
}

fn check_read_and_written(node: &NodeSpec, out: &mut Vec<Problem>) {
    for output in datasets(node.outputs.iter()) {
        let base = base_name(&output.name);
        let Some(input) = datasets(node.inputs.iter()).find(|input| base_name(&input.name) == base) else {
            continue;
        };
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

/// Datasets that are used both bare and with a format: it is open which format the bare name means.
pub(super) fn check_formats(nodes: &[NodeSpec], out: &mut Vec<Problem>) {
    let mut bare: BTreeMap<&str, &Binding> = BTreeMap::new();
    let mut with_format: BTreeMap<&str, &Binding> = BTreeMap::new();
    for binding in datasets(nodes.iter().flat_map(NodeSpec::bindings)) {
        let uses = if binding.name.contains(FORMAT_SEPARATOR) { &mut with_format } else { &mut bare };
        uses.entry(base_name(&binding.name)).or_insert(binding);
    }
    for (base, binding) in bare {
        let Some(other) = with_format.get(base) else {
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
