//! Acting on the schedule: calls on worker threads, storage on tokio, and everything told as events.
//!
//! One thread drives: it alone asks the schedule, holds the buffers and writes the report. Calls, loads and saves
//! report to it over one channel.
//!
//! | files | |
//! |---|---|
//! | `run`, `nodes` | the driving thread: its loop, and the calls of nodes |
//! | `layout`, `setup` | a job by indices, and its schedule |
//! | `groups`, `slicer`, `slices`, `barrier`, `partitions`, `checkpoints` | multipipelines |
//! | `calls` | worker threads |
//! | `transfers`, `progress`, `storage`, `stream`, `reading`, `resident` | loads and saves, ahead of nodes and beside them |

mod barrier;
mod calls;
mod checkpoints;
mod groups;
mod layout;
mod nodes;
mod partitions;
mod progress;
mod reading;
mod resident;
mod run;
mod setup;
mod slicer;
mod slices;
mod storage;
mod stream;
mod transfers;

pub use run::run;
