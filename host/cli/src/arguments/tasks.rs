//! The arguments of runs whose parts are processes.

use std::num::NonZero;

use clap::Args;
use wpipe::pipeline::{GroupBy, TaskOptions};

use super::{Format, ManifestArguments, SelectionArguments};

#[derive(Debug, Args)]
pub(crate) struct TasksArguments {
    #[command(flatten)]
    pub(crate) manifest: ManifestArguments,

    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    #[command(flatten)]
    pub(crate) grouping: GroupingArguments,

    /// How to print them.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub(crate) format: Format,

    /// Flags of `wpipe run` that every task is to have, such as `-- --keep-going --memory 4GiB`.
    #[arg(last = true, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(crate) flags: Vec<String>,
}

/// How a pipeline becomes tasks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tasks")]
pub(crate) struct GroupingArguments {
    /// Put nodes together into tasks: node (each is one), chain (those that can only run one after the other), tag,
    /// namespace, or all (everything is one task); by default chain.
    #[arg(long, value_name = "HOW")]
    group_by: Option<GroupBy>,

    /// How many slices each multipipeline has; with 1 it is no tasks of its own. By default what the manifest says, or 4.
    #[arg(long, value_name = "N")]
    slices: Option<NonZero<usize>>,
}

impl GroupingArguments {
    pub(crate) fn options(&self) -> TaskOptions {
        TaskOptions { group_by: self.group_by.unwrap_or_default(), slices: self.slices }
    }
}

/// A process that does one task of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tasks")]
pub(crate) struct TaskArguments {
    /// Do this task of `wpipe tasks`, and no other. A task that has a result in this run is not done again.
    #[arg(long, value_name = "TASK")]
    #[arg(conflicts_with_all = ["resume", "only_missing_outputs", "incremental", "trace", "no_journal", "load_version", "lineage"])]
    pub(crate) task: Option<String>,

    /// The name of the run that the task is of, the same for all its tasks; by default that of `WPIPE_RUN`.
    #[arg(long, value_name = "NAME", requires = "task")]
    run: Option<String>,

    /// The store that all tasks of a run share: a URL, a folder, or `NAME:path` in a store of the manifest. By default that
    /// of `WPIPE_RUN_STORE`, or `.wpipe/tasks` beside the manifest. With `--resume`, the run is looked for there.
    #[arg(long, value_name = "STORE")]
    pub(crate) run_store: Option<String>,

    #[command(flatten)]
    pub(crate) grouping: GroupingArguments,
}

impl TaskArguments {
    /// Returns the name of the run; empty if nothing says one.
    pub(crate) fn run(&self) -> String {
        self.run.clone().or_else(|| variable("WPIPE_RUN")).unwrap_or_default()
    }

    /// Returns the store of runs that the tasks of a run share.
    pub(crate) fn store(&self) -> Option<String> {
        self.run_store.clone().or_else(|| variable("WPIPE_RUN_STORE"))
    }
}

/// Returns the value of a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
