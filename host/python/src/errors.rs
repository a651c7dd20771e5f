//! Errors as exceptions: `wpipe.Error` and its subclasses, with the text that the command has for them.

use pyo3::prelude::*;
use wpipe::{Error, Failure, InputError, Problem, RunError};

use crate::place::{place, place_in_run};
use crate::result::Report;

/// Returns the exception for an error.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let exception = match error {
        Error::Run(failure) if failure.is_interrupted() => interrupted(py, failure),
        Error::Run(failure) => failed(py, failure, error),
        Error::Problems(problems) => {
            let first = problems.iter().next();
            let each = problems.iter().map(|problem| {
                let (kind, message) = (problem.kind().to_owned(), problem.message().to_owned());
                (kind, message, place(problem), problem.remedy().map(str::to_owned))
            });
            let message = first.map(|problem| problem.message().to_owned()).unwrap_or_default();
            let help = first.and_then(Problem::remedy);
            let arguments = (wpipe_cli::told(error), message, first.and_then(place), help, each.collect::<Vec<_>>());
            exception(py, "InputError", arguments)
        }
        other => {
            let name = if other.is_bad_input() { "InputError" } else { "RunError" };
            let none: Vec<(String, String, Option<String>, Option<String>)> = Vec::new();
            exception(py, name, (wpipe_cli::told(other), other.to_string(), None::<String>, other.help(), none))
        }
    };
    exception.unwrap_or_else(|error| error)
}

/// Returns the exception for a value that does not fit its dataset.
pub(crate) fn unfit(py: Python<'_>, dataset: &str, reason: impl Into<String>) -> PyErr {
    raised(py, &InputError::Invalid { dataset: dataset.to_owned(), reason: reason.into() }.into())
}

/// Returns the exception for an argument of a call that makes no sense.
pub(crate) fn wrong(py: Python<'_>, text: &str, help: Option<&str>) -> PyErr {
    let told = help.map_or_else(|| text.to_owned(), |help| format!("{text}\n help: {help}"));
    let none: Vec<(String, String, Option<String>, Option<String>)> = Vec::new();
    exception(py, "InputError", (told, text, None::<String>, help, none)).unwrap_or_else(|error| error)
}

fn failed(py: Python<'_>, failure: &Failure, error: &Error) -> PyResult<PyErr> {
    let first = failure.errors.first();
    let each = failure.errors.iter().map(|error| {
        let kind = format!("wpipe::run::{}", kind(error));
        (kind, error.to_string(), place_in_run(error), error.help())
    });
    let message = first.map(ToString::to_string).unwrap_or_default();
    let help = first.and_then(RunError::help);
    let arguments = (wpipe_cli::told(error), message, first.and_then(place_in_run), help, each.collect::<Vec<_>>());
    let raised = exception(py, "RunError", arguments)?;
    raised.value(py).setattr("report", Report::new(&failure.report, 0))?;
    Ok(raised)
}

fn interrupted(py: Python<'_>, failure: &Failure) -> PyResult<PyErr> {
    let (completed, total) = (failure.report.completed.len(), failure.report.total);
    let text = format!("interrupted: completed {completed} out of {total} nodes");
    let raised = pyo3::exceptions::PyKeyboardInterrupt::new_err(text);
    raised.value(py).setattr("report", Report::new(&failure.report, 0))?;
    Ok(raised)
}

fn kind(error: &RunError) -> &'static str {
    match error {
        RunError::Load { .. } => "load",
        RunError::Node { .. } => "node",
        RunError::Save { .. } => "save",
        RunError::Share { .. } | RunError::Store(_) => "store",
        RunError::RoundTrip { .. } => "round_trip",
        RunError::Partitions { .. } => "partitions",
        _ => "other",
    }
}

/// Makes an exception of a class of `wpipe._errors`.
fn exception<'py, A: pyo3::call::PyCallArgs<'py>>(py: Python<'py>, class: &str, arguments: A) -> PyResult<PyErr> {
    let class = py.import("wpipe._errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call1(arguments)?))
}
