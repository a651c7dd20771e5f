//! `wpipe run`: turns arguments into a session, and reports its outcome.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use wpipe::build::Output;
use wpipe::{
    BuiltPart, Event, FinishedRun, History, OnSaveError, Outdated, Pipeline, Project, Record, RemainingPart, Report,
    Run, RunStore, Runner, SelectedPart, Session, trace,
};

use super::build::tell_built;
use super::events::open_events;
use super::host::host;
use super::lineage::lineage_of;
use super::next_step::{from_nodes, typed_manifest, words};
use super::task::run_task;
use super::telemetry::Telemetry;
use super::trace::{check_trace, write_trace};
use crate::arguments::{LATEST, RunArguments, RunnerKind, SaveErrors, Verbosity};
use crate::error::Error;
use crate::signals::{Ends, Signals};
use crate::terminal::{
    Console, Summary, dropped, note, note_lost, report_failure, say, tell_failure, tell_success, warn,
};

pub(crate) fn run(arguments: &RunArguments, verbosity: &Verbosity, signals: &Signals) -> Result<ExitCode, Error> {
    if let Some(task) = &arguments.tasks.task {
        return run_task(task, arguments, verbosity, signals);
    }
    let built = match &arguments.resume {
        Some(run) => {
            let run = Some(run.as_str()).filter(|run| *run != LATEST);
            let gathered = gathered(arguments, run)?;
            resumed(arguments, session(arguments)?.resume(gathered.as_deref().or(run))?)?
        }
        None => match selected(arguments, session(arguments)?)? {
            Some(built) => built,
            None => return Ok(ExitCode::SUCCESS),
        },
    };
    if !tell_what_runs(arguments, verbosity, &built)? {
        return Ok(ExitCode::SUCCESS);
    }
    let host = host().transports(arguments.ways.transports()?).build()?;
    let ready = built.load(&host)?;
    let Some(pipeline) = ready.pipeline().cloned() else { return Ok(ExitCode::SUCCESS) };
    if let Some(path) = &arguments.trace {
        check_trace(path)?;
    }
    let events = arguments.events.as_deref().map(|path| open_events(path, &pipeline)).transpose()?;
    let summary = Arc::new(Summary::default());
    let telemetry = Telemetry::from_env();
    let lineage = lineage_of(arguments, &pipeline)?;
    let finished = ready.run(|run| {
        let run = ended_by(set_up(run, arguments, verbosity), signals).observe_shared(summary.clone());
        let run = lineage.iter().fold(telemetry.observes(run), |run, lineage| run.observe_shared(lineage.clone()));
        match &events {
            Some(events) => run.observe_shared(events.clone()),
            None => run,
        }
    });
    let lost = events.and_then(|events| events.finish().err());
    let finished = finished?;
    if let Some(error) = finished.unrecorded() {
        warn_unrecorded(error);
    }
    if finished.failure().is_none() && !verbosity.quiet {
        summary.told().iter().for_each(|line| note(line));
    }
    let code = tell(arguments, &pipeline, &finished, signals);
    telemetry.finish();
    if let Some(error) = lineage.and_then(|lineage| lineage.finish().err()) {
        warn(&error.to_string());
    }
    if let (Some(path), Some(report)) = (&arguments.trace, finished.report()) {
        let spans = History::beside(&arguments.manifest.manifest).timeline(&report.run.to_string())?;
        write_trace(path, &trace(&pipeline.project().pipeline().manifest().name, &spans).to_string())?;
    }
    match (lost, &arguments.events) {
        (Some(error), Some(path)) => Ok(tell_lost_events(path, &error, code)),
        _ => Ok(code),
    }
}

