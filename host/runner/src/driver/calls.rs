//! Calls of nodes: what one is given, its retries, and the threads that calls run on.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use wpipe_buffer::{Buffer, MovableBuffer, Readers};
use wpipe_sandbox::{Argument, Call, CallError, Outcome};

use super::transfers::Done;
use crate::event::{Emitter, NodeTelemetry};
use crate::{Event, Job, JobNode, RunError};

/// One call that is to be made.
pub(super) struct Order {
    pub(super) task: usize,
    pub(super) inputs: Vec<Input>,
    /// Who is going to need each output.
    pub(super) readers: Vec<Readers>,
}

/// What a node is given.
pub(super) enum Input {
    Shared(Buffer),
    Moved(MovableBuffer),
    Parameter(String),
}

impl Input {
    /// The argument, to be given again; what was moved is gone after the first time.
    fn again(&self) -> Option<Argument> {
        match self {
            Self::Shared(buffer) => Some(Argument::Single(buffer.clone())),
            Self::Moved(_) => None,
            Self::Parameter(json) => Some(Argument::Parameter(json.clone())),
        }
    }
}

impl From<Input> for Argument {
    fn from(input: Input) -> Self {
        match input {
            Input::Shared(buffer) => Self::Single(buffer),
            Input::Moved(buffer) => Self::Moved(buffer),
            Input::Parameter(json) => Self::Parameter(json),
        }
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
    /// Makes the call, and again as its node's `retry` says.
    pub(super) fn call(&self, order: Order) -> Done {
        let Order { task, inputs, readers } = order;
        let node = &self.job.nodes[task];
        let started = Instant::now();
        let mut failures = 0;
        let mut inputs = Some(inputs);
        let result = loop {
            let again = inputs.as_ref().filter(|_| node.retry.times > failures);
            let again = again.and_then(|inputs| inputs.iter().map(Input::again).collect::<Option<Vec<_>>>());
            let arguments = match again {
                Some(arguments) => arguments,
                None => inputs.take().into_iter().flatten().map(Argument::from).collect(),
            };
            let error = match self.attempt(node, arguments, readers.clone()) {
                Ok(outcome) => break Ok(outcome),
                Err(error) => error,
            };
            failures += 1;
            let wait = match &error {
                Failed::Call(error) if inputs.is_some() => node.retry.wait(failures, error),
                _ => None,
            };
            let Some(delay) = wait else { break Err(error) };
            self.emitter.emit(|| Event::NodeRetried {
                node: node.name.clone(),
                error: error.to_string(),
                attempt: failures,
                delay,
            });
            if !self.sleep(delay) {
                break Err(Failed::Call(CallError::Cancelled));
            }
        };
        Done::Called { task, result, duration: started.elapsed() }
    }

    fn attempt(&self, node: &JobNode, arguments: Vec<Argument>, readers: Vec<Readers>) -> Result<Outcome, Failed> {
        let call = Call {
            component: &node.component,
            node: &node.function,
            arguments,
            readers,
            limits: node.limits,
            telemetry: Arc::new(NodeTelemetry { node: node.name.clone(), emitter: self.emitter.clone() }),
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
    pub(super) fn into_error(self, node: &JobNode) -> RunError {
        match self {
            Self::Call(CallError::Cancelled) => RunError::Interrupted,
            Self::Call(source) => {
                let function = format!("{}/{}", node.component.name(), node.function);
                RunError::Node { node: node.name.clone(), function, source }
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
                    let ended = caller.call(order);
                    if done.send(Done::Idle { worker: index }).is_err() || done.send(ended).is_err() {
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
    pub(super) fn order(&mut self, order: Order) -> Result<(), Order> {
        let Some(worker) = self.idle.pop() else { return Err(order) };
        self.senders[worker].send(order).map_err(|unsent| unsent.0)
    }

    pub(super) fn idle(&mut self, worker: usize) {
        self.idle.push(worker);
    }
}
