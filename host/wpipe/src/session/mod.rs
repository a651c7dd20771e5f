//! A run from its manifest to its record, in steps that follow each other by their types.
//!
//! ```text
//!            ┌─ select ─► SelectedPart ─┐
//! Session ───┤            (incremental) ├─ build ─► BuiltPart ─ load ─► ReadyPart ─ run ─► FinishedRun
//!            └─ resume ─► RemainingPart ┘                               (journal)          (record, next step)
//! ```
//!
//! Nothing can be left out: a step takes the result of the one before it, the session attaches earlier records to the
//! run, and the run is recorded when it ends, however it ends.

mod built;
mod finished;
mod next_step;
mod part;
mod ready;
mod scope;
mod start;

pub use built::BuiltPart;
pub use finished::FinishedRun;
pub use next_step::NextStep;
pub use part::{Remaining, RemainingPart, Selected, SelectedPart, UnbuiltPart};
pub use ready::ReadyPart;
pub use start::Session;
