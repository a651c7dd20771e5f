//! The messages that the driving thread waits for: a call, a load or a save has ended, and how.

use std::collections::BTreeSet;
use std::sync::mpsc::Sender;
use std::time::Duration;

use wpipe_catalog::{Loaded, SetWriter};
use wpipe_pipeline::{FormatId, GroupId};
use wpipe_sandbox::Outcome;

use super::call::{Attempt, CallFailure};
use super::resident::Resident;
use super::share::Shared;
use super::transfer::{SaveOutcome, TransferError};
use crate::schedule::{EntryId, TaskId};

/// The end of some work.
pub(super) enum Completion {
    /// A node's call, by a worker or by the driving thread.
    Called { task: TaskId, attempt: Attempt, result: Result<Outcome, CallFailure>, duration: Duration },
    /// A load.
    Loaded { entry: EntryId, result: Result<LoadOutcome, TransferError> },
    /// A save.
    Saved { entry: EntryId, result: Result<SaveOutcome, TransferError> },
    /// The hand-over to the shared store, with what it has made.
    Shared { entry: EntryId, result: Result<Shared, TransferError> },
    /// Writes of a failed node's earlier outputs have ended.
    Settled,
    /// The sets that a multipipeline writes can be written.
    Prepared { group: GroupId, result: Result<Vec<Prepared>, SetFailure> },
    /// The check of the sets that a task has read: those that are not as they were listed.
    Checked { task: TaskId, result: Result<Vec<String>, SetFailure> },
}

/// The result of a load.
pub(super) struct LoadOutcome {
    pub(super) content: Resident,
    pub(super) retries: u32,
}

/// A set that storage does not let be written or read.
pub(super) struct SetFailure {
    pub(super) dataset: String,
    pub(super) error: TransferError,
}

/// A set that is ready to be written.
pub(super) struct Prepared {
    pub(super) dataset: FormatId,
    pub(super) writer: SetWriter,
    /// Partitions that it has had and that cannot be kept.
    pub(super) lost: BTreeSet<String>,
}

impl LoadOutcome {
    pub(super) fn whole(loaded: Loaded) -> Self {
        Self { content: Resident::Whole(loaded.buffer), retries: loaded.retries }
    }
}

impl Completion {
    pub(super) fn load(entry: EntryId) -> ToCompletion<LoadOutcome, TransferError> {
        Box::new(move |result| Self::Loaded { entry, result })
    }

    pub(super) fn share(entry: EntryId) -> ToCompletion<Shared, TransferError> {
        Box::new(move |result| Self::Shared { entry, result })
    }

    pub(super) fn save(entry: EntryId) -> ToCompletion<SaveOutcome, TransferError> {
        Box::new(move |result| Self::Saved { entry, result })
    }
}

/// The completion that reports a future's result to the driving thread.
pub(super) type ToCompletion<T, E> = Box<dyn FnOnce(Result<T, E>) -> Completion + Send>;

/// A future ended without a result.
pub(super) struct Dropped;

impl From<Dropped> for TransferError {
    fn from(_: Dropped) -> Self {
        Self::GivenUp
    }
}

impl From<Dropped> for SetFailure {
    fn from(_: Dropped) -> Self {
        Self { dataset: String::new(), error: TransferError::GivenUp }
    }
}

/// The reply of a transfer with its result; dropped without one, it reports that the transfer was lost.
pub(super) struct Reply<T, E: From<Dropped>> {
    completions: Sender<Completion>,
    make: Option<ToCompletion<T, E>>,
}

impl<T, E: From<Dropped>> Reply<T, E> {
    pub(super) fn new(completions: Sender<Completion>, make: ToCompletion<T, E>) -> Self {
        Self { completions, make: Some(make) }
    }

    pub(super) fn send(mut self, result: Result<T, E>) {
        if let Some(make) = self.make.take() {
            // The driving thread may be gone, after an error of its own.
            let _ = self.completions.send(make(result));
        }
    }
}

impl<T, E: From<Dropped>> Drop for Reply<T, E> {
    fn drop(&mut self) {
        if let Some(make) = self.make.take() {
            let _ = self.completions.send(make(Err(Dropped.into())));
        }
    }
}
