//! The arguments of commands that show pipelines, runs and data.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LATEST, ManifestArguments, ManifestOption, parse_path};

#[derive(Debug, Args)]
pub(crate) struct VizArguments {
    #[command(flatten)]
    pub(crate) manifest: ManifestArguments,

    /// Show how this run went; the beginning of its id will do.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = LATEST)]
    pub(crate) run: Option<String>,

    /// Write it to this file; `kedro-viz` writes a folder. By default a page is written beside the manifest, and all else
    /// to standard output.
    #[arg(long, short, value_name = "FILE", value_parser = parse_path)]
    pub(crate) output: Option<PathBuf>,

    /// How to draw it; by default what the name of the file says.
    #[arg(long, value_enum)]
    pub(crate) format: Option<VizFormat>,

    /// Serve the page on this machine alone, and let it follow the run while it goes on; without `--run`, each new run of the
    /// manifest. Ctrl-C ends it.
    #[arg(long, conflicts_with_all = ["output", "format"])]
    pub(crate) serve: bool,

    /// The port to serve on; by default a free one, which is told.
    #[arg(long, value_name = "PORT", default_value_t = 0, requires = "serve")]
    pub(crate) port: u16,
}

/// A form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VizFormat {
    /// A page that works from disk.
    Html,
    /// A drawing.
    Svg,
    /// A Mermaid flowchart, for Markdown.
    Mermaid,
    /// The vertices at their places, the edges and the timeline.
    Json,
    /// The folder that `kedro viz run --load-file` loads.
    KedroViz,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The dataset.
    pub(crate) dataset: String,

    #[command(flatten)]
    pub(crate) manifest: ManifestOption,

    /// Look into this partition of a partitioned dataset; by default the first.
    #[arg(long, value_name = "ID")]
    pub(crate) partition: Option<String>,

    /// Say also what this run did with it, by its journal, and look into the version that it saved or loaded; the beginning of
    /// its id will do, and by default it is the latest.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = LATEST)]
    pub(crate) run: Option<String>,

    /// Look into this version of a versioned dataset; by default the newest.
    #[arg(long, value_name = "VERSION")]
    pub(crate) load_version: Option<String>,

    /// Show so many rows, from the first on.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) rows: usize,

    /// Show the least, the greatest and the number of different values of each column, for which all are read.
    #[arg(long)]
    pub(crate) stats: bool,

    /// How to print it; as CSV the rows alone.
    #[arg(long, value_enum, default_value_t = InspectFormat::Text)]
    pub(crate) format: InspectFormat,
}

/// The form in which a look into a table is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// The rows alone, with a header.
    Csv,
}
