//! Events with their time: the lines of a journal.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::wire;
use crate::RunId;

/// The layout of recorded events, which [`Event::RunStarted`] says. A layout that older versions cannot make sense of has
/// another number; events and fields that are only more have not. Journals of before have none, and count as 0.
pub const EVENT_FORMAT: u32 = 1;

/// An event with its time and run: one line of a journal.
///
/// ```
/// use wpipe_runner::{Event, Record};
///
/// let line = r#"{"time":"2026-11-28T09:41:41.007Z","run":"2026-11-28T09.41.40.1Z","event":"node_skipped","node":"train"}"#;
/// let record: Record = serde_json::from_str(line)?;
/// assert_eq!(record.event, Event::NodeSkipped { node: "train".to_owned() });
/// assert_eq!(serde_json::to_string(&record)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The time of the event by the wall clock, to the millisecond.
    #[serde(with = "wire::rfc3339")]
    pub time: SystemTime,
    /// The time of the event since the run began, by a monotonic clock: durations between events are computed from it.
    /// `None` in journals without it.
    #[serde(
        rename = "elapsed_seconds",
        default,
        with = "wire::seconds_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub elapsed: Option<Duration>,
    /// The run.
    pub run: RunId,
    /// The worker thread that it happened on, from 0, if it is about a call that a worker made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<usize>,
    /// The event.
    #[serde(flatten)]
    pub event: Event,
}

/// An observer of runs. It is called from the thread on which an event happens, so it should be quick.
pub trait Observer: Send + Sync {
    /// Takes an event.
    fn observe(&self, record: &Record);
}

impl<F: Fn(&Record) + Send + Sync> Observer for F {
    fn observe(&self, record: &Record) {
        self(record);
    }
}
