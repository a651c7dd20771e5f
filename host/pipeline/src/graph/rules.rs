//! Applies all rules about the graph, one after the other.

use super::relations::Relations;
use super::{barriers, cycles, look_alikes, multipipelines, names, parameters, partitions, producers};
use crate::manifest::Manifest;
use crate::problem::Problem;

/// Returns every problem of the graph of `manifest`.
pub(crate) fn problems(manifest: &Manifest, relations: &Relations) -> Vec<Problem> {
    let mut out = Vec::new();
    let waiting = relations.edges.waiting();
    names::check(&manifest.nodes, &relations.names, &mut out);
    names::check_formats(&manifest.nodes, &relations.names, &mut out);
    names::check_after(&manifest.nodes, &mut out);
    producers::check(&manifest.nodes, relations, &mut out);
    cycles::check(&manifest.nodes, &relations.names, &waiting, &mut out);
    barriers::check(manifest, relations, &waiting, &mut out);
    multipipelines::check(manifest, relations, &mut out);
    partitions::check(manifest, relations, &mut out);
    parameters::check(manifest, &mut out);
    look_alikes::check(manifest, &mut out);
    out
}
