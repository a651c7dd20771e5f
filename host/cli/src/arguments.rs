//! What can be typed after `wpipe`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

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

    /// Write every event of the run to this file, one JSON object per line; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}
