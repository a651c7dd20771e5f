//! The graph's laws: who makes and who reads what, that it has no cycle, and the order that follows.
//!
//! Datasets are joined by their base name, so `b@csv` and `b@parquet` are one dataset in two formats. Order and
//! levels are those of Kedro, so that its users find what they know: a node's level is the longest path that
//! leads to it, and within a level nodes run in the order of their full names.

mod cycles;
mod edges;
mod levels;
mod names;
mod parameters;
mod producers;

pub(crate) use edges::Edges;
pub(crate) use levels::levels;
pub(crate) use parameters::look_up;

use crate::manifest::Manifest;
use crate::problem::Problem;

/// Everything that is wrong with the graph of `manifest`.
pub(crate) fn problems(manifest: &Manifest) -> Vec<Problem> {
    let mut out = Vec::new();
    names::check(&manifest.nodes, &mut out);
    names::check_formats(&manifest.nodes, &mut out);
    producers::check(&manifest.nodes, &mut out);
    cycles::check(&manifest.nodes, &mut out);
    parameters::check(manifest, &mut out);
    out
}
