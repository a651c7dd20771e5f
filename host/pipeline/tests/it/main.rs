//! Tests of whole manifests: their meaning, and the errors that people see.

mod catalog;
mod edit;
mod golden;
mod graph_problems;
mod laws;
mod manifest_problems;
mod multipipeline_laws;
mod multipipeline_problems;
mod multipipelines;
mod order;
mod passing;
mod plan;
mod resolved;
mod selection;
mod selection_laws;
mod slice_laws;
mod slices;
mod support;
mod task_laws;
mod tasks;
mod type_problems;
