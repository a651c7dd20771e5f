//! `wpipe run`

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wpipe::{Error, Host, JsonLines, OnSaveError, Project, Runner};

use super::build::build_stale;
use crate::arguments::{RunArguments, RunnerKind, SaveErrors, Verbosity};
use crate::terminal::{Console, INTERRUPTED, tell_report, warn};

type Events = Arc<JsonLines<Box<dyn Write + Send>>>;

pub(crate) fn run(arguments: &RunArguments, verbosity: &Verbosity) -> Result<ExitCode, Error> {
    let project = Project::open(&arguments.manifest.manifest)?;
    if !arguments.no_build {
        build_stale(&project)?;
    }
    let pipeline = Host::builder().build()?.load_project(project)?;
    let events = arguments.events.as_deref().map(open_events).transpose()?;

    let mut run = pipeline
        .run()
        .runner(runner(arguments)?)
        .persist(arguments.persist)
        .keep_going(arguments.keep_going)
        .on_save_error(match arguments.on_save_error {
            SaveErrors::Finish => OnSaveError::Finish,
            SaveErrors::Stop => OnSaveError::Stop,
        })
        .verify_round_trip(arguments.verify_roundtrip)
        .keep_outputs(false)
        .cancel(cancel_on_interrupt())
        .observe(Console::new(verbosity));
    if let Some(bytes) = arguments.memory {
        run = run.memory(bytes);
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
    tell_report(result?.report());
    Ok(ExitCode::SUCCESS)
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
