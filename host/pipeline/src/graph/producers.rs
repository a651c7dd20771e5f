//! Every dataset has at most one maker.

use super::edges::Edges;
use crate::dataset_name::base_name;
use crate::manifest::{Binding, NodeSpec};
use crate::problem::Problem;

pub(super) fn check(nodes: &[NodeSpec], edges: &Edges<'_>, out: &mut Vec<Problem>) {
    let mut clashes: Vec<_> = edges.producers.iter().filter(|(_, producers)| producers.len() > 1).collect();
    clashes.sort_unstable();
    for (dataset, producers) in clashes {
        let count = match producers.len() {
            2 => "two".to_owned(),
            count => count.to_string(),
        };
        let problem = Problem::new("wpipe::graph::two_producers", format!("{count} nodes write `{dataset}`"))
            .help("a dataset has one producer: rename one of the outputs".to_owned());
        let written = producers.iter().map(|index| &nodes[*index]).filter_map(|node| {
            let output = output_to(node, dataset)?;
            Some((output, format!("written by `{}` here", node.name)))
        });
        out.push(written.fold(problem, |problem, (output, text)| problem.label(&output.span, text)));
    }
}

fn output_to<'m>(node: &'m NodeSpec, dataset: &str) -> Option<&'m Binding> {
    node.outputs.iter().find(|output| base_name(&output.name) == dataset)
}
