//! Acting on the schedule: calls on worker threads, storage on tokio, and everything told as events.
//!
//! One thread drives: it alone asks the schedule, holds the buffers and writes the report. Calls, loads and saves
//! report to it over one channel.

mod calls;
mod run;
mod setup;
mod transfers;

pub use run::run;
