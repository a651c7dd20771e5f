//! Parts of a pipeline: what the selection flags of `plan` and `run` mean.
//!
//! The sets are those of Kedro 1.7 where Kedro has the flag. Each filter is a set of nodes of the *whole* pipeline, the
//! selection is what all of them have in common, less what is excluded. Where we differ from Kedro:
//!
//! - The nodes of a selection keep the order that they have in the whole pipeline. Kedro computes it anew, and so runs
//!   work in another order whenever a node between is left out.
//! - A name that is repeated counts once, and overlapping namespaces are no error.
//! - A tag that no node has is an error with a suggestion, not an empty set.
//! - A missing output written in one format and read in another (`x@csv`, `x@parquet`) has its writer run again.

mod missing_outputs;
mod resume;
mod selection;
mod sets;

pub use selection::{Selection, SelectionError};
