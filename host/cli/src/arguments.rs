//! The arguments that can be typed after `wpipe`.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use wpipe::pipeline::{Selection, check_path, parse_size, split_params};
use wpipe::{CreateEntries, Overrides, Persist, Project, StoreSettings, Transports};

use crate::error::Error;

mod look;
mod runs;
mod tasks;

pub(crate) use look::{InspectArguments, InspectFormat, VizArguments, VizFormat};
pub(crate) use runs::{RunsArguments, RunsCommand};
pub(crate) use tasks::{TaskArguments, TasksArguments};

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    the run failed
  2    wrong input: arguments, manifest, components or data that do not fit together
  130  interrupted
  143  ended by SIGTERM (129: by SIGHUP)";

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
    /// Begin a project: a pipeline that runs at once, the crate of its nodes with tests, and data.
    ///
    /// Nothing is overwritten.
    New(NewArguments),

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
    /// A multipipeline is shown as its slicer, its nodes for each slice, and its barrier. Works from the manifest alone;
    /// the components need not exist.
    Plan(PlanArguments),

    /// Print the pipeline as tasks for other engines: what each waits for, and the command line that does it.
    ///
    /// A multipipeline is a slicer, its slices and a barrier, each a task. The command lines find the name of their run in
    /// `WPIPE_RUN`, and the store that all tasks share in `WPIPE_RUN_STORE`. Works from the manifest alone.
    Tasks(TasksArguments),

    /// Run a pipeline.
    ///
    /// Builds what is stale, checks everything that can be checked, and then runs the nodes in order.
    Run(Box<RunArguments>),

    /// Show what earlier runs did, from their journals in `.wpipe/runs`.
    Runs(RunsArguments),

    /// Show the datasets of a pipeline, and what storage has of them.
    Catalog(CatalogArguments),

    /// Draw the pipeline, and a run of it, as a page that works from disk, or in another form.
    ///
    /// The page shows the graph with search and filters, what is known of each node and dataset, and with `--run` their
    /// states, times and sizes and the timeline of the run.
    Viz(VizArguments),

    /// Look into a stored table: its columns, its first rows, who makes and who reads it.
    ///
    /// Works while a run is going on: it sees what is complete.
    Inspect(InspectArguments),

    /// Show and tidy up the shared store, in which processes of this machine find each other's datasets.
    Store(StoreArguments),

    /// Print the JSON Schema of `pipeline.toml`, by which editors complete and check it.
    ///
    /// `wpipe schema > pipeline.schema.json`, and `#:schema ./pipeline.schema.json` as the first line of the manifest: Taplo,
    /// and editors that use it, take it from there.
    Schema,

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
pub(crate) struct NewArguments {
    /// The folder of the project, which has its name.
    #[arg(value_name = "NAME")]
    pub(crate) directory: PathBuf,

    /// What it begins with.
    #[arg(long, short, value_enum, default_value_t = TemplateKind::Minimal)]
    pub(crate) template: TemplateKind,

    /// Where cargo takes the SDK from: a version, the folder of a clone of wpipe, or the address of a git repository. By
    /// default what this command was built from.
    #[arg(long, value_name = "WHERE")]
    pub(crate) sdk: Option<String>,
}

/// What a project begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TemplateKind {
    /// Two nodes and a table.
    Minimal,
    /// Four nodes that learn to tell kinds of iris apart.
    Iris,
    /// A folder of files that are worked on one by one.
    Partitioned,
}

#[derive(Debug, Args)]
pub(crate) struct ManifestArguments {
    /// The manifest.
    #[arg(default_value = "pipeline.toml")]
    pub(crate) manifest: PathBuf,

    /// Lay the manifest of this environment over it: `pipeline.prod.toml` for `prod`.
    #[arg(long, short, value_name = "NAME")]
    env: Option<String>,

    /// Set parameters, such as `train.iterations=100`; values are TOML's, and what TOML does not know is text. May be
    /// given more than once, or with commas; a text with commas has quotes: `name="a,b"`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = split_params)]
    params: Vec<Vec<(String, String)>>,

