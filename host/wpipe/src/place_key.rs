//! The key of a dataset's entry that a problem with its place points to.

use wpipe_pipeline::{Location, Pipeline};

/// Returns the key of a dataset's entry that says where it is.
pub(crate) fn place_key(graph: &Pipeline, name: &str) -> &'static str {
    let spec = graph.dataset(name).and_then(|dataset| dataset.spec.as_ref());
    match spec.map(|spec| &spec.location) {
        Some(Location::Url(_)) => "url",
        Some(Location::Connection(_)) => "connection",
        Some(Location::Store { path, .. }) if path.is_empty() => "store",
        _ => "path",
    }
}
