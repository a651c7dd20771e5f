//! Partitioned datasets: many objects of one format below one root, replaced as one.
//!
//! ```text
//!   <root>/2020.01.csv                  a partition: its id is `2020.01`
//!   <root>/.wpipe/set.json              the manifest: the partitions of the set, and the run that made it
//!   <root>/.wpipe/<run>/2020.01.csv     the replacement of a partition, from a run
//!   <root>/.wpipe/<run>/.wpipe          in a local folder: that this one is ours, and may be swept
//!   <root>/.wpipe/checkpoint.json       the ids confirmed last
//! ```
//!
//! | | in storage | seen by readers |
//! |---|---|---|
//! | nobody has written | objects | all of them |
//! | `begin` | a manifest that names them | the same |
//! | `save` | new ids under their names, others below `.wpipe/<run>/` | the same |
//! | `commit` writes the manifest | | the new set, some of it below `.wpipe/<run>/` |
//! | `commit` settles | copies under the plain names, a manifest that says so, nothing else | the new set |
//!
//! The manifest is written whole or not at all, and everything that it names exists for as long as it is in force: so a
//! crash leaves the old set or the new one. All else that it leaves is finished or removed by the next `begin` or
//! `commit`. One run at a time may write a set; a second one is told when it commits.

mod checkpoint;
mod claims;
mod dataset;
mod describe;
#[cfg(test)]
mod faults;
mod listing;
mod manifest;
mod membership;
mod names;
mod partitioned;
mod settle;
mod verify;
mod writer;

pub use dataset::PartitionedDataset;
pub use describe::{Description, Leftover};
pub use listing::{Listing, Standing, Stored};
pub use partitioned::Partitioned;
pub use writer::{Committed, SavedPartition, SetWriter};

pub(crate) use checkpoint::CheckpointPlaces;
pub(crate) use dataset::SetParts;
pub(crate) use membership::Membership;
