//! Calls of nodes: what one is given, its retries, and on which thread it is made.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use wpipe_buffer::Readers;
use wpipe_pipeline::{Node, NodeId};
use wpipe_sandbox::{Argument, Call, CallError, Outcome, Taker};

use super::transfers::Done;
use crate::event::{Emitter, NodeTelemetry};
use crate::workers::Workers;
use crate::{At, Event, Job, RunError};

/// One call that is to be made.
pub(super) struct Order {
    pub(super) task: usize,
    pub(super) node: NodeId,
    /// Which of its calls.
    pub(super) at: At,
    pub(super) arguments: Vec<Argument>,
    /// Who is going to need each output.
    pub(super) readers: Vec<Readers>,
    /// Who takes the partitions of each output while the node goes on.
    pub(super) takers: Vec<Option<Arc<dyn Taker>>>,
}

/// Which attempt at a call was the last, and who made it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    /// From 1.
    pub(super) number: u32,
    /// The worker, if it was not the driving thread.
    pub(super) worker: Option<usize>,
}

impl Order {
    /// Whether the call may have to wait for loads or saves of its own.
    pub(super) fn waits_for_storage(&self) -> bool {
        let is_set = |argument: &Argument| matches!(argument, Argument::Partitioned(_));
        self.arguments.iter().any(is_set) || self.takers.iter().any(Option::is_some)
    }
}

/// An argument that is to be given again after a failure; what was moved is gone after the first time.
fn again(argument: &Argument) -> Option<Argument> {
    match argument {
        Argument::Single(buffer) => Some(Argument::Single(buffer.clone())),
        Argument::Moved(_) => None,
        Argument::Partitioned(partitions) => Some(Argument::Partitioned(partitions.clone())),
        Argument::Parameter(json) => Some(Argument::Parameter(json.clone())),
    }
}

/// What every call of a run has in common.
pub(super) struct Caller {
    pub(super) job: Arc<Job>,
    pub(super) emitter: Emitter,
    pub(super) cancel: Arc<AtomicBool>,
}

impl Caller {
    /// Makes the call, and again as its node's `retry` says. `worker` is who makes it, if not the driving thread.
    fn call(&self, order: Order, worker: Option<usize>) -> Done {
        let (task, started) = (order.task, Instant::now());
        let mut failures = 0;
        // A defect of an observer must not leave the driving thread waiting.
        let attempts = AssertUnwindSafe(|| self.attempts(order, worker, &mut failures));
        let result = panic::catch_unwind(attempts).unwrap_or(Err(Failed::Host));
        let attempt = Attempt { number: failures + u32::from(result.is_ok()), worker };
        Done::Called { task, attempt, result, duration: started.elapsed() }
    }

    fn attempts(&self, order: Order, worker: Option<usize>, failures: &mut u32) -> Result<Outcome, Failed> {
        let Order { task: _, node, at, arguments, readers, takers } = order;
        let (id, node) = (node, &self.job.nodes[node]);
        let emitter = self.emitter.on_worker(worker);
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
                Failed::Call(error) if next.is_some() => node.retry.wait(*failures, error),
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
                return Err(Failed::Call(CallError::Cancelled));
            }
        }
    }

    fn attempt(
        &self,
        (node, at): (NodeId, &At),
        arguments: Vec<Argument>,
        (readers, takers): (Vec<Readers>, Vec<Option<Arc<dyn Taker>>>),
        emitter: &Emitter,
    ) -> Result<Outcome, Failed> {
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
            Ok(result) => result.map_err(Failed::Call),
            Err(_) => Err(Failed::Host),
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

/// How long a cancelled run may go unnoticed.
pub(super) const POLL: Duration = Duration::from_millis(20);

/// How a call ended that gave no outputs.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error("{0}")]
    Call(CallError),
    #[error("the host failed within the call, which is a defect of wpipe")]
    Host,
}

impl Failed {
    pub(super) fn into_error(self, node: &Node, at: At) -> RunError {
        match self {
            Self::Call(CallError::Cancelled) => RunError::Interrupted,
            Self::Call(source) => {
                let function = format!("{}/{}", node.component, node.function);
                RunError::Node { node: node.name.clone(), at, function, source: Box::new(source) }
            }
            Self::Host => RunError::Environment(format!("node `{}` failed: {self}", node.name)),
        }
    }
}

/// The calls of a run.
pub(super) struct Calls {
    caller: Arc<Caller>,
    done: Sender<Done>,
    /// The threads that make them; `None`: the driving one does.
    workers: Option<Workers>,
    /// The call that is to begin next.
    held: Option<Order>,
    /// The workers of this run that are free, and how many it has had.
    free: Vec<usize>,
    numbered: usize,
}

impl Calls {
    /// Calls of which `most` are made at once, by `workers`; a single one is made by the driving thread.
    pub(super) fn new(caller: Caller, done: Sender<Done>, most: usize, workers: Workers) -> Self {
        let workers = (most > 1).then_some(workers);
        Self { caller: Arc::new(caller), done, workers, held: None, free: Vec::new(), numbered: 0 }
    }

    /// Whether all calls are made on the driving thread.
    pub(super) fn are_made_here(&self) -> bool {
        self.workers.is_none()
    }

    /// Keeps a call until the driving thread has nothing else to do, and gives back the one that it kept before.
    pub(super) fn hold(&mut self, order: Order) -> Option<Order> {
        self.held.replace(order)
    }

    pub(super) fn take_held(&mut self) -> Option<Order> {
        self.held.take()
    }

    /// Makes a call on this thread.
    pub(super) fn make(&self, order: Order) -> Done {
        self.caller.call(order, None)
    }

    /// Has a worker make a call; [`Done::Called`] follows.
    pub(super) fn begin(&mut self, order: Order) -> Result<(), RunError> {
        let (worker, caller, done) = (self.worker(), self.caller.clone(), self.done.clone());
        let Some(workers) = &self.workers else { unreachable!("what is made here is not begun elsewhere") };
        let work = move || {
            let ended = caller.call(order, Some(worker));
            // The thread outlives the run, and must hold nothing of it when the run returns.
            drop(caller);
            // The driving thread may be gone, after a defect of its own.
            let _ = done.send(ended);
        };
        let cannot = |error| RunError::Environment(format!("failed to start a worker thread: {error}"));
        workers.begin(work).map_err(cannot)
    }

    /// A call of a worker has ended.
    pub(super) fn ended(&mut self, worker: Option<usize>) {
        self.free.extend(worker);
    }

    /// The number of a worker that is free: the schedule begins no more calls at once than a run has workers.
    fn worker(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.numbered += 1;
            self.numbered - 1
        })
    }
}
