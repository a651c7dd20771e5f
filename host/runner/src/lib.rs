//! The order of work: the schedule, the drivers around it, and the events that they emit.
//!
//! ```text
//!   Job (nodes, datasets, limits) ──► Schedule (pure): the next loads, calls, saves and releases
//!                                        ▲ │ actions
//!                                 events │ ▼
//!   Report | Failure ◄──────────────── driver ──► events ──► observers: log, progress, journal, embedder
//!                                       ▲ │
//!                                       │ ▼
//!                   calls on worker threads · loads and saves on tokio
//! ```
//!
//! The schedule decides and the driver acts, so that a sequential and a parallel run of the same pipeline differ only
//! in the work that happens at the same time.
//!
//! **Invariant.** The schedule is pure: the same job and the same completions give the same decisions.

mod driver;
mod error;
mod event;
mod executor;
mod job;
mod json_lines;
mod memory;
mod options;
mod piece;
mod report;
mod retry;
mod route;
mod run_id;
mod schedule;
mod sharing;
mod storage;
mod workers;

pub use driver::run;
pub use error::RunError;
pub use event::{At, EVENT_FORMAT, Event, LeftOut, Observer, Record, TableColumn};
pub use executor::Executor;
pub use job::{Binding, Job, JobDataset, JobNode, SchemaId};
pub use json_lines::JsonLines;
pub use memory::{default_memory, default_node_memory};
pub use options::{DonePartition, OnSaveError, RunOptions, Runner};
pub use piece::{Contents, Division, Piece, SetBefore, SliceOutcome, SliceWork};
pub use report::{Content, Failure, Output, Partitions, Report};
pub use retry::{Retry, RetryOn};
pub use route::{Facts, PartitionReaders, Route};
pub use run_id::{RunId, timestamp};
pub use schedule::{
    Action, Batch, BatchId, Entry, EntryId, Order, Placed, Policy, ResourceId, Schedule, Source, Task, TaskId, Transfer,
};
pub use sharing::Sharing;
pub use storage::StorageRuntime;
pub use wpipe_pipeline::Persist;
pub use wpipe_sandbox::Level as LogLevel;
