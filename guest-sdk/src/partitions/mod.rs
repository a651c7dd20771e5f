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
//! `T` means the same as for single datasets: [`View`](crate::View) for inputs, [`Produce`](crate::Produce) for
//! outputs.
//!
//! Nodes over partitions mostly do one of three things: [`Split`] divides a table by the values of some columns,
//! [`Concat`] makes one table of many, and [`map`] makes a partition of each.

mod concat;
mod input;
mod keys;
mod map;
mod output;
mod split;
mod template;

pub use concat::{Concat, ConcatError};
pub use input::{IntoPartitions, Loaded, Partition, PartitionError, Partitions};
pub use map::{MapError, map};
#[cfg(not(target_arch = "wasm32"))]
pub use output::WrittenPartitions;
pub use output::{Partitioned, PartitionedOutput};
pub use split::{Split, SplitError};
