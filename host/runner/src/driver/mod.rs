//! Acting on the schedule: calls on worker threads, storage on tokio, and everything reported as events.
//!
//! One thread drives: only it asks the schedule, and the owners of the run's state. Calls, loads and saves report to it
//! over one channel, as completions.
//!
//! | files | |
//! |---|---|
//! | `run` | the driving thread: its loop, and the owners of its state |
//! | `layout`, `setup` | a job as tasks and entries, and its schedule |
//! | `nodes`, `loads`, `saves` | the work of the driving thread for one action, and for its result |
//! | `slicer`, `slices`, `partitions`, `barrier`, `checkpoints` | the same for multipipelines |
//! | `pieces` | the same for one piece of a multipipeline, while other processes do the others |
//! | `calls`, `buffers`, `sets`, `groups`, `in_flight`, `streams`, `results` | owners: each alone changes its state |
//! | `call`, `caller` | one call, and its execution on any thread |
//! | `transfers`, `transfer`, `completion`, `observed`, `progress`, `storage` | loads and saves as futures |
//! | `shares`, `share`, `fetch` | the shared store: who shares what, one hand-over, one load that is shared |
//! | `stream`, `reading`, `resident`, `listed` | saving and loading beside a node; a dataset's content in memory |

mod barrier;
mod buffers;
mod call;
mod caller;
mod calls;
mod checkpoints;
mod completion;
mod explain;
mod fetch;
mod groups;
mod in_flight;
mod layout;
mod listed;
mod loads;
mod nodes;
mod observed;
mod partitions;
mod pieces;
mod progress;
mod reading;
mod resident;
mod results;
mod run;
mod saves;
mod sets;
mod setup;
mod share;
mod shares;
mod slicer;
mod slices;
mod storage;
mod stream;
mod streams;
mod transfer;
mod transfers;

pub use run::run;
