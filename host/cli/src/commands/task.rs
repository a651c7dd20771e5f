//! `wpipe run --task`: one task of a run whose parts are processes.

use std::process::ExitCode;
use std::sync::Arc;

use wpipe::build::Output;
use wpipe::text::shell_quoted;
use wpipe::{BegunTask, FinishedTask, Project, TaskRequest, TaskSession};

use super::build::tell_built;
use super::events::open_events;
use super::host::host;
use super::next_step::typed_manifest;
use super::run::{ended_by, runner, set_up, tell_lost_events};
use super::telemetry::Telemetry;
use crate::arguments::{RunArguments, Verbosity};
use crate::error::Error;
use crate::signals::Signals;
use crate::terminal::{Summary, note, report_failure, say, tell_success, warn};

pub(crate) fn run_task(
    task: &str,
    arguments: &RunArguments,
    verbosity: &Verbosity,
    signals: &Signals,
) -> Result<ExitCode, Error> {
    let project = Project::open_with(&arguments.manifest.manifest, &arguments.manifest.overrides())?;
    let run = arguments.tasks.run();
    let session = TaskSession::new(
        &project,
        TaskRequest {
            task: task.to_owned(),
            run: run.clone(),
            store: arguments.tasks.store(),
            options: arguments.tasks.grouping.options(),
            selection: arguments.selection.selection(),
        },
    )?;
    if !arguments.no_build {
        session.project().build(Output::Inherit, tell_built)?;
    }
    let ready = match session.begin()? {
        BegunTask::Ready(ready) => ready,
        BegunTask::Done(0) => {
            say(&format!("task `{task}` of run `{run}` has nothing to do: there are fewer partitions than slices"));
            return Ok(ExitCode::SUCCESS);
        }
        BegunTask::Done(attempt) => {
            say(&format!("task `{task}` of run `{run}` is done already, by attempt {attempt}"));
            return Ok(ExitCode::SUCCESS);
        }
    };
    let loaded = ready.load(&host().transports(arguments.ways.transports()?).build()?)?;
    let events = arguments.events.as_deref().map(|path| open_events(path, loaded.pipeline())).transpose()?;
    let summary = Arc::new(Summary::default());
    let telemetry = Telemetry::from_env();
    let finished = loaded.run(runner(arguments)?, |run| {
        let run = ended_by(set_up(run, arguments, verbosity), signals).observe_shared(summary.clone());
        let run = telemetry.observes(run);
        match &events {
            Some(events) => run.observe_shared(events.clone()),
            None => run,
        }
    });
    let lost = events.and_then(|events| events.finish().err());
    let finished = finished?;
    if finished.result.is_ok() && !verbosity.quiet {
        summary.told().iter().for_each(|line| note(line));
    }
    let code = tell(task, &run, arguments, &finished, signals);
    telemetry.finish();
    match (lost, &arguments.events) {
        (Some(error), Some(path)) => Ok(tell_lost_events(path, &error, code)),
        _ => Ok(code),
    }
}

/// Reports the outcome of an attempt.
fn tell(task: &str, run: &str, arguments: &RunArguments, finished: &FinishedTask, signals: &Signals) -> ExitCode {
    if let Some(error) = &finished.unrecorded {
        warn(&format!("the journal of this attempt is not in the store of the run: {error}"));
    }
    match &finished.result {
        Ok(result) => {
            tell_success(result.report());
            match finished.counts {
                Some(counts) if counts != finished.attempt => {
                    note(&format!(
                        "attempt {counts} at task `{task}` was done before this one, and is the one that counts"
                    ));
                }
                _ => {}
            }
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let ended = signals.exit_code().filter(|_| failure.is_interrupted());
            let code = report_failure(failure);
            let manifest = typed_manifest(arguments);
            let beside = || arguments.manifest.manifest.with_file_name(".wpipe/tasks").display().to_string();
            let store = shell_quoted(&arguments.tasks.store().unwrap_or_else(beside));
            note(&format!(
                "to go on: repeat task `{task}` of run `{run}`; or complete the run here: wpipe run {manifest} --resume \
                 {run} --run-store {store}"
            ));
            ended.map_or(code, ExitCode::from)
        }
    }
}