    /// Share datasets with other processes of this machine in this directory, such as `/dev/shm/wpipe`; by default in
    /// that of `WPIPE_STORE`, or of the manifest's `store`.
    #[arg(long, value_name = "DIR", value_parser = parse_path)]
    store: Option<PathBuf>,
}

impl ManifestArguments {
    /// Opens the project, with everything that is laid over it.
    pub(crate) fn open(&self) -> Result<Project, wpipe::Error> {
        self.open_with(&self.overrides())
    }

    /// Opens the project with `overrides` laid over it.
    pub(crate) fn open_with(&self, overrides: &Overrides) -> Result<Project, wpipe::Error> {
        Project::open_with(&self.manifest, overrides)
    }

    /// Returns the shared store that was typed.
    pub(crate) fn typed_store(&self) -> Option<&Path> {
        self.store.as_deref()
    }

    /// Returns the layers over the manifest.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides { env: self.env.clone(), params: self.params.concat(), store: store(self.store.as_ref()) }
    }
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

    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    #[command(flatten)]
    pub(crate) ways: WaysArguments,

    /// How to print the plan.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,

    /// Show every node of a multipipeline once, without slicer, slices and barrier.
    #[arg(long)]
    pub(crate) collapse: bool,

    /// How many workers there will be: as many slices as that has a multipipeline whose manifest says no number. By
    /// default as many as there are processors.
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZero<usize>>,

    /// Build and check everything first, as `wpipe check` does.
    #[arg(long)]
    pub(crate) check: bool,
}

/// The form in which something is printed.
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

    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    /// Run nodes one after the other, in the order of the plan, or several at once.
    #[arg(long, value_enum, default_value_t = RunnerKind::Parallel)]
    pub(crate) runner: RunnerKind,

    /// How many nodes run at once at most; by default as many as there are processors.
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZero<usize>>,

    #[command(flatten)]
    pub(crate) ways: WaysArguments,

    /// Datasets in memory, such as `4GiB`, from which on nothing more is begun until some are saved or read to the end;
    /// by default half of the machine's memory. What running nodes allocate for themselves comes on top.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) memory: Option<u64>,

    /// What nodes that run at once may allocate for themselves, such as `8GiB`: a node waits until its limit on memory fits;
    /// by default three quarters of the machine's memory.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) node_memory: Option<u64>,

    /// Load this version of a versioned dataset, such as `model:2026-11-20T09.41.41.123Z`, rather than the newest; may be
    /// given more than once.
    #[arg(long, value_name = "DATASET:VERSION", value_delimiter = ',', value_parser = parse_version)]
    pub(crate) load_version: Vec<(String, String)>,

    /// Go on with the nodes that do not depend on a failed one.
    #[arg(long)]
    pub(crate) keep_going: bool,

    /// Go on without the partitions that fail, and exit 0 all the same: as if every multipipeline had
    /// `on_partition_error = "skip"` and `allow_incomplete = true`.
    #[arg(long)]
    pub(crate) allow_incomplete: bool,

    /// After a save failed, finish the nodes that have what they need, or start no other. The run fails in any case.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = SaveErrors::Finish)]
    pub(crate) on_save_error: SaveErrors,

    /// Load back everything that is saved, compare it with what its node made, and fail on a difference.
    #[arg(long)]
    pub(crate) verify_roundtrip: bool,

    /// How much there is of a named resource that nodes take; may be given more than once.
    #[arg(long, value_name = "NAME=AMOUNT", value_parser = parse_resource)]
    pub(crate) resource: Vec<(String, u64)>,

    /// Go on with a run that did not complete, by default the latest of this manifest: run what did not complete, and
    /// what makes what that needs and storage does not have. Partitions that the run has written are not made again. The
    /// run's `--env` and `--params` hold again, unless others are given; secret parameters have to be.
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = LATEST)]
    #[arg(conflicts_with_all = ["nodes", "from_nodes", "to_nodes", "from_inputs", "to_outputs", "tags", "namespaces"])]
    #[arg(conflicts_with_all = ["exclude", "only_missing_outputs", "incremental"])]
    pub(crate) resume: Option<String>,

    /// Keep no journal in `.wpipe/runs` beside the manifest: the run cannot be resumed, and `wpipe runs` will not show
    /// it.
    #[arg(long)]
    pub(crate) no_journal: bool,

    /// Write the run as a trace to this file when it has ended, for Chrome (`chrome://tracing`) and Perfetto.
    #[arg(long, value_name = "FILE", value_parser = parse_path, conflicts_with = "no_journal")]
    pub(crate) trace: Option<PathBuf>,

    /// Tell by OpenLineage which jobs have read and written which datasets: add it to this file, or send it to the server at
    /// this URL, such as `http://localhost:5000`; by default to that of `OPENLINEAGE_URL`, if it is set.
    #[arg(long, value_name = "URL|FILE")]
    pub(crate) lineage: Option<String>,

    /// Write every event of the run to this file, one JSON object per line; `-` is standard output.
    #[arg(long, value_name = "FILE", value_parser = parse_path)]
    pub(crate) events: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) tasks: TaskArguments,
}

