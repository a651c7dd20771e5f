//! A manifest whose graph holds together, and the questions that people ask of it by names.

mod build;
mod graph_view;
mod known;
mod missing;
mod multipipeline;
mod placed;
mod report;
mod types;

pub use multipipeline::Multipipeline;
pub use types::{Dataset, FoundEntry, Pipeline};
