//! The validated graph: nodes in order, datasets with who makes and who reads them.

mod build;
mod graph_view;
mod missing;
mod multipipeline;
mod report;
mod types;

pub use multipipeline::Multipipeline;
pub use types::{Dataset, Node, Pipeline, Role};
