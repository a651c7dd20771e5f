//! Parts of a pipeline: the meaning of the selection flags of `plan` and `run`.
//!
//! The sets are those of Kedro 1.7 where Kedro has the flag. Each filter is a set of nodes of the *whole* pipeline. The
//! selection is their intersection, less the excluded nodes. It differs from Kedro in these points:
//!
//! - The nodes of a selection keep the order that they have in the whole pipeline. Kedro computes the order of the rest
//!   anew, and so may run work in another order when something before it is left out.
//! - A name that is repeated counts once, and overlapping namespaces are no error.
//! - A tag that no node has is an error with a suggestion, not an empty set.
//! - A dataset that is written in one format and read in another (`x@csv`, `x@parquet`) is one dataset here as well: if
//!   storage lacks the format that is read, its maker runs again, for `--only-missing-outputs` and when a run is
//!   resumed.
//! - A run is resumed where every node that runs again finds its inputs. Kedro looks only at nodes that are not done,
//!   and fails where a node that is done runs again because it depends on another.

mod missing_outputs;
mod resume;
mod selection;
mod sets;

pub use selection::{Selection, SelectionError};
