//! `arrow`: Arrow's IPC file format, which is Feather's; its stream format is read as well
//! (<https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc>).
//!
//! Columns that are laid out as in a table, plain or compressed, are read straight to their places in it ([`direct`]); the
//! others are decoded first ([`load`]).
//!
//! Every length that a file states is checked against the file, and the memory that it announces against the available
//! memory, before either is believed.

mod batch;
mod direct;
mod format;
mod load;
mod messages;
mod packing;
mod ranges;

pub(super) use format::{Arrow, KIND};
