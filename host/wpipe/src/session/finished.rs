//! The last step: the result.

use wpipe_runner::{Failure, Report};

use super::next_step::NextStep;
use crate::{Error, RunResult};

/// The result of a session.
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

    /// Returns the report, also of a run that failed; `None` if there was nothing to run.
    pub fn report(&self) -> Option<&Report> {
        match self.result.as_ref()? {
            Ok(result) => Some(result.report()),
            Err(failure) => Some(&failure.report),
        }
    }

    /// Returns the failure, if the run failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.result.as_ref()?.as_ref().err().map(Box::as_ref)
    }

    /// Returns the step that continues the run.
    pub fn next_step(&self) -> &NextStep {
        &self.next_step
    }

    /// Returns the reason why this run is not recorded for the next incremental run, if so.
    pub fn unrecorded(&self) -> Option<&Error> {
        self.unrecorded.as_ref()
    }

    /// Returns the outputs; `None` if there was nothing to run.
    ///
    /// # Errors
    ///
    /// Fails with [`Error::Run`] if the run failed.
    pub fn into_result(self) -> Result<Option<RunResult>, Error> {
        Ok(self.result.transpose()?)
    }
}
