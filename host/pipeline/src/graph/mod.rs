//! The rules of the graph: makers and readers of each dataset, the absence of cycles, and the order that follows.
//!
//! Datasets are joined by their base name, so `b@csv` and `b@parquet` are one dataset in two formats. Order and
//! levels are those of Kedro, so that its users find the familiar ones: a node's level is the longest path that
//! leads to it, and within a level nodes run in the order of their full names. The gates of a multipipeline, its slicer
//! and its barrier, are waited at and are no steps of a path.

mod barriers;
mod cycles;
mod edges;
mod levels;
mod look_alikes;
mod multipipelines;
mod names;
mod parameters;
mod partitions;
mod paths;
mod producers;
mod relations;
mod rules;

pub(crate) use barriers::ordered_levels;
pub(crate) use cycles::{shortest_cycle, tangles};
pub(crate) use partitions::partitioned;
pub use paths::look_up;
pub(crate) use paths::{at_keys, paths};
pub(crate) use relations::Relations;
pub(crate) use rules::problems;
