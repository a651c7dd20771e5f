//! Acting on the schedule: calls on worker threads, storage on tokio, and everything told as events.
//!
//! One thread drives: it alone asks the schedule, holds the buffers and writes the report. Calls, loads and saves
//! report to it over one channel. What is done for each partition of a multipipeline joins the schedule when its slice
//! comes to it (`groups`), and is then driven like everything else.

mod calls;
mod checkpoints;
mod groups;
mod layout;
mod nodes;
mod resident;
mod run;
mod setup;
mod stream;
mod transfers;

pub use run::run;
