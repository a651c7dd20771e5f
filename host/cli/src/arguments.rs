//! What can be typed after `wpipe`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use wpipe::Persist;
use wpipe::pipeline::parse_size;

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    the run failed
  2    wrong input: arguments, manifest, components or data that do not fit together
  130  interrupted";

/// Run data pipelines whose nodes are sandboxed WebAssembly components.
///
/// A `pipeline.toml` names nodes, the datasets between them, and where those are stored. Every node call runs in a
/// sandbox of its own, and reads in its own memory, without a copy, what other nodes wrote.
#[derive(Debug, Parser)]
#[command(name = "wpipe", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) verbosity: Verbosity,
}

/// How much is told on standard error.
#[derive(Debug, Args)]
pub(crate) struct Verbosity {
    /// Tell only warnings and errors.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Tell sizes, times and transports as well, and what nodes log at the levels debug and trace.
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile the node crates of a manifest to components.
    ///
    /// Every component with `crate = …` becomes a file under `target/wpipe` beside the manifest. Only what changed is
    /// compiled; cargo's own progress and errors are shown.
    Build(ManifestArguments),

    /// Check everything that can be known without running.
    ///
    /// The manifest, the graph, the options of every dataset, the components and their signatures, the types at both
    /// ends of every edge, and whether all inputs exist. All problems are told at once. Builds what is stale first.
    Check(CheckArguments),

    /// Show the nodes in order, with what they read and write, and where each dataset lives.
    ///
    /// Works from the manifest alone; the components need not exist.
    Plan(PlanArguments),

    /// Run a pipeline.
    ///
    /// Builds what is stale, checks everything that can be checked, and then runs the nodes in order.
    Run(RunArguments),

    /// Show what this machine offers: kernel features, toolchain, limits.
    Doctor,

    /// Print a completion script for a shell.
    ///
    /// For bash: `wpipe completions bash > ~/.local/share/bash-completion/completions/wpipe`
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArguments {
    /// The manifest.
    #[arg(default_value = "pipeline.toml")]
    pub(crate) manifest: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) manifest: ManifestArguments,

    /// Take components as they are, without building what is stale.
    #[arg(long)]
    pub(crate) no_build: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) manifest: ManifestArguments,

    /// How to print the plan.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Build and check everything first, as `wpipe check` does.
    #[arg(long)]
    pub(crate) check: bool,
}

/// How something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) manifest: ManifestArguments,

    /// Take components as they are, without building what is stale.
    #[arg(long)]
    pub(crate) no_build: bool,

    /// Run nodes one after the other, in the order of the plan, or several at once.
    #[arg(long, value_enum, default_value_t = RunnerKind::Parallel)]
    pub(crate) runner: RunnerKind,

    /// How many nodes run at once at most; by default as many as there are processors.
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZero<usize>>,

    /// How datasets reach storage, where the manifest does not say otherwise for one:
    /// tee (in the background, while readers get the buffer), sync (save, drop, load back), async (as sync, all of a
    /// node at once), cache (save, then serve from memory), cache+async, or off (only final outputs are saved).
    #[arg(long, value_name = "MODE", default_value = "tee")]
    pub(crate) persist: Persist,

    /// Datasets in memory, such as `4GiB`, from which on nothing more is begun until some are saved or read to the end;
    /// by default half of the machine's memory.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) memory: Option<u64>,

    /// Go on with the nodes that do not depend on a failed one.
    #[arg(long)]
    pub(crate) keep_going: bool,

    /// After a save failed, finish the nodes that have what they need, or start no other. The run fails in any case.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = SaveErrors::Finish)]
    pub(crate) on_save_error: SaveErrors,

    /// Load back everything that is saved, compare it with what its node made, and fail on a difference.
    #[arg(long)]
    pub(crate) verify_roundtrip: bool,

    /// How much there is of a named resource that nodes take; may be given more than once.
    #[arg(long, value_name = "NAME=AMOUNT", value_parser = parse_resource)]
    pub(crate) resource: Vec<(String, u64)>,

    /// Write every event of the run to this file, one JSON object per line; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}

/// In which order nodes run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunnerKind {
    /// One after the other.
    Sequential,
    /// Several at once.
    Parallel,
}

/// What a failed save means for the nodes that have what they need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SaveErrors {
    /// They still run.
    Finish,
    /// No other starts.
    Stop,
}

fn parse_resource(text: &str) -> Result<(String, u64), String> {
    let (name, amount) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("expected `name=amount`")?;
    let amount = amount.parse().map_err(|_| ()).or_else(|()| parse_size(amount))?;
    Ok((name.to_owned(), amount))
}
