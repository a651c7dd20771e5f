//! Partitioned datasets: one buffer for each id, read one after the other and written one by one.
//!
//! | among the arguments | is |
//! |---|---|
//! | [`Partitions<T>`](Partitions) | an input: its ids at once, its contents when the node asks for them |
//! | [`PartitionedOutput<T>`](PartitionedOutput) | an output: each partition is finished as soon as it is written |
//!
//! | returned | is |
//! |---|---|
//! | [`Partitioned<T>`](Partitioned) | the same, for outputs that are small enough to be made first |
//!
//! `T` is what it is for single datasets: [`View`](crate::View) for inputs, [`Produce`](crate::Produce) for outputs.
//!
//! [`map`] makes a partition of each.

mod input;
mod map;
mod output;

pub use input::{IntoPartitions, Loaded, Partition, PartitionError, Partitions};
pub use map::{MapError, map};
#[cfg(not(target_arch = "wasm32"))]
pub use output::WrittenPartitions;
pub use output::{Partitioned, PartitionedOutput};
