//! The decisions of a run: calls, loads, saves, and the release of buffers, by a pure state machine.
//!
//! It is asked for [`Action`]s and told their results. It knows no bytes, no clock and no thread, so that every runner
//! decides alike, and any order of events can be tried in a test.

mod batches;
mod ids;
mod lanes;
mod plan;
mod rank;
mod rows;
mod state;

pub use ids::{BatchId, EntryId, ResourceId, TaskId};
pub(crate) use ids::{LaneId, PartId, SliceId};
pub(crate) use lanes::{Lanes, Stage, Unit};
pub use plan::{Batch, Entry, Order, Placed, Policy, Source, Task, Transfer};
pub use state::{Action, Schedule};
