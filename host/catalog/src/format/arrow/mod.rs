//! `arrow`: Arrow's IPC file format, which is Feather's; its stream format is read as well
//! (<https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc>).
//!
//! Every length that a file states is checked against the file, and the memory that it announces against the available
//! memory, before either is believed.

mod format;
mod load;
mod messages;

pub(super) use format::{Arrow, KIND};
