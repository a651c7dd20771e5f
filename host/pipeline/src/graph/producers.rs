//! Checks that every dataset has at most one maker.

use super::relations::Relations;
use crate::manifest::NodeSpec;
use crate::problem::Problem;

pub(super) fn check(nodes: &[NodeSpec], relations: &Relations, out: &mut Vec<Problem>) {
    let Relations { names, edges, .. } = relations;
    for (dataset, producers) in edges.producers.iter_enumerated().filter(|(_, producers)| producers.len() > 1) {
        let name = names.name(dataset);
        let count = match producers.len() {
            2 => "two".to_owned(),
            count => count.to_string(),
        };
        let problem = Problem::new("wpipe::graph::two_producers", format!("{count} nodes write `{name}`"))
            .help("a dataset has one producer: rename one of the outputs".to_owned());
        let written = producers.iter().map(|index| &nodes[*index]).filter_map(|node| {
            let output = node.outputs.iter().find(|output| names.dataset(&output.name) == Some(dataset))?;
            Some((output, format!("written by `{}` here", node.name)))
        });
        out.push(written.fold(problem, |problem, (output, text)| problem.label(&output.span, text)));
    }
}
