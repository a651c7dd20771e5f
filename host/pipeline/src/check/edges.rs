//! Checks both ends of every edge: the reader must read the type that the maker writes.
//!
//! Ends are compared under the exact name. Two formats of one dataset (`b@csv`, `b@bytes`) may hold different
//! types: that is what formats are for.

use std::collections::BTreeMap;

use wpipe_data::{Kind, Port};

use super::bind::{Bound, Checked, Side};
use crate::dataset_name::is_parameter;
use crate::pipeline::{Dataset, Pipeline};
use crate::problem::Problem;

/// The code of two ends whose types have one name and two layouts.
const LAYOUT: &str = "wpipe::types::layout";

pub(super) fn check(
    pipeline: &Pipeline,
    checked: &[Checked<'_>],
    stored_schema: &dyn Fn(&Dataset) -> Option<String>,
    out: &mut Vec<Problem>,
) {
    let outputs = checked.iter().flat_map(|node| &node.outputs);
    let mut givers: BTreeMap<&str, &Bound<'_>> = outputs.map(|bound| (bound.binding.name.as_str(), bound)).collect();
    for reader in checked.iter().flat_map(|node| &node.inputs) {
        let name = reader.binding.name.as_str();
        if is_parameter(name) || reader.port.kind == Kind::Parameter {
            continue;
        }
        if let Some(giver) = givers.get(name) {
            // Partitioned datasets need more than equal ends: see `passing`.
            let is_set = pipeline.dataset(name).is_some_and(|dataset| dataset.is_partitioned);
            out.extend(mismatch(giver, reader, is_set));
        } else if is_untyped_input(pipeline.dataset(name), stored_schema) {
            // Only its readers define the type of a free input, so they must agree with the first of them.
            givers.insert(name, reader);
        }
    }
}

fn is_untyped_input(dataset: Option<&Dataset>, stored_schema: &dyn Fn(&Dataset) -> Option<String>) -> bool {
    dataset.is_some_and(|dataset| dataset.producer.is_none() && stored_schema(dataset).is_none())
}

fn mismatch(giver: &Bound<'_>, reader: &Bound<'_>, is_set: bool) -> Option<Problem> {
    let (code, message, help) = difference(giver, reader, is_set)?;
    let show = if code == LAYOUT { with_layout } else { type_of };
    Some(
        Problem::new(code, message)
            .label(&reader.binding.span, format!("{} is {}", reader.place(), show(reader.port)))
            .label(&giver.binding.span, format!("{} is {}", giver.place(), show(giver.port)))
            .help(help),
    )
}

/// Describes how two ends differ: the code, the message and the help. A dataset that is a set (`is_set`) may be
/// partitioned at one end only.
fn difference(giver: &Bound<'_>, reader: &Bound<'_>, is_set: bool) -> Option<(&'static str, String, String)> {
    let name = &giver.binding.name;
    let (from, to) = (giver.port, reader.port);
    let (first, second) = (&giver.node.name, &reader.node.name);
    let gives = match giver.side {
        Side::Output => "writes",
        Side::Input => "reads",
    };
    if from.kind != to.kind && !is_set {
        return Some((
            "wpipe::types::partitioned",
            format!("`{first}` {gives} `{name}` {}, and `{second}` reads it {}", manner(from.kind), manner(to.kind)),
            "both ends must be partitioned, or neither".to_owned(),
        ));
    }
    if from.schema != to.schema {
        return Some((
            "wpipe::types::schema",
            format!("`{first}` {gives} `{name}` as `{}`, and `{second}` reads it as `{}`", from.schema, to.schema),
            "let both functions use the same type, or put a node that converts between them".to_owned(),
        ));
    }
    if from.fingerprint != to.fingerprint {
        return Some((
            LAYOUT,
            format!("`{first}` and `{second}` know different layouts of `{}`, the type of `{name}`", from.schema),
            format!("rebuild {} from the same definition of `{}`", components(giver, reader), from.schema),
        ));
    }
    None
}

/// Names the components of both ends, which may be one.
fn components(giver: &Bound<'_>, reader: &Bound<'_>) -> String {
    let (first, second) = (&giver.node.component, &reader.node.component);
    if first == second { format!("`{first}`") } else { format!("`{first}` and `{second}`") }
}

fn manner(kind: Kind) -> &'static str {
    match kind {
        Kind::Single => "whole",
        Kind::Partitioned => "partition by partition",
        Kind::Parameter => "as a parameter",
    }
}

/// Returns the type as "`Table`" or "partitions of `Table`".
fn type_of(port: &Port) -> String {
    match port.kind {
        Kind::Partitioned => format!("partitions of `{}`", port.schema),
        Kind::Single | Kind::Parameter => format!("`{}`", port.schema),
    }
}

fn with_layout(port: &Port) -> String {
    format!("{}, layout {:016x}", type_of(port), port.fingerprint)
}
