//! The runs of a project: each writes a journal while it runs, which can be read at any time after.
//!
//! ```text
//! .wpipe/runs/<run id>/run.json       the description: manifest, components, selection, parameters; written first
//! .wpipe/runs/<run id>/inputs.json    the partitions of its free inputs, where it has a multipipeline over some
//! .wpipe/runs/<run id>/events.jsonl   every event, appended as it happens
//! ```
//!
//! A process that is killed leaves a journal that ends early, with at most one line cut short: every event in it has
//! happened.

mod details;
mod differences;
mod error;
mod gathered;
mod journal;
mod json;
mod prune;
mod read;
mod redact;
mod state;
mod timeline;
mod trace;

pub use details::LogLine;
pub(crate) use details::{DatasetDetails, NodeDetails, RunDetails, Transfers};
pub use error::HistoryError;
pub(crate) use gathered::Gathered;
pub(crate) use journal::{InputPartitions, Journal, RunContext, check_place, digest_of_manifest, filters_of};
pub use journal::{Resumed, RunDescription};
pub use prune::Prune;
pub(crate) use read::JournalMark;
pub use read::{DamagedRun, History, MultipipelineRecord, NodeRecord, RunRecord, WrittenPartitions};
pub(crate) use redact::{given_params, keeps_param, redacted};
pub use state::RunState;
pub use timeline::{SpanKind, TimelineSpan};
pub use trace::trace;
