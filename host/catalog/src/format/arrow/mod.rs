//! `arrow`: Arrow's IPC file format, which is Feather's; its stream format is read as well
//! (<https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc>).
//!
//! Every length that a file states is checked against the file, and what it announces of memory against what there is,
//! before either is believed.

mod format;
mod load;
mod messages;

pub(super) use format::{Arrow, KIND};
