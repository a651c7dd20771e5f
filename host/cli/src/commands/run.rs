//! `wpipe run`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use wpipe::{
    Error, Event, History, Incremental, JsonLines, OnSaveError, Pipeline, Project, Record, Run, RunRecord, RunResult,
    Runner, Selection,
};

use super::build::build_stale;
use super::go_on::how_to_go_on;
use super::host::host;
use super::select::select;
use crate::arguments::{LATEST, RunArguments, RunnerKind, SaveErrors, Verbosity};
use crate::signals::{Ends, Signals};
use crate::terminal::{Console, note, report, say, tell_failure, tell_success};

type Events = Arc<JsonLines<Box<dyn Write + Send>>>;

/// What is to be run.
struct Part {
    project: Project,
    /// What it was selected with.
    selection: Selection,
    /// The run that it goes on with.
    resumed: Option<RunRecord>,
}

pub(crate) fn run(arguments: &RunArguments, verbosity: &Verbosity, signals: &Signals) -> Result<ExitCode, Error> {
    let Some(mut part) = choose(arguments)? else { return Ok(ExitCode::SUCCESS) };
    if !arguments.no_build {
        build_stale(&part.project)?;
    }
    let mut incremental = None;
    if arguments.selection.incremental {
        let decided = Incremental::of(&part.project)?;
        let Some(rest) = leave_out_unchanged(&part.project, &decided, verbosity)? else { return Ok(ExitCode::SUCCESS) };
        part.project = rest.clone();
        incremental = Some((decided, rest));
    }
    let host = host().transports(arguments.ways.transports()?).build()?;
    let pipeline = host.load_project(part.project)?;
    let mut run = set_up(&pipeline, arguments, verbosity, &part.selection, part.resumed.as_ref())?;
    run = ended_by(run, signals);
    if let Some((decided, _)) = &incremental {
        run = run.incremental(decided)?;
    }
    let events = arguments.events.as_deref().map(open_events).transpose()?;
    let run = match &events {
        Some(events) => run.observe_shared(events.clone()),
        None => run,
    };
    let result = run.execute();
    let lost = events.and_then(|events| events.finish().err());
    if let Some((decided, project)) = incremental {
        match &result {
            Ok(result) => decided.record(&project, result.report())?,
            // What the run failed of counts more.
            Err(Error::Run(failure)) => {
                if let Err(error) = decided.record(&project, &failure.report) {
                    tracing::warn!("{error}");
                }
            }
            Err(_) => {}
        }
    }
    let code = tell(arguments, &pipeline, &part.selection, result, signals)?;
    match (lost, &arguments.events) {
        (Some(error), Some(path)) => Ok(tell_lost_events(path, &error, code)),
        _ => Ok(code),
    }
}

/// Tells that not all events were written: somebody counts on them.
fn tell_lost_events(path: &Path, error: &io::Error, code: ExitCode) -> ExitCode {
    let failed = tell_failure(&format!("not all events are in `{}`: {error}", path.display()), None);
    if code == ExitCode::SUCCESS { failed } else { code }
}

/// The part of the project that the arguments ask for; `None` if nothing is to be run, which is told.
fn choose(arguments: &RunArguments) -> Result<Option<Part>, Error> {
    let Some(run) = &arguments.resume else {
        let Some(project) = select(arguments.manifest.open()?, &arguments.selection)? else {
            say("nothing to run: every stored dataset is there");
            return Ok(None);
        };
        return Ok(Some(Part { project, selection: arguments.selection.selection(), resumed: None }));
    };
    let history = History::beside(&arguments.manifest.manifest);
    let record = history.open_of(&arguments.manifest.manifest, Some(run.as_str()).filter(|run| *run != LATEST))?;
    let project = arguments.manifest.open_with(&record.description.overrides(&arguments.manifest.overrides())?)?;
    let Some(rest) = project.resume(&record)? else {
        say(&format!("nothing is left of run {}: all its nodes completed", record.description.id));
        return Ok(None);
    };
    Ok(Some(Part { selection: rest.selection(), project: rest, resumed: Some(record) }))
}

