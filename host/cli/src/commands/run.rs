//! `wpipe run`

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use wpipe::{
    Error, Event, History, Incremental, IncrementalOptions, OnSaveError, Outdated, Pipeline, Project, Record, Report,
    Resumption, Run, RunRecord, RunResult, Runner, Selection,
};

use super::build::build_stale;
use super::events::open_events;
use super::go_on::{from_nodes, how_to_go_on, quoted};
use super::host::host;
use super::select::select;
use crate::arguments::{LATEST, RunArguments, RunnerKind, SaveErrors, Verbosity};
use crate::signals::{Ends, Signals};
use crate::terminal::{Console, dropped, note, note_lost, report, say, tell_failure, tell_success, warn};

/// What is to be run.
struct Part {
    project: Project,
    /// What it was selected with.
    selection: Selection,
    /// The run that it goes on with.
    resumed: Option<(RunRecord, Resumption)>,
}

pub(crate) fn run(arguments: &RunArguments, verbosity: &Verbosity, signals: &Signals) -> Result<ExitCode, Error> {
    let Some(mut part) = choose(arguments)? else { return Ok(ExitCode::SUCCESS) };
    if !arguments.no_build {
        build_stale(&part.project)?;
    }
    if let Some((_, resumption)) = &part.resumed {
        tell_outdated(arguments, resumption)?;
    }
    let mut incremental = None;
    if arguments.selection.incremental {
        let options = IncrementalOptions {
            workers: runner(arguments)?.workers(),
            load_versions: arguments.load_version.iter().cloned().collect(),
        };
        let decided = Incremental::of_run(&part.project, &options)?;
        let Some(rest) = leave_out_unchanged(&part.project, &decided, verbosity)? else { return Ok(ExitCode::SUCCESS) };
        part.project = rest.clone();
        // Before anything runs: what is made is not made in vain.
        let recordable = decided.check_recordable(&rest).inspect_err(warn_unrecorded).is_ok();
        incremental = Some((decided, rest, recordable));
    }
    let host = host().transports(arguments.ways.transports()?).build()?;
    let pipeline = host.load_project(part.project)?;
    let resumed = part.resumed.as_ref().map(|(run, _)| run);
    let mut run = set_up(&pipeline, arguments, verbosity, &part.selection, resumed)?;
    run = ended_by(run, signals);
    if let Some((decided, ..)) = &incremental {
        run = run.incremental(decided)?;
    }
    let events = arguments.events.as_deref().map(|path| open_events(path, &pipeline)).transpose()?;
    let run = match &events {
        Some(events) => run.observe_shared(events.clone()),
        None => run,
    };
    let result = run.execute();
    let lost = events.and_then(|events| events.finish().err());
    if let Some((decided, project, true)) = incremental {
        let report = match &result {
            Ok(result) => Some(result.report()),
            Err(Error::Run(failure)) => Some(&failure.report),
            Err(_) => None,
        };
        // What has been made is in storage all the same.
        if let Some(Err(error)) = report.map(|report| decided.record(&project, report)) {
            warn_unrecorded(&error);
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
    if path == Path::new("-") {
        // Told as of everything else on standard output: a reader that has seen enough need not hear of it.
        note_lost(error);
        return code;
    }
    let failed = tell_failure(&format!("not all events are in `{}`: {error}", path.display()), None);
    if code == ExitCode::SUCCESS { failed } else { code }
}

/// Tells that the next incremental run will not know of this one.
fn warn_unrecorded(error: &Error) {
    warn(&format!("{error}; the next run with `--incremental` makes again what this one makes"));
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
    let resumption = project.resumption(&record)?;
    for difference in &resumption.differences {
        warn(&format!("since run {}, {difference}", resumption.run()));
    }
    let Some(rest) = resumption.rest.clone() else {
        say(&format!("nothing is left of run {}: all its nodes completed", record.description.id));
        if !arguments.no_build {
            build_stale(&project)?;
        }
        tell_outdated(arguments, &resumption)?;
        tell_missing(arguments, &project)?;
        return Ok(None);
    };
    Ok(Some(Part { selection: rest.selection(), project: rest, resumed: Some((record, resumption)) }))
}

/// Tells what has changed for nodes that do not run again, and how to have them run.
fn tell_outdated(arguments: &RunArguments, resumption: &Resumption) -> Result<(), Error> {
    let outdated = resumption.outdated()?;
    let list = |nodes: &[String]| nodes.iter().map(|node| format!("`{node}`")).collect::<Vec<_>>().join(", ");
    for Outdated { what, nodes } in &outdated {
        let (run, nodes) = (resumption.run(), list(nodes));
        warn(&format!("{what} has changed since run {run}: what {nodes} had completed with what it was is kept"));
    }
    let nodes: BTreeSet<_> = outdated.iter().flat_map(|of| of.nodes.iter().map(String::as_str)).collect();
    if !nodes.is_empty() {
        note(&format!("to make that again: {}", from_nodes(arguments, &nodes.into_iter().collect::<Vec<_>>())));
    }
    Ok(())
}

/// Tells which outputs of the manifest no run of it has left in storage.
fn tell_missing(arguments: &RunArguments, project: &Project) -> Result<(), Error> {
    if let Some(missing) = project.only_missing_outputs()? {
        let nodes: Vec<_> = missing.pipeline().nodes().iter().map(|node| format!("`{}`", node.name)).collect();
        let manifest = quoted(&arguments.manifest.manifest.display().to_string());
        warn(&format!(
            "not everything is in storage, since {} did not run: wpipe run {manifest} --only-missing-outputs",
            nodes.join(", ")
        ));
    }
    Ok(())
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
            tell_dropped(pipeline, result.report());
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Run(failure)) => {
            let how = how_to_go_on(arguments, pipeline, selection, &failure.report);
            let ended = signals.exit_code().filter(|_| failure.is_interrupted());
            let done = failure.report.clone();
            let code = report(&Error::Run(failure));
            tell_dropped(pipeline, &done);
            note(&how);
            Ok(ended.map_or(code, ExitCode::from))
        }
        Err(error) => Err(error),
    }
}

/// Tells which outputs the nodes that completed made for nobody.
fn tell_dropped(pipeline: &Pipeline, report: &Report) {
    let graph = pipeline.project().pipeline();
    let is_made = |output: &&str| graph.producer(output).is_some_and(|node| report.completed.contains(&node.name));
    let made: Vec<_> = graph.unstored_outputs().into_iter().filter(is_made).collect();
    if let Some(text) = dropped(&made) {
        note(&text);
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
