//! Plain printing.

use std::io::{self, Write};

use console::style;
use tracing::level_filters::LevelFilter;

use crate::arguments::Verbosity;

/// Prints a result. A reader that went away (`wpipe plan | head`) is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Tells something on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells a warning on standard error.
pub(crate) fn warn(text: &str) {
    note(&format!("{} {text}", style("warning:").yellow().bold().for_stderr()));
}

/// Shows what the host's own crates warn of, and with `--verbose` what they do.
pub(crate) fn log_host_warnings(verbosity: &Verbosity) {
    let level = if verbosity.verbose { LevelFilter::INFO } else { LevelFilter::WARN };
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).without_time().with_target(false).init();
}

/// Columns under their titles, each as wide as its widest cell.
pub(crate) fn table<const N: usize>(titles: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| longest_line(&row[column]));
        cells.chain([titles[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = line(&titles.map(str::to_owned), &widths);
    for row in &rows {
        text.push_str(&line(row, &widths));
    }
    text
}

fn longest_line(cell: &str) -> usize {
    cell.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut text = String::new();
    for (cell, &width) in cells.iter().zip(widths) {
        // What has several lines stands in the last column, and goes on under its beginning.
        let indent = format!("\n{}", " ".repeat(text.chars().count() + 2));
        let cell = cell.replace('\n', &indent);
        text.push_str(&format!("  {cell:<width$}"));
    }
    format!("{}\n", text.trim_end())
}
