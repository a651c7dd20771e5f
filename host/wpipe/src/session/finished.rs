//! The last step: what came of it.

use wpipe_runner::{Failure, Report};

use super::next_step::NextStep;
use crate::{Error, RunResult};

/// What came of a session.
#[derive(Debug)]
pub struct FinishedRun {
    /// `None` if there was nothing to run.
    result: Option<Result<RunResult, Box<Failure>>>,
    next_step: NextStep,
    unrecorded: Option<Error>,
}

impl FinishedRun {
    pub(super) fn new(result: Result<RunResult, Box<Failure>>, next_step: NextStep, unrecorded: Option<Error>) -> Self {
        Self { result: Some(result), next_step, unrecorded }
    }

    pub(super) fn nothing() -> Self {
        Self { result: None, next_step: NextStep::Nothing, unrecorded: None }
    }

    /// What was done, also by a run that failed; `None` if there was nothing to run.
    pub fn report(&self) -> Option<&Report> {
        match self.result.as_ref()? {
            Ok(result) => Some(result.report()),
            Err(failure) => Some(&failure.report),
        }
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        self.result.as_ref()?.as_ref().err().map(Box::as_ref)
    }

    /// How to go on.
    pub fn next_step(&self) -> &NextStep {
        &self.next_step
    }

    /// Why the next incremental run will not know of this one, if so.
    pub fn unrecorded(&self) -> Option<&Error> {
        self.unrecorded.as_ref()
    }

    /// Returns the outputs; `None` if there was nothing to run.
    ///
    /// # Errors
    ///
    /// [`Error::Run`] when the run failed.
    pub fn into_result(self) -> Result<Option<RunResult>, Error> {
        Ok(self.result.transpose()?)
    }
}
