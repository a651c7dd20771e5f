//! A pipeline as tasks: what other engines run, each task in a process of its own, on whatever machine.
//!
//! ```text
//! ResolvedGraph ─► units (a node, or a multipipeline) ─► groups of units ─► tasks, and the datasets that cross them
//! ```
//!
//! A multipipeline is a slicer, its slices and a barrier, unless it has one slice only: then it runs within one task.
//!
//! | files | |
//! |---|---|
//! | `types` | the task graph, as it is written and read back |
//! | `units`, `grouping` | the pieces that tasks are made of, and the ways to put them together |
//! | `build` | the tasks, their names, needs and crossing datasets |

mod build;
mod grouping;
mod types;
mod units;

pub use grouping::GroupError;
pub use types::{Crossing, GraphTask, GroupBy, TaskGraph, TaskKind, TaskOptions};
