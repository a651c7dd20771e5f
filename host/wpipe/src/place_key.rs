//! Where a problem with a dataset's place points.

use wpipe_pipeline::{Location, Pipeline};

/// Returns the key of a dataset's entry that says where it is.
pub(crate) fn place_key(graph: &Pipeline, name: &str) -> &'static str {
    let spec = graph.dataset(name).and_then(|dataset| dataset.spec.as_ref());
    if spec.is_some_and(|spec| matches!(spec.location, Location::Url(_))) { "url" } else { "path" }
}
