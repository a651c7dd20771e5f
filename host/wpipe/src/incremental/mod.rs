//! Skipping work whose result is there already.
//!
//! The **key** of a node's call says everything that its result depends on: the component's digest, the function, the
//! parameters it is given, and its inputs. An input's key is the content of what is in storage, or, where a node makes
//! it, the key of that node's call: nodes are given nothing but their inputs, no clock, no randomness, no network, so
//! that equal keys mean equal results. So a plan knows every key before anything runs.
//!
//! The key also holds what the manifest says of the node and of its datasets, since the form of a dataset in storage
//! decides what is read of it: whatever is written counts, but for a few keys that are known not to matter (`settings`).
//!
//! What a run has done is kept in `.wpipe/incremental/`, by manifest and environment: each node's key with the parts that
//! it was made from, and the marks that storage gave to the outputs. A node is left out if its key is the same, its
//! stored outputs are there as they were saved, and nobody who runs needs an output of it that lives in memory only.
//!
//! Of a multipipeline that runs, partitions are left out one by one in the same way: those whose calls depend on the
//! same, which were made of the same partitions, and whose results are still where they were saved. Of a set that the run
//! itself makes, it is the slicer who finds that.

mod decide;
mod key;
mod partitions;
mod project;
mod record;
mod settings;

pub use decide::{Decision, Reason};
pub(crate) use decide::{World, keys};
pub(crate) use key::{CallKey, differing, digest_of_input};
pub use project::{Incremental, IncrementalOptions};
pub(crate) use project::{digests_of_components, settings_of};
pub(crate) use settings::of_partition;
