//! Plain printing.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use console::{Term, measure_text_width, style};
use tracing::level_filters::LevelFilter;
use wpipe::text::{self, lines, message, one_line, rendered};

use crate::arguments::Verbosity;

/// A reader has closed the pipe, as shells count it: 128 and the number of SIGPIPE.
const PIPE_CLOSED: u8 = 141;

/// Why standard output did not take what was printed; the first reason.
static LOST: OnceLock<io::ErrorKind> = OnceLock::new();

/// Prints a result. Colours and lines are ours, everything else that a terminal would obey is shown.
pub(crate) fn say(text: &str) {
    print(&format!("{}\n", rendered(text)));
}

/// Prints a result as JSON.
pub(crate) fn say_json(json: String) {
    print(&format!("{}\n", text::json(json)));
}

/// Prints text as it is. What does not arrive is told at the [end](end).
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        LOST.get_or_init(|| error.kind());
    }
}

/// Notes that standard output did not take what a command has printed itself.
pub(crate) fn note_lost(error: &io::Error) {
    LOST.get_or_init(|| error.kind());
}

/// The exit code of a command that has ended with this one: another one if not everything arrived that it has printed.
pub(crate) fn end(code: ExitCode) -> ExitCode {
    match LOST.get() {
        None => code,
        // A reader that has seen enough (`wpipe plan | head`) need not be told.
        Some(io::ErrorKind::BrokenPipe) => {
            if code == ExitCode::SUCCESS {
                PIPE_CLOSED.into()
            } else {
                code
            }
        }
        Some(kind) => {
            note(&format!("{} failed to write to standard output: {kind}", style("error:").red().bold().for_stderr()));
            if code == ExitCode::SUCCESS { ExitCode::FAILURE } else { code }
        }
    }
}

/// Tells something on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", rendered(text));
}

/// Tells a warning on standard error.
pub(crate) fn warn(text: &str) {
    note(&format!("{} {}", style("warning:").yellow().bold().for_stderr(), message(text)));
}

/// Shows what the host's own crates warn of, and with `--verbose` what they do.
pub(crate) fn log_host_warnings(verbosity: &Verbosity) {
    let level = if verbosity.verbose { LevelFilter::INFO } else { LevelFilter::WARN };
    let told = tracing_subscriber::fmt().with_max_level(level).with_writer(|| Shown);
    // It would tell of a standard error that takes nothing there, and panic.
    told.log_internal_errors(false).without_time().with_target(false).init();
}

/// Standard error, on which nothing is obeyed.
struct Shown;

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().lock().write_all(message(text.trim_end()).as_bytes())?;
        io::stderr().lock().write_all(b"\n")?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A cell of a table, with a dash for an empty one.
pub(crate) fn or_nothing(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// `1 node`, `2 nodes`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Columns under their titles, each as wide as its widest cell.
pub(crate) fn table<const N: usize>(titles: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    columns(&titles, rows.into_iter().map(Vec::from))
}

/// The same of as many columns as there are titles.
pub(crate) fn columns(titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows = rows.into_iter().map(|row| row.iter().map(|cell| lines(cell).into_owned()).collect());
    let rows: Vec<Vec<String>> = rows.collect();
    let titles: Vec<String> = titles.iter().map(|title| one_line(title).into_owned()).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| longest_line(&row[column]));
        cells.chain([measure_text_width(&titles[column])]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let mut text = line(&titles, &widths);
    for row in &rows {
        text.push_str(&line(row, &widths));
    }
    text
}

fn longest_line(cell: &str) -> usize {
    cell.lines().map(measure_text_width).max().unwrap_or(0)
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, &width) in cells.iter().zip(widths) {
        // What has several lines stands in the last column, and goes on under its beginning.
        let indent = format!("\n{}", " ".repeat(measure_text_width(&text) + 2));
        let padding = " ".repeat(width.saturating_sub(longest_line(cell)));
        text.push_str(&format!("  {}{padding}", cell.replace('\n', &indent)));
    }
    format!("{}\n", text.trim_end())
}

/// Columns after which text is wrapped: those of the terminal, if it has fewer.
pub(super) fn width() -> usize {
    let columns = Term::stderr().size_checked().map_or(WIDEST, |(_, columns)| usize::from(columns));
    columns.clamp(NARROWEST, WIDEST)
}

const WIDEST: usize = 110;
/// Less than this would break every word.
const NARROWEST: usize = 40;
