//! All rules about the graph, one after the other.

use crate::manifest::Manifest;
use crate::problem::Problem;

use super::barriers::Groups;
use super::edges::Edges;
use super::{barriers, cycles, multipipelines, names, parameters, partitions, producers};

/// Everything that is wrong with the graph of `manifest`.
pub(crate) fn problems(manifest: &Manifest) -> Vec<Problem> {
    let mut out = Vec::new();
    names::check(&manifest.nodes, &mut out);
    names::check_formats(&manifest.nodes, &mut out);
    let edges = Edges::new(&manifest.nodes);
    let waiting = edges.waiting();
    let groups = Groups::new(&manifest.nodes, &manifest.multipipelines);
    names::check_after(&manifest.nodes, &mut out);
    producers::check(&manifest.nodes, &edges, &mut out);
    cycles::check(&manifest.nodes, &waiting, &mut out);
    barriers::check(manifest, &waiting, &groups, &mut out);
    multipipelines::check(manifest, &groups, &mut out);
    partitions::check(manifest, &groups, &mut out);
    parameters::check(manifest, &mut out);
    out
}
