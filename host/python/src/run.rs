//! A run for Python: its steps on a thread of its own, and what they say on the caller's.

use pyo3::prelude::*;
use pyo3::types::PyMapping;
use wpipe::{CancelToken, Error, FinishedRun, Host, Overrides, ReadyPart, Record, Session, Values};

use crate::arguments::Settings;
use crate::errors::raised;
use crate::given::given;
use crate::host::host;
use crate::result::{Report, Result};
use crate::wait::{Lines, wait};

/// Runs a part of the manifest at `path`.
///
/// `on_line` is called on this thread with each event, as JSON. The first interrupt ends the run in good order, the second
/// gives up what is being saved.
pub(crate) fn run(
    py: Python<'_>,
    path: &str,
    overrides: &Overrides,
    settings: &Settings,
    inputs: Option<&Bound<'_, PyMapping>>,
    on_line: Option<&Bound<'_, PyAny>>,
) -> PyResult<Result> {
    let host = host(py)?;
    // A build has no order to end in.
    let (part, interrupt) =
        wait(py, |_| ready(path, overrides, settings, &host), |_, _| Ok(()), |_, _| wpipe::build::stop());
    if let Some(interrupt) = interrupt {
        return Err(interrupt);
    }
    let part = part.map_err(|error| raised(py, &error))?;
    let Some(pipeline) = part.pipeline() else { return Ok(Result::nothing()) };
    let given = given(pipeline, inputs)?;

    let (cancel, abandon) = (CancelToken::new(), CancelToken::new());
    let on_line = on_line.map(|on_line| on_line.clone().unbind());
    let is_heard = on_line.is_some();
    let heard = move |py: Python<'_>, line: String| match &on_line {
        Some(on_line) => on_line.call1(py, (line,)).map(drop),
        None => Ok(()),
    };
    let end = |py: Python<'_>, error: &PyErr| {
        let is_second = cancel.is_cancelled();
        if is_second {
            abandon.cancel();
        }
        cancel.cancel();
        say_interrupted(py, error, is_second);
    };
    let work = |lines: Lines<std::result::Result<FinishedRun, Error>>| {
        part.run(|run| {
            let mut run = settings.set_up(run).cancel(cancel.clone()).abandon(abandon.clone());
            for (name, values) in &given.values {
                run = match values {
                    Values::Whole(value) => run.value(name, value),
                    Values::Partitions(values) => run.value_partitions(name, values),
                };
            }
            match is_heard {
                true => run.observe(move |record: &Record| lines.say(json(record))),
                false => run,
            }
        })
    };
    let (finished, exception) = wait(py, work, heard, end);
    let received = given.received;
    let finished = match (finished, exception) {
        // What the run says of its interruption, at the exception that asked for it.
        (finished, Some(exception)) => {
            if let Ok(finished) = &finished
                && let Some(report) = finished.report()
            {
                let words = format!("completed {} out of {} nodes", report.completed.len(), report.total);
                exception.value(py).setattr("report", Report::new(report, received))?;
                exception.value(py).call_method1("add_note", (words,))?;
            }
            return Err(exception);
        }
        (finished, None) => finished.map_err(|error| raised(py, &error))?,
    };
    let next = next_step(&finished);
    match finished.into_result() {
        Ok(result) => Result::new(result.as_ref(), received).map_err(|error| raised(py, &error)),
        Err(error) => {
            let exception = raised(py, &error);
            if let Some(next) = next {
                exception.value(py).call_method1("add_note", (next,))?;
            }
            Err(exception)
        }
    }
}

/// Returns the part of the manifest that runs, built and checked.
fn ready(path: &str, overrides: &Overrides, settings: &Settings, host: &Host) -> std::result::Result<ReadyPart, Error> {
    let mut session = Session::new(path).overrides(overrides.clone()).runner(settings.runner);
    for (dataset, version) in &settings.load_versions {
        session = session.load_version(dataset, version);
    }
    if !settings.journal {
        session = session.without_journal();
    }
    let built = match &settings.resume {
        Some(run) => {
            let part = session.resume(run.as_deref())?;
            if settings.build { part.build() } else { part.already_built() }
        }
        None => {
            let mut part = session.select(&settings.selection)?;
            if settings.only_missing_outputs {
                part = part.only_missing_outputs()?;
            }
            if settings.incremental {
                part = part.incremental();
            }
            if settings.build { part.build() } else { part.already_built() }
        }
    };
    built?.load(host)
}

fn json(record: &Record) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

/// Returns what continues a run that failed, in Python.
fn next_step(finished: &FinishedRun) -> Option<String> {
    match finished.next_step() {
        wpipe::NextStep::Resume { .. } => Some("to continue: `pipeline.run(resume=True)`".to_owned()),
        wpipe::NextStep::Select { selection, .. } => {
            let nodes: Vec<_> = selection.from_nodes.iter().map(|node| format!("{node:?}")).collect();
            Some(format!("to continue: `pipeline.run(select={{\"from_nodes\": [{}]}})`", nodes.join(", ")))
        }
        _ => None,
    }
}

/// Tells a person who has interrupted a run what becomes of it.
fn say_interrupted(py: Python<'_>, error: &PyErr, is_second: bool) {
    let module = py.import("wpipe._events");
    let told = module.and_then(|module| module.call_method1("interrupted", (error.value(py), is_second)));
    // It is only told.
    drop(told);
}
