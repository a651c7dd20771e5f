//! The arguments of `wpipe runs`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Format, parse_path};

#[derive(Debug, Args)]
pub(crate) struct RunsArguments {
    /// The manifest.
    #[arg(long, default_value = "pipeline.toml", global = true)]
    pub(crate) manifest: PathBuf,

    /// Show the runs in this store instead, whose parts were processes: `wpipe tasks`. Their names are those that their
    /// tasks were given.
    #[arg(long, value_name = "STORE", global = true)]
    pub(crate) run_store: Option<String>,

    #[command(subcommand)]
    pub(crate) command: RunsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// Show all runs, the oldest first.
    List,
    /// Show one run: what it was to do, and what became of each node.
    Show {
        /// The run, or how its name begins; by default the latest.
        run: Option<String>,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Remove the journals of old runs. Runs that go on are kept, and the latest of each manifest, which `--resume` takes.
    Prune {
        /// Keep so many of the newest runs of each manifest.
        #[arg(long, value_name = "N", required_unless_present = "older_than")]
        keep: Option<usize>,
        /// Remove only runs that ended longer ago, such as `30d`, `12h` or `90m`.
        #[arg(long, value_name = "TIME", value_parser = parse_age)]
        older_than: Option<Duration>,
        /// Show what would be removed, and remove nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print a run as a trace, which Chrome (`chrome://tracing`) and Perfetto show: a row for each worker, and others for loads
    /// and saves.
    Trace {
        /// The run, or how its name begins; by default the latest.
        run: Option<String>,
        /// Write it to this file.
        #[arg(long, short, value_name = "FILE", value_parser = parse_path)]
        output: Option<PathBuf>,
    },
    /// Write a report of a run: one HTML file that needs nothing else, with its graph, timeline, nodes with logs and errors,
    /// what is durable where, parameters without secrets, and what it ran with.
    Report {
        /// The run, or how its name begins; by default the latest.
        run: Option<String>,
        /// Write it to this file; by default to standard output.
        #[arg(long, short, value_name = "FILE", value_parser = parse_path)]
        output: Option<PathBuf>,
    },
    /// Show in what two runs differ, and why: manifest, components, parameters, nodes, results and times, and what the call of
    /// each node depends on and is not the same.
    Diff {
        /// A run, or how its name begins.
        before: String,
        /// Another; by default the latest.
        after: Option<String>,
    },
}

/// Parses an age: a number and `d`, `h`, `m` or `s`.
fn parse_age(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let seconds = match unit {
        "d" => 24 * 60 * 60,
        "h" => 60 * 60,
        "m" => 60,
        "s" => 1,
        _ => return Err("expected a number and `d`, `h`, `m` or `s`, such as `30d`".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "expected a whole number before the unit".to_owned())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(|| "this is too long".to_owned())
}
