//! The fourth step: everything is checked and ready to run.

use super::built::BuiltPart;
use super::finished::FinishedRun;
use super::next_step::NextStep;
use crate::{Error, Pipeline, Run};

/// A part of a project that is ready to run.
pub struct ReadyPart {
    built: BuiltPart,
    pipeline: Option<Pipeline>,
}

impl ReadyPart {
    pub(super) fn new(built: BuiltPart, pipeline: Option<Pipeline>) -> Self {
        Self { built, pipeline }
    }

    /// Returns the loaded pipeline; `None` if there is nothing to run.
    pub fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.as_ref()
    }

    /// Runs it on this thread, with inputs, observers and options as `set_up` gives them, and records the results. If
    /// there is nothing to run, `set_up` is not called and no journal is kept.
    ///
    /// # Errors
    ///
    /// Fails if the run cannot begin. The returned value reports a run that failed.
    pub fn run(self, set_up: impl for<'r> FnOnce(Run<'r>) -> Run<'r>) -> Result<FinishedRun, Error> {
        let BuiltPart { part, incremental, unrecordable, .. } = self.built;
        let Some(pipeline) = &self.pipeline else { return Ok(FinishedRun::nothing()) };
        let mut run = pipeline.run().runner(part.settings.runner);
        for (dataset, version) in &part.settings.load_versions {
            run = run.load_version(dataset, version);
        }
        if !part.settings.has_no_journal {
            run = run.journal(&part.selection);
        }
        if let Some(resumed) = &part.resumed {
            run = run.resume(&resumed.0);
        }
        if let Some(decided) = &incremental {
            run = run.incremental(decided)?;
        }
        let run = set_up(run);
        if incremental.is_some() {
            run.check_decided_for(part.settings.runner, &part.settings.load_versions)?;
        }
        let result = match run.execute() {
            Err(Error::Run(failure)) => Err(failure),
            result => Ok(result?),
        };
        let report = match &result {
            Ok(result) => result.report(),
            Err(failure) => &failure.report,
        };
        // Results are in storage, however the run ended.
        let recorded = match (incremental, unrecordable) {
            (Some(decided), None) => decided.record(pipeline.project(), report),
            _ => Ok(()),
        };
        let next_step = match &result {
            Ok(_) => NextStep::Nothing,
            Err(failure) => NextStep::after(pipeline, &part.selection, &failure.report, !part.settings.has_no_journal),
        };
        Ok(FinishedRun::new(result, next_step, recorded.err()))
    }
}