/// What is left of a project without the nodes whose results are there; `None` if all are, which is told.
fn leave_out_unchanged(
    project: &Project,
    decided: &Incremental,
    verbosity: &Verbosity,
) -> Result<Option<Project>, Error> {
    let (nodes, all) = (decided.to_run(), decided.decisions.len());
    if nodes.is_empty() {
        say(&format!("nothing to run: the results of all {all} nodes are there"));
        return Ok(None);
    }
    if nodes.len() < all && !verbosity.quiet {
        note(&format!("{} of {all} nodes are left out: their results are there", all - nodes.len()));
    }
    project.select(&Selection { nodes, ..Selection::default() }).map(Some)
}

/// The run that the arguments ask for.
fn set_up<'p>(
    pipeline: &'p Pipeline,
    arguments: &RunArguments,
    verbosity: &Verbosity,
    selection: &Selection,
    resumed: Option<&RunRecord>,
) -> Result<Run<'p>, Error> {
    let mut run = pipeline
        .run()
        .runner(runner(arguments)?)
        .persist(arguments.ways.persist)
        .keep_going(arguments.keep_going)
        .allow_incomplete(arguments.allow_incomplete)
        .on_save_error(match arguments.on_save_error {
            SaveErrors::Finish => OnSaveError::Finish,
            SaveErrors::Stop => OnSaveError::Stop,
        })
        .verify_round_trip(arguments.verify_roundtrip)
        .keep_outputs(false)
        .observe(Console::new(verbosity));
    if let Some(record) = resumed {
        run = run.resume(record);
    }
    if !arguments.no_journal {
        run = run.journal(selection);
    }
    if let Some(bytes) = arguments.memory {
        run = run.memory(bytes);
    }
    if let Some(bytes) = arguments.node_memory {
        run = run.node_memory(bytes);
    }
    for (dataset, version) in &arguments.load_version {
        run = run.load_version(dataset, version);
    }
    for (name, amount) in &arguments.resource {
        run = run.resource(name, *amount);
    }
    Ok(run)
}

/// Tells what came of a run.
fn tell(
    arguments: &RunArguments,
    pipeline: &Pipeline,
    selection: &Selection,
    result: Result<RunResult, Error>,
    signals: &Signals,
) -> Result<ExitCode, Error> {
    match result {
        Ok(result) => {
            tell_success(result.report());
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Run(failure)) => {
            let how = how_to_go_on(arguments, pipeline, selection, &failure.report);
            let ended = signals.exit_code().filter(|_| failure.is_interrupted());
            let code = report(&Error::Run(failure));
            note(&how);
            Ok(ended.map_or(code, ExitCode::from))
        }
        Err(error) => Err(error),
    }
}

fn runner(arguments: &RunArguments) -> Result<Runner, Error> {
    match (arguments.runner, arguments.workers) {
        (RunnerKind::Sequential, None) => Ok(Runner::Sequential),
        (RunnerKind::Sequential, Some(_)) => {
            Err(Error::Value("`--workers` is for `--runner parallel`: the sequential runner has one".to_owned()))
        }
        (RunnerKind::Parallel, None) => Ok(Runner::default()),
        (RunnerKind::Parallel, Some(workers)) => Ok(Runner::Parallel { workers }),
    }
}

fn open_events(path: &Path) -> Result<Events, Error> {
    let writer: Box<dyn Write + Send> = if path == Path::new("-") {
        Box::new(io::stdout())
    } else {
        let cannot = |error| Error::Value(format!("failed to create the events file `{}`: {error}", path.display()));
        Box::new(BufWriter::new(File::create(path).map_err(cannot)?))
    };
    Ok(Arc::new(JsonLines::new(writer)))
}

/// The same run, which a signal ends from the moment that it has begun.
fn ended_by<'p>(run: Run<'p>, signals: &Signals) -> Run<'p> {
    let (ends, signals) = (Ends::default(), signals.clone());
    let run = run.cancel(ends.cancel.clone()).abandon(ends.abandon.clone());
    run.observe(move |record: &Record| {
        if matches!(record.event, Event::RunStarted { .. }) {
            signals.end_run_by(ends.clone());
        }
    })
}