/// Returns the id of a run in a store of runs, whose journal is brought here; `None` if no such store is named.
fn gathered(arguments: &RunArguments, run: Option<&str>) -> Result<Option<String>, Error> {
    let Some(store) = &arguments.tasks.run_store else { return Ok(None) };
    let project = Project::open(&arguments.manifest.manifest)?;
    let store = RunStore::open(&project, Some(store))?;
    match run {
        Some(run) => Ok(Some(store.gather(run, project.directory())?)),
        None => Err(Error::Arguments(format!("name the run: {}", or_none(&store.runs()?)))),
    }
}

fn or_none(runs: &[String]) -> String {
    if runs.is_empty() { "there is none".to_owned() } else { format!("there are {}", runs.join(", ")) }
}

/// Opens the session that the arguments ask for.
fn session(arguments: &RunArguments) -> Result<Session, Error> {
    let mut session =
        Session::new(&arguments.manifest.manifest).overrides(arguments.manifest.overrides()).runner(runner(arguments)?);
    for (dataset, version) in &arguments.load_version {
        session = session.load_version(dataset, version);
    }
    Ok(if arguments.no_journal { session.without_journal() } else { session })
}

/// Builds the part that the selection flags ask for; `None` if only missing outputs are wanted and none is missing.
fn selected(arguments: &RunArguments, session: Session) -> Result<Option<BuiltPart>, wpipe::Error> {
    let mut part = session.select(&arguments.selection.selection())?;
    if arguments.selection.only_missing_outputs {
        part = part.only_missing_outputs()?;
    }
    if arguments.selection.incremental {
        part = part.incremental();
    }
    if part.project().is_none() {
        say("nothing to run: every stored dataset is there");
        return Ok(None);
    }
    let build = |part: SelectedPart| part.build_with(Output::Inherit, tell_built);
    if arguments.no_build { part.already_built() } else { build(part) }.map(Some)
}

/// Builds the remaining part of a run.
fn resumed(arguments: &RunArguments, part: RemainingPart) -> Result<BuiltPart, Error> {
    let run = part.resumed().description.id.clone();
    for difference in part.differences() {
        warn(&format!("since run {run}, {difference}"));
    }
    let is_nothing_left = part.project().is_none();
    if is_nothing_left {
        say(&format!("nothing is left of run {run}: all its nodes completed"));
    }
    let built = if arguments.no_build { part.already_built() } else { part.build_with(Output::Inherit, tell_built) }?;
    tell_outdated(arguments, &run, built.outdated());
    if is_nothing_left {
        tell_missing(arguments, built.whole())?;
    }
    Ok(built)
}

/// Reports the nodes that an incremental run leaves out, and returns true if anything runs.
fn tell_what_runs(arguments: &RunArguments, verbosity: &Verbosity, built: &BuiltPart) -> Result<bool, Error> {
    let Some(project) = built.project() else {
        if arguments.selection.incremental {
            say(&format!("nothing to run: the results of all {} nodes are there", built.decisions().len()));
        }
        return Ok(false);
    };
    let (running, all) = (project.pipeline().nodes().len(), built.decisions().len());
    if running < all && !verbosity.quiet {
        note(&format!("{} of {all} nodes are left out: their results are there", all - running));
    }
    if let Some(error) = built.unrecordable() {
        warn_unrecorded(error);
    }
    Ok(true)
}

/// Reports that not all events were written: somebody counts on them.
pub(super) fn tell_lost_events(path: &Path, error: &io::Error, code: ExitCode) -> ExitCode {
    if path == Path::new("-") {
        // The error is noted as for all standard output: a reader that has seen enough need not hear of it.
        note_lost(error);
        return code;
    }
    let failed = tell_failure(&format!("not all events are in `{}`: {error}", path.display()), None);
    if code == ExitCode::SUCCESS { failed } else { code }
}

/// Warns that the next incremental run will not know of this one.
fn warn_unrecorded(error: &wpipe::Error) {
    warn(&format!("{error}; the next run with `--incremental` makes again what this one makes"));
}

