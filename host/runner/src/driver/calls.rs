//! Calls of nodes: what one is given, its retries, and the threads that calls run on.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use wpipe_buffer::Readers;
use wpipe_pipeline::{Node, NodeId};
use wpipe_sandbox::{Argument, Call, CallError, Outcome, Taker};

use super::transfers::Done;
use crate::event::{Emitter, NodeTelemetry};
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
#[derive(Clone)]
pub(super) struct Caller<'a> {
    pub(super) job: &'a Job,
    pub(super) emitter: Emitter,
    pub(super) cancel: Arc<AtomicBool>,
}

impl<'a> Caller<'a> {
    /// Makes the call, and again as its node's `retry` says. `worker` is who makes it, if not the driving thread.
    pub(super) fn call(&self, order: Order, worker: Option<usize>) -> Done {
        let Order { task, node, at, arguments, readers, takers } = order;
        let (id, node) = (node, &self.job.nodes[node]);
        let emitter = self.emitter.on_worker(worker);
        let started = Instant::now();
        let mut failures = 0;
        let mut next = Some(arguments);
        let result = loop {
            let Some(arguments) = next.take() else { unreachable!("a call is only repeated with its arguments") };
            if node.retry.times > failures {
                next = arguments.iter().map(again).collect();
            }
            let error = match self.attempt((id, &at), arguments, (readers.clone(), takers.clone()), &emitter) {
                Ok(outcome) => break Ok(outcome),
                Err(error) => error,
            };
            failures += 1;
            let wait = match &error {
                Failed::Call(error) if next.is_some() => node.retry.wait(failures, error),
                _ => None,
            };
            let Some(delay) = wait else { break Err(error) };
            emitter.emit(|| Event::NodeRetried {
                node: self.job.graph[id].name.clone(),
                at: at.clone(),
                error: error.to_string(),
                attempt: failures,
                delay,
            });
            if !self.sleep(delay) {
                break Err(Failed::Call(CallError::Cancelled));
            }
        };
        let attempt = Attempt { number: failures + u32::from(result.is_ok()), worker };
        Done::Called { task, attempt, result, duration: started.elapsed() }
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

/// Threads that make calls.
pub(super) struct Workers {
    senders: Vec<Sender<Order>>,
    idle: Vec<usize>,
}

impl Workers {
    /// Starts `count` threads, which end when this value is gone.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        count: usize,
        caller: &Caller<'scope>,
        done: &Sender<Done>,
    ) -> Result<Self, RunError> {
        let mut senders = Vec::with_capacity(count);
        for index in 0..count {
            let (sender, orders) = mpsc::channel::<Order>();
            let (caller, done) = (caller.clone(), done.clone());
            let work = move || {
                for order in orders {
                    if done.send(caller.call(order, Some(index))).is_err() {
                        return;
                    }
                }
            };
            let thread = thread::Builder::new().name(format!("wpipe-worker-{index}"));
            let cannot = |error| RunError::Environment(format!("failed to start a worker thread: {error}"));
            thread.spawn_scoped(scope, work).map_err(cannot)?;
            senders.push(sender);
        }
        Ok(Self { senders, idle: (0..count).rev().collect() })
    }

    /// Has a worker make a call; the schedule begins no more calls than there are workers.
    /// Gives it back if none is idle.
    pub(super) fn order(&mut self, order: Order) -> Option<Order> {
        let Some(worker) = self.idle.pop() else { return Some(order) };
        self.senders[worker].send(order).err().map(|unsent| unsent.0)
    }

    /// A worker can take another call.
    pub(super) fn idle(&mut self, worker: usize) {
        self.idle.push(worker);
    }
}
