//! Making a call, on any thread: its attempts, and the waits between them.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use wpipe_buffer::Readers;
use wpipe_pipeline::NodeId;
use wpipe_sandbox::{Argument, Call, CallError, Outcome, Taker};

use super::call::{Attempt, CallFailure, CallRequest, WorkerId};
use super::completion::Completion;
use crate::event::{Emitter, NodeTelemetry};
use crate::{At, Event, Job};

/// The time for which a cancelled run may go unnoticed.
pub(super) const POLL: Duration = Duration::from_millis(20);

/// The common state of all calls of a run.
pub(super) struct Caller {
    pub(super) job: Arc<Job>,
    pub(super) emitter: Emitter,
    pub(super) cancel: Arc<AtomicBool>,
}

impl Caller {
    /// Makes the call, and retries as its node's `retry` says. `worker` makes it, or else the driving thread.
    pub(super) fn call(&self, request: CallRequest, worker: Option<WorkerId>) -> Completion {
        let (task, started) = (request.task, Instant::now());
        let mut failures = 0;
        // A defect of an observer must not leave the driving thread waiting.
        let attempts = AssertUnwindSafe(|| self.attempts(request, worker, &mut failures));
        let result = panic::catch_unwind(attempts).unwrap_or(Err(CallFailure::Host));
        let attempt = Attempt { number: failures + u32::from(result.is_ok()), worker };
        Completion::Called { task, attempt, result, duration: started.elapsed() }
    }

    fn attempts(
        &self,
        request: CallRequest,
        worker: Option<WorkerId>,
        failures: &mut u32,
    ) -> Result<Outcome, CallFailure> {
        let CallRequest { task: _, node, at, arguments, readers, takers } = request;
        let (id, node) = (node, &self.job.nodes[node]);
        let emitter = self.emitter.on_worker(worker.map(usize::from));
        let mut next = Some(arguments);
        loop {
            let Some(arguments) = next.take() else { unreachable!("a call is only repeated with its arguments") };
            if node.retry.times > *failures {
                next = arguments.iter().map(again).collect();
            }
            let error = match self.attempt((id, &at), arguments, (readers.clone(), takers.clone()), &emitter) {
                Ok(outcome) => return Ok(outcome),
                Err(error) => error,
            };
            *failures += 1;
            let wait = match &error {
                CallFailure::Call(error) if next.is_some() => node.retry.wait(*failures, error),
                _ => None,
            };
            let Some(delay) = wait else { return Err(error) };
            emitter.emit(|| Event::NodeRetried {
                node: self.job.graph[id].name.clone(),
                at: at.clone(),
                error: error.to_string(),
                attempt: *failures,
                delay,
            });
            if !self.sleep(delay) {
                return Err(CallFailure::Call(CallError::Cancelled));
            }
        }
    }

    fn attempt(
        &self,
        (node, at): (NodeId, &At),
        arguments: Vec<Argument>,
        (readers, takers): (Vec<Readers>, Vec<Option<Arc<dyn Taker>>>),
        emitter: &Emitter,
    ) -> Result<Outcome, CallFailure> {
        let (of, node) = (&self.job.graph[node], &self.job.nodes[node]);
        let call = Call {
            component: &node.component,
            node: &of.function,
            arguments,
            readers,
            takers,
            limits: node.limits,
            telemetry: Arc::new(NodeTelemetry { node: of.name.clone(), at: at.clone(), emitter: emitter.clone() }),
            cancel: self.cancel.clone(),
        };
        // A defect of the host in one call must not take the other calls' results and owed saves with it.
        match panic::catch_unwind(AssertUnwindSafe(|| call.run())) {
            Ok(result) => result.map_err(CallFailure::Call),
            Err(_) => Err(CallFailure::Host),
        }
    }

    /// Waits, unless the run is cancelled meanwhile.
    fn sleep(&self, delay: Duration) -> bool {
        let end = Instant::now() + delay;
        while !self.cancel.load(Ordering::Relaxed) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::sleep(left.min(POLL));
        }
        false
    }
}

/// Returns an argument for another attempt after a failure; a moved buffer is gone after the first one.
fn again(argument: &Argument) -> Option<Argument> {
    match argument {
        Argument::Single(buffer) => Some(Argument::Single(buffer.clone())),
        Argument::Moved(_) => None,
        Argument::Partitioned(partitions) => Some(Argument::Partitioned(partitions.clone())),
        Argument::Parameter(json) => Some(Argument::Parameter(json.clone())),
    }
}
