//! Errors as people read them, and the exit codes.

use std::process::ExitCode;
use std::time::Duration;

use console::style;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use wpipe::{Error, Report};

use super::note;

/// The run failed.
const FAILED: u8 = 1;
/// The input was wrong.
const BAD_INPUT: u8 = 2;
/// Interrupted, as shells count it: 128 and the number of SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// Tells an error and gives the exit code for it.
pub(crate) fn report(error: &Error) -> ExitCode {
    match error {
        Error::Problems(problems) => {
            for problem in problems.iter() {
                note(render(problem).trim_end());
            }
            let count = problems.len();
            if count > 1 {
                tell(&format!("{problems}"), None);
            }
        }
        Error::Run(failure) if failure.is_interrupted() => {
            tell("interrupted", None);
            tell_progress(failure);
            return INTERRUPTED.into();
        }
        Error::Run(failure) => {
            for error in &failure.errors {
                tell(&error.to_string(), error.help());
            }
            tell_progress(failure);
        }
        other => tell(&other.to_string(), None),
    }
    if error.is_bad_input() { BAD_INPUT.into() } else { FAILED.into() }
}

fn tell(message: &str, help: Option<String>) {
    note(&format!("{} {message}", style("error:").red().bold().for_stderr()));
    if let Some(help) = help {
        note(&format!(" {} {help}", style("help:").cyan().for_stderr()));
    }
}

fn tell_progress(failure: &wpipe::Failure) {
    let report = &failure.report;
    note(&format!("completed {} out of {} nodes", report.completed.len(), report.total));
    if !report.skipped.is_empty() {
        note(&format!("not run, because what they need failed: {}", names(&report.skipped)));
    }
    if !report.persisted.is_empty() {
        note(&format!("in storage: {}", names(&report.persisted)));
    }
    tell_report(report);
}

/// Tells what a person should know of a run besides its result.
pub(crate) fn tell_report(report: &Report) {
    if !report.unsaved.is_empty() {
        note(&format!("made, and not in storage: {}", names(&report.unsaved)));
    }
    if report.storage_retries > 0 {
        note(&format!("storage was asked again {} times after transient failures", report.storage_retries));
    }
    // Less is no reason to change anything.
    if report.waited_for_memory > Duration::from_millis(100) {
        let seconds = report.waited_for_memory.as_secs_f64();
        note(&format!("waited {seconds:.1} sec. for memory: see `--memory`"));
    }
}

fn names(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A problem with the part of the manifest that it is about.
fn render(problem: &dyn Diagnostic) -> String {
    let theme =
        if console::colors_enabled_stderr() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(WIDTH).with_links(false);
    match handler.render_report(&mut text, problem) {
        Ok(()) => text,
        Err(_) => format!("error: {problem}"),
    }
}

/// Columns after which text is wrapped.
const WIDTH: usize = 110;
