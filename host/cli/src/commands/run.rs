//! `wpipe run`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wpipe::{Error, History, Host, Incremental, JsonLines, OnSaveError, Runner, Selection};

use super::build::build_stale;
use super::runs::directory_of;
use super::select::select;
use crate::arguments::{LATEST, RunArguments, RunnerKind, SaveErrors, Verbosity};
use crate::terminal::{Console, INTERRUPTED, note, report, say, tell_report, warn};

type Events = Arc<JsonLines<Box<dyn Write + Send>>>;

pub(crate) fn run(arguments: &RunArguments, verbosity: &Verbosity) -> Result<ExitCode, Error> {
    let (project, selection) = match &arguments.resume {
        Some(run) => {
            let history = History::of(directory_of(&arguments.manifest.manifest));
            let record = history.open(Some(run.as_str()).filter(|run| *run != LATEST))?;
            let project = arguments.manifest.open_in(record.description.env.as_deref())?;
            let Some(rest) = project.resume(&record)? else {
                say(&format!("nothing is left of run {}: all its nodes completed", record.description.id));
                return Ok(ExitCode::SUCCESS);
            };
            let selection = rest.selection();
            (rest, selection)
        }
        None => match select(arguments.manifest.open()?, &arguments.selection)? {
            Some(part) => (part, arguments.selection.selection()),
            None => {
                say("nothing to run: every stored dataset is there");
                return Ok(ExitCode::SUCCESS);
            }
        },
    };
    if !arguments.no_build {
        build_stale(&project)?;
    }
    let mut incremental = None;
    let mut project = project;
    if arguments.selection.incremental {
        let decided = Incremental::of(&project)?;
        let (nodes, all) = (decided.to_run(), decided.decisions.len());
        if nodes.is_empty() {
            say(&format!("nothing to run: the results of all {all} nodes are there"));
            return Ok(ExitCode::SUCCESS);
        }
        if nodes.len() < all && !verbosity.quiet {
            note(&format!("{} of {all} nodes are left out: their results are there", all - nodes.len()));
        }
        project = project.select(&Selection { nodes, ..Selection::default() })?;
        incremental = Some((decided, project.clone()));
    }
    let pipeline = Host::builder().transports(arguments.ways.transports()?).build()?.load_project(project)?;
    let events = arguments.events.as_deref().map(open_events).transpose()?;

    let mut run = pipeline
        .run()
        .runner(runner(arguments)?)
        .persist(arguments.ways.persist)
        .keep_going(arguments.keep_going)
        .on_save_error(match arguments.on_save_error {
            SaveErrors::Finish => OnSaveError::Finish,
            SaveErrors::Stop => OnSaveError::Stop,
        })
        .verify_round_trip(arguments.verify_roundtrip)
        .keep_outputs(false)
        .cancel(cancel_on_interrupt())
        .observe(Console::new(verbosity));
    if !arguments.no_journal {
        run = run.journal(&selection);
    }
    if let Some(bytes) = arguments.memory {
        run = run.memory(bytes);
    }
    for (dataset, version) in &arguments.load_version {
        run = run.load_version(dataset, version);
    }
    for (name, amount) in &arguments.resource {
        run = run.resource(name, *amount);
    }
    if let Some(events) = &events {
        run = run.observe_shared(events.clone());
    }
    let result = run.execute();
    if let (Some(events), Some(path)) = (&events, &arguments.events)
        && let Err(error) = events.finish()
    {
        warn(&format!("not all events are in `{}`: {error}", path.display()));
    }
    if let Some((decided, project)) = incremental {
        match &result {
            Ok(result) => decided.record(&project, result.report())?,
            Err(Error::Run(failure)) => decided.record(&project, &failure.report)?,
            Err(_) => {}
        }
    }
    match result {
        Ok(result) => {
            tell_report(result.report());
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Run(failure)) => {
            let from: Vec<_> = pipeline.resume_from(&failure.report).into_iter().map(str::to_owned).collect();
            let completed = failure.report.completed.len();
            let code = report(&Error::Run(failure));
            tell_resume(arguments, completed, &from.join(","));
            Ok(code)
        }
        Err(error) => Err(error),
    }
}

/// Tells how to go on after a run that did not complete.
fn tell_resume(arguments: &RunArguments, completed: usize, from: &str) {
    let manifest = arguments.manifest.manifest.display();
    if completed == 0 {
        note("no node completed: repeat the command to run it again");
    } else if from.is_empty() {
        note("all nodes completed, and what they made is in storage: nothing is left to run");
    } else if arguments.no_journal {
        note(&format!("to go on: wpipe run {manifest} --from-nodes {from}"));
    } else {
        note(&format!("to go on from {from}: wpipe run {manifest} --resume"));
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

/// The first interrupt ends the run in good order, the second one at once.
fn cancel_on_interrupt() -> Arc<AtomicBool> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = cancel.clone();
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            process::exit(INTERRUPTED.into());
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        warn(&format!("an interrupt will end the run at once: {error}"));
    }
    cancel
}
