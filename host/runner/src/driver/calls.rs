//! The calls of a run: the thread of each, and its recorded results.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use wpipe_pipeline::NodeId;
use wpipe_sandbox::Outcome;

use super::call::{Attempt, CallRequest, WorkerId};
use super::caller::Caller;
use super::completion::Completion;
use crate::RunError;
use crate::schedule::TaskId;
use crate::workers::Workers;

/// The calls of a run, with their threads and results.
pub(super) struct Calls {
    caller: Arc<Caller>,
    completions: Sender<Completion>,
    /// The threads that make them; `None` if the driving one does.
    workers: Option<Workers>,
    /// The call that begins next.
    held: Option<CallRequest>,
    /// Calls that have succeeded, provided that the sets that they read are still as they were listed.
    unchecked: HashMap<TaskId, (Outcome, Attempt)>,
    /// The most memory that calls of a node have had, in bytes.
    peaks: HashMap<NodeId, u64>,
    /// The free workers of this run, and the number that it has had.
    free: Vec<WorkerId>,
    numbered: usize,
}

impl Calls {
    /// Returns the owner of calls of which `most` are made at once, by `workers`; a single one is made by the driving
    /// thread.
    pub(super) fn new(caller: Caller, completions: Sender<Completion>, most: usize, workers: Workers) -> Self {
        let workers = (most > 1).then_some(workers);
        let (unchecked, peaks) = (HashMap::new(), HashMap::new());
        Self {
            caller: Arc::new(caller),
            completions,
            workers,
            held: None,
            unchecked,
            peaks,
            free: Vec::new(),
            numbered: 0,
        }
    }

    /// Returns true if all calls are made on the driving thread.
    pub(super) fn are_made_here(&self) -> bool {
        self.workers.is_none()
    }

    /// Keeps a call until the driving thread has nothing else to do, and returns the one that it kept before.
    pub(super) fn hold(&mut self, request: CallRequest) -> Option<CallRequest> {
        self.held.replace(request)
    }

    pub(super) fn take_held(&mut self) -> Option<CallRequest> {
        self.held.take()
    }

    /// Makes a call on this thread.
    pub(super) fn make(&self, request: CallRequest) -> Completion {
        self.caller.call(request, None)
    }

    /// Takes a free worker: the schedule begins no more calls at once than a run has workers.
    pub(super) fn take_worker(&mut self) -> WorkerId {
        self.free.pop().unwrap_or_else(|| {
            self.numbered += 1;
            WorkerId::new(self.numbered - 1)
        })
    }

    /// Gives a call to a worker; [`Completion::Called`] follows.
    pub(super) fn begin(&self, request: CallRequest, worker: WorkerId) -> Result<(), RunError> {
        let (caller, completions) = (self.caller.clone(), self.completions.clone());
        let Some(workers) = &self.workers else { unreachable!("what is made here is not begun elsewhere") };
        let work = move || {
            let ended = caller.call(request, Some(worker));
            // The thread outlives the run, and must hold nothing of it when the run returns.
            drop(caller);
            // The driving thread may be gone, after a defect of its own.
            let _ = completions.send(ended);
        };
        let cannot = |error| RunError::Environment(format!("failed to start a worker thread: {error}"));
        workers.begin(work).map_err(cannot)
    }

    /// Frees the worker of a call that has ended.
    pub(super) fn ended(&mut self, worker: Option<WorkerId>) {
        self.free.extend(worker);
    }

    /// Keeps the result of a call until it is known whether the sets that it read are unchanged.
    pub(super) fn set_aside(&mut self, task: TaskId, outcome: Outcome, attempt: Attempt) {
        self.unchecked.insert(task, (outcome, attempt));
    }

    /// Takes the result of a call that was set aside.
    pub(super) fn take_aside(&mut self, task: TaskId) -> Option<(Outcome, Attempt)> {
        self.unchecked.remove(&task)
    }

    /// Records the peak memory of a call.
    pub(super) fn note_peak(&mut self, node: NodeId, bytes: u64) {
        let peak = self.peaks.entry(node).or_default();
        *peak = bytes.max(*peak);
    }

    /// Returns the largest peak memory of a node's calls so far, in bytes.
    pub(super) fn peak(&self, node: NodeId) -> Option<u64> {
        self.peaks.get(&node).copied()
    }
}