/// The word for the latest run.
pub(crate) const LATEST: &str = "latest";

#[derive(Debug, Args)]
pub(crate) struct CatalogArguments {
    #[command(flatten)]
    pub(crate) manifest: ManifestOption,

    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub(crate) format: Format,

    #[command(subcommand)]
    pub(crate) command: CatalogCommand,
}

/// The manifest of a command whose own arguments are datasets.
#[derive(Debug, Args)]
pub(crate) struct ManifestOption {
    /// The manifest.
    #[arg(long, default_value = "pipeline.toml", global = true)]
    manifest: PathBuf,

    /// Lay the manifest of this environment over it: `pipeline.prod.toml` for `prod`.
    #[arg(long, short, value_name = "NAME", global = true)]
    env: Option<String>,
}

impl ManifestOption {
    /// Begins with entries for the datasets that have none.
    pub(crate) fn create_entries(&self) -> CreateEntries {
        let create = CreateEntries::of(&self.manifest);
        match &self.env {
            Some(env) => create.env(env),
            None => create,
        }
    }

    /// Opens the project, with its layers.
    pub(crate) fn open(&self) -> Result<Project, wpipe::Error> {
        self.open_with_store(None)
    }

    /// Opens the project, with its layers and this shared store in place of its own, if one is given.
    fn open_with_store(&self, store: Option<PathBuf>) -> Result<Project, wpipe::Error> {
        Project::open_with(&self.manifest, &Overrides { env: self.env.clone(), store, ..Overrides::default() })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Show every dataset that a node names or the manifest lists: its type and place, whether it exists, and its size.
    List,
    /// Show all that can be told of datasets without reading them: of a partitioned one which run made it, whether it is
    /// complete, what is missing and why, and what else is there.
    Describe {
        /// The datasets; by default all.
        datasets: Vec<String>,
    },
    /// Read the tables that are stored of datasets, all partitions of partitioned ones, and print their columns as the
    /// option `types`, to be put into the manifest. Where partitions differ, the type is one that holds all.
    Schema {
        /// The datasets.
        #[arg(required = true)]
        datasets: Vec<String>,
    },
    /// Show the entry of the manifest that holds for each dataset, placeholders filled in, with its place and the pattern
    /// that it comes from.
    Resolve {
        /// The datasets; by default all. A name may be one that only a pattern fits.
        datasets: Vec<String>,
    },
    /// Add an entry to the manifest for every dataset that has none, or with `--env` to the manifest of that environment.
    ///
    /// The type follows from what nodes hand over: parquet for tables, text, bytes, and archive for everything else. A
    /// table that no node makes and whose file is there already gets the type of the file. Datasets that a pattern fits
    /// are left out. Nothing else of the manifest changes, not a byte. Builds what is stale first.
    Create {
        /// The datasets; by default all.
        datasets: Vec<String>,
        /// Put the files into this folder, relative to the manifest.
        #[arg(long, value_name = "FOLDER", default_value = "data")]
        folder: String,
        /// Show the change as a diff, and write nothing.
        #[arg(long)]
        dry_run: bool,
        /// Take components as they are, without building what is stale.
        #[arg(long)]
        no_build: bool,
    },
    /// Read everything that is stored of datasets to the end, and find what is damaged: archives by their digests, other
    /// files by decoding them, partitioned datasets also by their manifests. Exits 1 if something is.
    Verify {
        /// The datasets; by default all.
        datasets: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StoreArguments {
    /// The directory; by default that of `WPIPE_STORE`, or of the manifest's `store`.
    #[arg(long, value_name = "DIR", value_parser = parse_path, global = true)]
    store: Option<PathBuf>,

    #[command(flatten)]
    manifest: ManifestOption,

    #[command(subcommand)]
    pub(crate) command: StoreCommand,
}

impl StoreArguments {
    /// Returns the settings of the store: those of the manifest, if it names this store or there is no other.
    pub(crate) fn settings(&self) -> Result<StoreSettings, Error> {
        let given = store(self.store.as_ref());
        match (self.manifest.open_with_store(given.clone()), given) {
            (Ok(project), _) => project.store().ok_or_else(|| {
                let manifest = self.manifest.manifest.display();
                Error::Arguments(format!(
                    "no store is named: give `--store DIR`, set `WPIPE_STORE`, or write `store = \"DIR\"` into `{manifest}`"
                ))
            }),
            // A store can be looked at without a manifest.
            (Err(_), Some(path)) => Ok(StoreSettings::at(path)),
            (Err(error), None) => Err(error.into()),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Show the datasets that are there: their pipelines, types, sizes, and the runs that made them.
    List {
        /// How to print it.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Read everything to the end, and find what is damaged. Exits 1 if something is.
    Verify,
    /// Remove what crashes and replaced datasets have left. Every run with the store begins with this.
    Gc {
        /// Remove all datasets as well that no process uses.
        #[arg(long)]
        all: bool,
    },
    /// Show the directory of the store, or the files of a dataset: the first bytes of each are its content.
    Path {
        /// The dataset: its pipeline, a slash, and its name.
        dataset: Option<String>,
    },
}

/// Which nodes of the manifest are meant.
///
/// Every flag can be repeated and takes several items separated by commas; an item is a name or a pattern with `*`,
/// `?` or `[…]`. What is selected is what all flags have in common.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArguments {
    /// Only these nodes; `+node` is a node and all that it depends on, `node+` a node and all that depends on it.
    #[arg(long, short, value_name = "NODES", value_delimiter = ',')]
    nodes: Vec<String>,

    /// Only these nodes and all that depends on them.
    #[arg(long, value_name = "NODES", value_delimiter = ',')]
    from_nodes: Vec<String>,

    /// Only these nodes and all that they depend on.
    #[arg(long, value_name = "NODES", value_delimiter = ',')]
    to_nodes: Vec<String>,

    /// Only the readers of these datasets, and all that depends on them.
    #[arg(long, value_name = "DATASETS", value_delimiter = ',')]
    from_inputs: Vec<String>,

    /// Only the makers of these datasets, and all that they depend on.
    #[arg(long, value_name = "DATASETS", value_delimiter = ',')]
    to_outputs: Vec<String>,

    /// Only the nodes with any of these tags.
    #[arg(long, short, value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<String>,

    /// Only the nodes in these namespaces, and those below.
    #[arg(long, value_name = "NAMESPACES", value_delimiter = ',')]
    namespaces: Vec<String>,

    /// Not these nodes; `+` as with `--nodes`.
    #[arg(long, value_name = "NODES", value_delimiter = ',')]
    exclude: Vec<String>,

    /// Of these, only the nodes that are needed for every stored dataset to be there.
    #[arg(long)]
    pub(crate) only_missing_outputs: bool,

    /// Of these, leave out the nodes whose component, function, parameters and inputs are those of an earlier run with
    /// this flag, and whose outputs are still there as that run saved them.
    #[arg(long)]
    pub(crate) incremental: bool,
}

impl SelectionArguments {
    pub(crate) fn selection(&self) -> Selection {
        // As in Kedro, blanks around names and empty items do not count.
        let items = |list: &[String]| {
            let items = list.iter().map(|item| item.trim()).filter(|item| !item.is_empty());
            items.map(str::to_owned).collect()
        };
        Selection {
            nodes: items(&self.nodes),
            from_nodes: items(&self.from_nodes),
            to_nodes: items(&self.to_nodes),
            from_inputs: items(&self.from_inputs),
            to_outputs: items(&self.to_outputs),
            tags: items(&self.tags),
            namespaces: items(&self.namespaces),
            exclude: items(&self.exclude),
        }
    }
}

/// The ways that datasets take.
#[derive(Debug, Args)]
pub(crate) struct WaysArguments {
    /// How datasets reach storage, where the manifest does not say otherwise for one:
    /// tee (in the background, while readers get the buffer), sync (save, drop, load back), async (as sync, all of a
    /// node at once), cache (save, then serve from memory), cache+async, or off (only final outputs are saved).
    #[arg(long, value_name = "MODE", default_value = "tee")]
    pub(crate) persist: Persist,

    /// How buffers reach nodes. By default small ones are copied, larger ones moved to their only reader or mapped into
    /// several; any other choice is for all sizes, and `move` copies what has several readers.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = TransportKind::Auto)]
    pub(crate) transport: TransportKind,
}

/// The way in which buffers reach nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TransportKind {
    /// By size and readers.
    Auto,
    /// Copied.
    Copy,
    /// Moved, page by page.
    Move,
    /// Mapped from anonymous memory.
    Map,
    /// Mapped from files in the directory for temporary files.
    File,
}

impl WaysArguments {
    pub(crate) fn transports(&self) -> Result<Transports, Error> {
        match self.transport {
            TransportKind::Auto => Ok(Transports::detect()),
            TransportKind::Copy => Ok(Transports::copy()),
            TransportKind::Move => Ok(Transports::moving()),
            TransportKind::Map => Transports::map()
                .map_err(|error| Error::Arguments(format!("`--transport map` is not possible here: {error}"))),
            TransportKind::File => Ok(Transports::file(&std::env::temp_dir())),
        }
    }
}

/// The order in which nodes run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunnerKind {
    /// One after the other.
    Sequential,
    /// Several at once.
    Parallel,
}

/// The effect of a failed save on the nodes that have their inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SaveErrors {
    /// They still run.
    Finish,
    /// No other starts.
    Stop,
}

/// Returns the directory of the shared store: the one that was typed, or that of the environment.
fn store(typed: Option<&PathBuf>) -> Option<PathBuf> {
    let of_environment = || std::env::var_os("WPIPE_STORE").filter(|path| !path.is_empty()).map(PathBuf::from);
    typed.cloned().or_else(of_environment)
}

/// Parses the path of a local file. No shell replaces a `~` behind `=`.
fn parse_path(text: &str) -> Result<PathBuf, String> {
    check_path(text).map_err(|fault| format!("{}; {}", fault.reason, fault.help))?;
    Ok(PathBuf::from(text))
}

fn parse_version(text: &str) -> Result<(String, String), String> {
    let (dataset, version) = text.split_once(':').ok_or("expected `dataset:version`")?;
    Ok((dataset.to_owned(), version.to_owned()))
}

fn parse_resource(text: &str) -> Result<(String, u64), String> {
    let (name, amount) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("expected `name=amount`")?;
    let amount = amount.parse().map_err(|_| ()).or_else(|()| parse_size(amount))?;
    Ok((name.to_owned(), amount))
}
