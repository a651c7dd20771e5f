//! One call of a node: its arguments, the attempt that ended it, and its failures.

use std::sync::Arc;

use wpipe_buffer::Readers;
use wpipe_pipeline::NodeId;
use wpipe_sandbox::{Argument, CallError, Taker};

use super::explain::explain;
use crate::schedule::TaskId;
use crate::{At, Job, RunError};

/// One call that is to be made.
pub(super) struct CallRequest {
    pub(super) task: TaskId,
    pub(super) node: NodeId,
    /// The call, among those of the node.
    pub(super) at: At,
    pub(super) arguments: Vec<Argument>,
    /// The future readers of each output.
    pub(super) readers: Vec<Readers>,
    /// The takers of each output's partitions while the node runs.
    pub(super) takers: Vec<Option<Arc<dyn Taker>>>,
}

impl CallRequest {
    /// Returns true if the call may have to wait for loads or saves of its own.
    pub(super) fn waits_for_storage(&self) -> bool {
        let is_set = |argument: &Argument| matches!(argument, Argument::Partitioned(_));
        self.arguments.iter().any(is_set) || self.takers.iter().any(Option::is_some)
    }
}

wpipe_pipeline::ids! {
    /// One of the workers of a run, which make its calls; the thread behind it is whichever is idle.
    WorkerId,
}

/// The last attempt at a call, and its worker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    /// The number, from 1.
    pub(super) number: u32,
    /// The worker, if it was not the driving thread.
    pub(super) worker: Option<WorkerId>,
}

/// The end of a call that gave no outputs.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallFailure {
    #[error("{0}")]
    Call(CallError),
    #[error("the host failed within the call, which is a defect of wpipe")]
    Host,
}

impl CallFailure {
    /// Returns the error of the run, with the datasets that a node itself does not know.
    pub(super) fn into_error(self, job: &Job, id: NodeId, at: At) -> RunError {
        let node = &job.graph[id];
        match self {
            Self::Call(CallError::Cancelled) => RunError::Interrupted,
            Self::Call(source) => {
                let function = format!("{}/{}", node.component, node.function);
                let (source, help) = explain(source, job, id);
                RunError::Node { node: node.name.clone(), at, function, source: Box::new(source), help }
            }
            Self::Host => RunError::Environment(format!("node `{}` failed: {self}", node.name)),
        }
    }
}
