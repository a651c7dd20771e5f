//! Parts of a pipeline: what the selection flags of `plan` and `run` mean.
//!
//! The sets are those of Kedro 1.7 where Kedro has the flag. Each filter is a set of nodes of the *whole* pipeline, the
//! selection is what all of them have in common, less what is excluded. Where we differ from Kedro:
//!
//! - The nodes of a selection keep the order that they have in the whole pipeline. Kedro computes it anew from what is
//!   left, and so may run work in another order when something before it is left out.
//! - A name that is repeated counts once, and overlapping namespaces are no error.
//! - A tag that no node has is an error with a suggestion, not an empty set.
//! - A dataset that is written in one format and read in another (`x@csv`, `x@parquet`) is one dataset here as well: if
//!   storage does not have what is read, its maker runs again, for `--only-missing-outputs` and when a run is resumed.
//! - A run is resumed where everything that runs again finds what it reads. Kedro looks at what is not done only, and
//!   fails where a node that is done runs again because it depends on another.

mod missing_outputs;
mod resume;
mod selection;
mod sets;

pub use selection::{Selection, SelectionError};
