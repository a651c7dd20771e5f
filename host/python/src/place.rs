//! Where a problem is, in words that an editor or a person understands.

use wpipe::{Problem, RunError};

/// Returns the place in a manifest: `pipeline.toml:12:8`.
pub(crate) fn place(problem: &Problem) -> Option<String> {
    let span = problem.spans().next()?;
    let (source, start) = (span.source(), span.range().start);
    let before = source.text.get(..start)?;
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    Some(format!("{}:{}:{column}", source.name, span.line()))
}

/// Returns the place in a pipeline: the node, or the dataset.
pub(crate) fn place_in_run(error: &RunError) -> Option<String> {
    match error {
        RunError::Node { node, at, .. } => Some(format!("node `{node}`{at}")),
        RunError::Load { dataset, at, .. }
        | RunError::Save { dataset, at, .. }
        | RunError::Share { dataset, at, .. }
        | RunError::RoundTrip { dataset, at, .. } => Some(format!("dataset `{dataset}`{at}")),
        RunError::Absent { dataset, .. } => Some(format!("dataset `{dataset}`")),
        RunError::Partitions { multipipeline, .. } => Some(format!("multipipeline `{multipipeline}`")),
        _ => None,
    }
}
