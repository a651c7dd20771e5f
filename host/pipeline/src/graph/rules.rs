//! All rules about the graph, one after the other.

use crate::manifest::Manifest;
use crate::problem::Problem;

use super::edges::Edges;
use super::{cycles, names, parameters, producers};

/// Everything that is wrong with the graph of `manifest`.
pub(crate) fn problems(manifest: &Manifest) -> Vec<Problem> {
    let mut out = Vec::new();
    names::check(&manifest.nodes, &mut out);
    names::check_formats(&manifest.nodes, &mut out);
    let edges = Edges::new(&manifest.nodes);
    names::check_after(&manifest.nodes, &mut out);
    producers::check(&manifest.nodes, &edges, &mut out);
    cycles::check(&manifest.nodes, &edges, &mut out);
    parameters::check(manifest, &mut out);
    out
}
