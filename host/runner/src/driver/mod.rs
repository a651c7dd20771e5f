//! Acting on the schedule: calls on worker threads, storage on tokio, and everything told as events.
//!
//! One thread drives: it alone asks the schedule, and the owners of what a run keeps account of. Calls, loads and saves
//! report to it over one channel, as completions.
//!
//! | files | |
//! |---|---|
//! | `run` | the driving thread: its loop, and who owns what |
//! | `layout`, `setup` | a job as tasks and entries, and its schedule |
//! | `nodes`, `loads`, `saves` | what the driving thread does with one action, and with what came of it |
//! | `slicer`, `slices`, `partitions`, `barrier`, `checkpoints` | the same for multipipelines |
//! | `calls`, `buffers`, `sets`, `groups`, `in_flight`, `streams`, `results` | owners: each changes what it has itself |
//! | `call`, `caller` | one call, and how it is made on whichever thread |
//! | `transfers`, `transfer`, `completion`, `observed`, `progress`, `storage` | loads and saves as futures, and what they report |
//! | `stream`, `reading`, `resident`, `listed` | saving and loading beside a node; what is in memory of a dataset |

mod barrier;
mod buffers;
mod call;
mod caller;
mod calls;
mod checkpoints;
mod completion;
mod groups;
mod in_flight;
mod layout;
mod listed;
mod loads;
mod nodes;
mod observed;
mod partitions;
mod progress;
mod reading;
mod resident;
mod results;
mod run;
mod saves;
mod sets;
mod setup;
mod slicer;
mod slices;
mod storage;
mod stream;
mod streams;
mod transfer;
mod transfers;

pub use run::run;
