//! What runs when: the schedule, the drivers around it, and the events that they emit.
//!
//! ```text
//!   Job (nodes, datasets, limits) ──► Schedule (pure: ready, started, done; what can be released)
//!                                        ▲ │
//!                                        │ ▼
//!   Report | Failure ◄───────────── sequential driver ──► events ──► observers: log, progress, journal, embedder
//!                                     load · call · save
//! ```
//!
//! The schedule decides and the driver acts, so that every driver runs the same pipeline in an order which the
//! schedule allows, emits the same events, and releases the same buffers.
//!
//! **Invariant.** The schedule is pure: the same job and the same completions give the same decisions.

mod error;
mod event;
mod job;
mod json_lines;
mod report;
mod run_id;
mod schedule;
mod sequential;
mod storage;

pub use error::RunError;
pub use event::{Event, Observer, Record};
pub use job::{Binding, Job, JobDataset, JobNode, SchemaId};
pub use json_lines::JsonLines;
pub use report::{Failure, Output, Report};
pub use run_id::RunId;
pub use schedule::{Schedule, Task};
pub use sequential::{RunOptions, run_sequential};
pub use storage::StorageRuntime;
pub use wpipe_sandbox::Level as LogLevel;
