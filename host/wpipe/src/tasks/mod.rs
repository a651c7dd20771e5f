//! Runs whose parts are processes, on whatever machines: storage is the only thing that they share.
//!
//! ```text
//! <store>/<run>/run.json                    what the run is of; written once, and compared by everybody
//! <store>/<run>/attempts/<task>/<n>.json    an attempt at a task has begun
//! <store>/<run>/plans/<task>/<n>/…          the division that attempt n at a slicer has made
//! <store>/<run>/results/<task>.json         the first attempt that ended well; written once
//! <store>/<run>/journals/<task>/<n>/…       the journal of an attempt that has ended
//! <store>/<run>/data/…                      datasets that cross tasks and that the manifest stores nowhere
//! ```
//!
//! Any task may be repeated, lost, late, or run twice at once: results are created and never replaced, and what an attempt
//! writes to a set lies in a folder of its own until the set is committed.
//!
//! | files | |
//! |---|---|
//! | `graph` | the tasks of a project, with their command lines |
//! | `run_store`, `records` | the store of runs, and what is written there |
//! | `session`, `work` | one attempt at a task, step by step |
//! | `journals` | the journals of all attempts as one |

mod error;
mod graph;
mod journals;
mod records;
mod run_store;
mod session;
mod work;

pub use error::TaskError;
pub use graph::TaskCommand;
pub use journals::GatheredRuns;
pub use run_store::RunStore;
pub use session::{BegunTask, FinishedTask, LoadedTask, ReadyTask, TaskRequest, TaskSession};