/// Reports the changes of nodes that do not run again, and the way to run them.
fn tell_outdated(arguments: &RunArguments, run: &str, outdated: &[Outdated]) {
    let list = |nodes: &[String]| nodes.iter().map(|node| format!("`{node}`")).collect::<Vec<_>>().join(", ");
    for Outdated { what, nodes } in outdated {
        let nodes = list(nodes);
        warn(&format!("{what} has changed since run {run}: what {nodes} had completed with what it was is kept"));
    }
    let nodes: BTreeSet<_> = outdated.iter().flat_map(|of| of.nodes.iter().map(String::as_str)).collect();
    if !nodes.is_empty() {
        note(&format!("to make that again: {}", from_nodes(arguments, &nodes.into_iter().collect::<Vec<_>>())));
    }
}

/// Reports the outputs of the manifest that no run of it has left in storage.
fn tell_missing(arguments: &RunArguments, project: &Project) -> Result<(), Error> {
    if let Some(missing) = project.only_missing_outputs()? {
        let nodes: Vec<_> = missing.pipeline().nodes().iter().map(|node| format!("`{}`", node.name)).collect();
        let manifest = typed_manifest(arguments);
        warn(&format!(
            "not everything is in storage, since {} did not run: wpipe run {manifest} --only-missing-outputs",
            nodes.join(", ")
        ));
    }
    Ok(())
}

/// Returns the run with the options of the arguments.
pub(super) fn set_up<'p>(run: Run<'p>, arguments: &RunArguments, verbosity: &Verbosity) -> Run<'p> {
    let mut run = run
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
    if let Some(bytes) = arguments.memory {
        run = run.memory(bytes);
    }
    if let Some(bytes) = arguments.node_memory {
        run = run.node_memory(bytes);
    }
    for (name, amount) in &arguments.resource {
        run = run.resource(name, *amount);
    }
    run
}

/// Reports the outcome of a run.
fn tell(arguments: &RunArguments, pipeline: &Pipeline, finished: &FinishedRun, signals: &Signals) -> ExitCode {
    let Some(done) = finished.report() else { return ExitCode::SUCCESS };
    let Some(failure) = finished.failure() else {
        tell_success(done);
        tell_dropped(pipeline, done);
        return ExitCode::SUCCESS;
    };
    let ended = signals.exit_code().filter(|_| failure.is_interrupted());
    let code = report_failure(failure);
    tell_dropped(pipeline, done);
    note(&words(arguments, pipeline, finished.next_step()));
    ended.map_or(code, ExitCode::from)
}

/// Reports the outputs that completed nodes made for nobody.
fn tell_dropped(pipeline: &Pipeline, report: &Report) {
    let project = pipeline.project();
    let maker = |output: &str| project.pipeline().producer(output);
    let is_made = |output: &&str| maker(output).is_some_and(|node| report.completed.contains(&node.name));
    let made: Vec<_> = project.dropped_outputs().into_iter().filter(is_made).collect();
    if let Some(text) = dropped(&made) {
        note(&text);
    }
}

pub(super) fn runner(arguments: &RunArguments) -> Result<Runner, Error> {
    match (arguments.runner, arguments.workers) {
        (RunnerKind::Sequential, None) => Ok(Runner::Sequential),
        (RunnerKind::Sequential, Some(_)) => {
            Err(Error::Arguments("`--workers` is for `--runner parallel`: the sequential runner has one".to_owned()))
        }
        (RunnerKind::Parallel, None) => Ok(Runner::default()),
        (RunnerKind::Parallel, Some(workers)) => Ok(Runner::Parallel { workers }),
    }
}

/// Returns the same run, which a signal ends from its beginning on.
pub(super) fn ended_by<'p>(run: Run<'p>, signals: &Signals) -> Run<'p> {
    let (ends, signals) = (Ends::default(), signals.clone());
    let run = run.cancel(ends.cancel.clone()).abandon(ends.abandon.clone());
    run.observe(move |record: &Record| {
        if matches!(record.event, Event::RunStarted { .. }) {
            signals.end_run_by(ends.clone());
        }
    })
}
