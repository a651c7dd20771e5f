//! Whole manifests: what they mean, and what people see when something is wrong with them.

mod catalog;
mod golden;
mod graph_problems;
mod laws;
mod manifest_problems;
mod order;
mod plan;
mod selection;
mod selection_laws;
mod support;
mod type_problems;
