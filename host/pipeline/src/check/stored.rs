//! Checks stored datasets: a format must hold the type that nodes write into it and read from it.

use wpipe_data::Kind;

use super::bind::{Bound, Checked, Side};
use crate::pipeline::{Dataset, Pipeline};
use crate::problem::Problem;

pub(super) fn check(
    pipeline: &Pipeline,
    checked: &[Checked<'_>],
    stored_schema: &dyn Fn(&Dataset) -> Option<String>,
    out: &mut Vec<Problem>,
) {
    for bound in checked.iter().flat_map(|node| node.inputs.iter().chain(&node.outputs)) {
        let Some(dataset) = pipeline.dataset(&bound.binding.name) else {
            continue;
        };
        if bound.port.kind == Kind::Parameter {
            continue;
        }
        if let Some(schema) = stored_schema(dataset).filter(|schema| *schema != bound.port.schema) {
            out.push(mismatch(dataset, bound, &schema));
        }
    }
}

fn mismatch(dataset: &Dataset, bound: &Bound<'_>, schema: &str) -> Problem {
    let name = &dataset.name;
    let node = &bound.node.name;
    let port = &bound.port.schema;
    let does = match bound.side {
        Side::Input => "reads",
        Side::Output => "writes",
    };
    let kind = dataset.spec.as_ref().map_or("memory", |spec| &spec.kind);
    let problem = Problem::new(
        "wpipe::types::stored_schema",
        format!("`{kind}` holds `{schema}`, and `{node}` {does} `{name}` as `{port}`"),
    )
    .label(&bound.binding.span, format!("{} is `{port}`", bound.place()))
    .help(format!("store `{name}` as a type that holds `{port}`, such as `archive`"));
    match &dataset.spec {
        Some(spec) => problem.label(spec.spans.of_key(Some("type")), format!("`{kind}` holds `{schema}`")),
        None => problem,
    }
}
