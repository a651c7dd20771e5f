//! Skipping work whose result is there already.
//!
//! The **key** of a node's call holds everything that its result depends on: the component's digest, the function, the
//! parameters it is given, and its inputs. An input's key is the stored content, or, where a node makes it, the key of
//! that node's call: nodes are given nothing but their inputs, no clock, no randomness, no network, so that equal keys
//! mean equal results. So a plan knows every key before anything runs.
//!
//! The key also holds the manifest's settings of the node and of its datasets, since the form of a dataset in storage
//! decides what is read of it: every setting counts, except a few keys that are known not to matter (`settings`).
//!
//! The records of runs are kept in `.wpipe/incremental/`, by manifest and environment: each node's key with the parts
//! that it was made from, and the marks that storage gave to the outputs. A node is left out if its key is the same,
//! its stored outputs are there as they were saved, and no running node needs an output of it that lives in memory
//! only.
//!
//! In a multipipeline that runs, partitions are left out one by one in the same way: those whose calls depend on the
//! same, which were made of the same partitions, and whose results are still where they were saved. For a set that the
//! run itself makes, the slicer checks that.

mod decide;
mod key;
mod partitions;
mod project;
mod record;
mod settings;

pub use decide::{Decision, Reason};
pub(crate) use decide::{World, keys};
pub(crate) use key::{CallKey, differing, digest_of_input, digest_of_output, digest_of_text};
pub use project::{Incremental, IncrementalOptions};
pub(crate) use project::{digests_of_components, settings_of};
pub(crate) use settings::of_partition;
