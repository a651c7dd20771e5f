//! The state of a run in a picture: of each node what became of it and why, of each dataset where it is.

use std::collections::HashSet;

use wpipe_pipeline::ResolvedGraph;
use wpipe_text::size;

use super::picture::{Picture, PictureRun, Vertex, VertexKind, VertexStatus};
use super::why::why;
use crate::history::{DatasetDetails, NodeDetails, RunDetails, RunRecord, RunState, Transfers};

impl Picture {
    /// Adds the state of a run; `before` is an earlier one, whose calls its calls are compared with.
    pub(super) fn show_run(
        &mut self,
        graph: &ResolvedGraph,
        record: &RunRecord,
        details: &RunDetails,
        before: Option<&RunRecord>,
    ) {
        let persisted = record.persisted.iter().filter_map(|name| graph.find_dataset(name));
        let persisted: HashSet<&str> = persisted.map(|id| graph[id].name.as_str()).collect();
        let reasons = why(graph, record, details, before);
        for vertex in &mut self.vertices {
            let name = vertex.name.clone();
            match vertex.kind {
                VertexKind::Parameter => {}
                VertexKind::Dataset => {
                    vertex.status = persisted.contains(name.as_str()).then_some(VertexStatus::Completed);
                    if let Some(of) = details.datasets.get(&name) {
                        show_dataset(vertex, of);
                    }
                }
                VertexKind::Node => {
                    show_node(vertex, record);
                    vertex.why = reasons(&name);
                    if let Some(of) = details.nodes.get(&name) {
                        show_calls(vertex, of);
                    }
                }
            }
        }
        for group in &mut self.groups {
            let Some(of) = record.multipipelines.get(&group.name) else { continue };
            group.partitions = Some([of.completed.len(), of.failed.len(), of.total()]);
            group.failed.clone_from(&of.failed);
        }
        self.run = Some(PictureRun {
            id: record.description.id.clone(),
            state: record.state.to_string(),
            seconds: record.seconds,
            errors: record.errors.clone(),
        });
    }
}

fn show_node(vertex: &mut Vertex, record: &RunRecord) {
    let node = record.nodes.get(&vertex.name);
    vertex.seconds = node.and_then(|node| node.seconds);
    vertex.error = node.and_then(|node| node.error.clone());
    vertex.status = Some(match node {
        Some(node) if node.seconds.is_some() => VertexStatus::Completed,
        Some(node) if node.error.is_some() => VertexStatus::Failed,
        Some(_) if record.state == RunState::Running => VertexStatus::Running,
        _ => VertexStatus::NotRun,
    });
    let Some(node) = node else { return };
    let [copied, mapped, moved] = node.copied_mapped_moved;
    if copied + mapped + moved > 0 {
        let bytes = format!("{} copied, {} mapped, {} moved", size(copied), size(mapped), size(moved));
        vertex.facts.insert("handed over", bytes);
    }
    if let Some(worker) = node.worker {
        vertex.facts.insert("worker", (worker + 1).to_string());
    }
    if node.attempt > 1 {
        vertex.facts.insert("attempts", node.attempt.to_string());
    }
}

fn show_calls(vertex: &mut Vertex, details: &NodeDetails) {
    if details.peak_memory > 0 {
        vertex.facts.insert("memory at most", size(details.peak_memory));
    }
    if details.calls > 1 {
        vertex.facts.insert("calls", details.calls.to_string());
    }
    if details.retries > 0 {
        vertex.facts.insert("calls made again", details.retries.to_string());
    }
    if !details.figures.is_empty() {
        let figures = details.figures.iter().map(|(name, value)| format!("{name} = {value}"));
        vertex.facts.insert("figures", figures.collect::<Vec<_>>().join(", "));
    }
    vertex.log.clone_from(&details.log);
    vertex.log_left_out = details.earlier_lines;
}

fn show_dataset(vertex: &mut Vertex, details: &DatasetDetails) {
    vertex.bytes = details.bytes();
    vertex.seconds = details.seconds();
    let transports: Vec<_> = details.transports.iter().map(String::as_str).collect();
    vertex.transport = (!transports.is_empty()).then(|| transports.join(", "));
    if let Some(bytes) = details.made {
        vertex.facts.insert("in memory", size(bytes));
    }
    if let Some(bytes) = details.attached {
        vertex.facts.insert("attached from the store", size(bytes));
    }
    if let Some((bytes, _)) = details.shared {
        vertex.facts.insert("in the shared store", size(bytes));
    }
    let told = |of: &Transfers| format!("{}, {}, {:.3} s", of.location, size(of.bytes), of.seconds);
    for (title, all) in [("loaded from", &details.loads), ("saved to", &details.saves)] {
        let done: Vec<_> = all.values().filter(|one| one.count > 0).map(told).collect();
        if !done.is_empty() {
            vertex.facts.insert(title, done.join("; "));
        }
        vertex.error = vertex.error.take().or_else(|| all.values().find_map(|one| one.error.clone()));
    }
    if vertex.error.is_some() {
        vertex.status = Some(VertexStatus::Failed);
    }
}
