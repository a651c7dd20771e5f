//! Events of a run, emitted to observers, and read back from journals.
//!
//! ```text
//! driver ──► Emitter ──► Record (time, run, worker, Event) ──► observers: log, progress bar, embedder
//!                                                          ──► JsonLines ──► journal, `--events` ──► Record
//! ```

mod column;
mod emitter;
#[expect(clippy::module_inception, reason = "one file for each concept, and this one is the event")]
mod event;
mod part;
mod record;
mod wire;

pub use column::TableColumn;
pub(crate) use emitter::{Emitter, NodeTelemetry};
pub use event::{Event, LeftOut};
pub use part::At;
pub use record::{EVENT_FORMAT, Observer, Record};
