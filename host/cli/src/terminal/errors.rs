//! Errors as people read them, and the exit codes.

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;
use std::time::Duration;

use console::style;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use wpipe::text::{message, one_line};
use wpipe::{Failure, Report, RunError};

use super::print::width;
use super::{count, note, warn};
use crate::error::Error;

/// The run failed.
const FAILED: u8 = 1;
/// The input was wrong.
const BAD_INPUT: u8 = 2;
/// The width of text whose place is unknown, in characters.
const WIDTH: usize = 100;
/// Interrupted, as shells count it: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

/// Tells an error and gives the exit code for it.
pub(crate) fn report(error: &Error) -> ExitCode {
    match error {
        Error::Wpipe(wpipe::Error::Problems(problems)) => {
            for problem in problems.iter() {
                note(render(problem).trim_end());
            }
            let count = problems.len();
            if count > 1 {
                tell(&format!("{problems}"), None);
            }
        }
        Error::Wpipe(wpipe::Error::Run(failure)) => return report_failure(failure),
        other => tell(&other.to_string(), other.help()),
    }
    if error.is_bad_input() { BAD_INPUT.into() } else { FAILED.into() }
}

/// Tells why a run failed and what it has done, and gives the exit code for it.
pub(crate) fn report_failure(failure: &Failure) -> ExitCode {
    if failure.is_interrupted() {
        tell("interrupted", None);
        tell_progress(failure);
        return INTERRUPTED.into();
    }
    for error in &failure.errors {
        let (text, help) = text_of(error);
        tell(&text, help);
    }
    tell_progress(failure);
    FAILED.into()
}

/// Tells that something failed of a command that has done what it could.
pub(crate) fn tell_failure(message: &str, help: Option<String>) -> ExitCode {
    tell(message, help);
    FAILED.into()
}

/// Returns what the command tells of an error, without colours, for programs that tell it to somebody themselves.
pub fn told(error: &wpipe::Error) -> String {
    let with_help = |text: &str, help: Option<String>| match help {
        Some(help) => format!("{}\n help: {}", message(text), message(&help)),
        None => message(text).into_owned(),
    };
    match error {
        wpipe::Error::Problems(problems) => {
            let rendered = problems.iter().map(|problem| in_width(problem, GraphicalTheme::unicode_nocolor(), WIDTH));
            rendered.map(|text| text.trim_matches('\n').to_owned()).collect::<Vec<_>>().join("\n\n")
        }
        wpipe::Error::Run(failure) => {
            let errors = failure.errors.iter().map(text_of).map(|(text, help)| with_help(&text, help));
            errors.chain(progress(failure)).collect::<Vec<_>>().join("\n")
        }
        other => with_help(&other.to_string(), other.help()),
    }
}

/// Returns why a run failed, as a person reads it, and what to do about it. What continues a run without some partitions is
/// told at its end, as for every run.
fn text_of(error: &RunError) -> (String, Option<String>) {
    match error {
        RunError::Partitions { multipipeline, failed, total } => {
            (format!("{}:\n{}", failed_of(failed.len(), *total, multipipeline), reasons(failed)), None)
        }
        error => (error.to_string(), error.help()),
    }
}

fn tell(text: &str, help: Option<String>) {
    note(&format!("{} {}", style("error:").red().bold().for_stderr(), message(text)));
    if let Some(help) = help {
        note(&format!(" {} {}", style("help:").cyan().for_stderr(), message(&help)));
    }
}

fn tell_progress(failure: &Failure) {
    progress(failure).iter().for_each(|line| note(line));
    tell_report(&failure.report);
}

/// Returns how far a run came that did not end well.
fn progress(failure: &Failure) -> Vec<String> {
    let report = &failure.report;
    let mut lines = vec![format!("completed {} out of {} nodes", report.completed.len(), report.total)];
    let is_told = |name: &String| {
        let of =
            |error: &RunError| matches!(error, RunError::Partitions { multipipeline, .. } if multipipeline == name);
        failure.errors.iter().any(of)
    };
    let rest = report.multipipelines.iter().filter(|(name, of)| of.completed < of.total && !is_told(name));
    lines.extend(
        rest.map(|(name, of)| format!("completed {} out of {} partitions of `{name}`", of.completed, of.total)),
    );
    if !report.skipped.is_empty() {
        lines.push(format!("not run, because what they need failed: {}", names(&report.skipped)));
    }
    if !report.persisted.is_empty() {
        lines.push(format!("in storage: {}", names(&report.persisted)));
    }
    lines
}

/// Tells what a person should know of a run that completed.
pub(crate) fn tell_success(report: &Report) {
    let incomplete = report.multipipelines.iter().filter(|(_, of)| !of.failed.is_empty());
    for (name, of) in incomplete {
        let failed = failed_of(of.failed.len(), of.total, name);
        warn(&format!("{failed}, and are missing in what it made:\n{}", reasons(&of.failed)));
    }
    tell_report(report);
}

fn failed_of(failed: usize, total: usize, multipipeline: &str) -> String {
    format!("{failed} of {} of multipipeline `{multipipeline}` failed", count(total, "partition"))
}

/// Failures that a person reads of many.
const SHOWN: usize = 10;

/// Partitions that are named for one reason.
const NAMED: usize = 3;

/// Why partitions failed, each reason once, behind the partitions that it is about: a line for each, as far as somebody is
/// going to read them.
fn reasons(failed: &BTreeMap<String, String>) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places = HashMap::new();
    for (id, reason) in failed {
        let place = *places.entry(reason.as_str()).or_insert(reasons.len());
        match reasons.get_mut(place) {
            Some((_, ids)) => ids.push(id),
            None => reasons.push((reason, vec![id])),
        }
    }
    let shown = reasons.iter().take(SHOWN).map(|(reason, ids)| {
        let named: Vec<_> = ids.iter().take(NAMED).map(|id| format!("`{}`", one_line(id))).collect();
        let more = ids.len() - named.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("  {}{more}: {reason}", named.join(", "))
    });
    let mut lines: Vec<_> = shown.collect();
    if let Some(more @ 1..) = reasons.len().checked_sub(SHOWN) {
        lines.push(format!("  and {more} more reasons: see `wpipe runs show`"));
    }
    lines.join("\n")
}

/// What is told of any run.
fn tell_report(report: &Report) {
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

/// What becomes of final outputs that nothing stores; `None` if there are none.
pub(crate) fn dropped(outputs: &[&str]) -> Option<String> {
    let them = match outputs {
        [] => return None,
        [_] => "it",
        _ => "each of them",
    };
    let outputs = names(outputs);
    Some(format!("made, read by nobody and stored nowhere: {outputs}; to keep {them}, add an entry to `[datasets]`"))
}

fn names(names: &[impl AsRef<str>]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", one_line(name.as_ref()))).collect();
    names.join(", ")
}

/// A problem with the part of the manifest that it is about.
fn render(problem: &dyn Diagnostic) -> String {
    let theme =
        if console::colors_enabled_stderr() { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    in_width(problem, theme, width())
}

fn in_width(problem: &dyn Diagnostic, theme: GraphicalTheme, width: usize) -> String {
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    match handler.render_report(&mut text, problem) {
        Ok(()) => text,
        Err(_) => format!("error: {problem}"),
    }
}
