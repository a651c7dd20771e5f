//! The errors that an embedding program, or the command, reports to its user.

use std::io;
use std::path::PathBuf;

use wpipe_catalog::DataError;
use wpipe_pipeline::{Problems, SelectionError};
use wpipe_runner::Failure;
use wpipe_store::StoreError;

use crate::history::HistoryError;
use crate::manifest_error::ManifestError;
use crate::tasks::TaskError;
use crate::value_error::{InputError, OutputError};

/// The reason why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The WebAssembly engine cannot be set up on this machine.
    #[error("{0}")]
    Engine(String),
    /// The manifest cannot be read.
    #[error("failed to read `{}`: {source}", path.display())]
    Read {
        /// The manifest.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The manifest, or its overlay, cannot be read as one.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest, its components or its data do not fit together; found before anything ran.
    #[error("{}", told(.0))]
    Problems(Box<Problems>),
    /// The selection is no part of the pipeline.
    #[error("{0}")]
    Selection(#[from] SelectionError),
    /// A recorded run cannot be read or resumed.
    #[error("{0}")]
    History(#[from] HistoryError),
    /// No dataset has the requested name; the text suggests similar ones.
    #[error("{0}")]
    UnknownDataset(String),
    /// The catalog has no place for a dataset that is requested from storage.
    #[error("`{dataset}` lives in memory alone: storage has nothing of it")]
    NotStored {
        /// The dataset.
        dataset: String,
    },
    /// The content of an archive is of a type that only the nodes know.
    #[error("`{dataset}` is an archive, whose type is that of the nodes at its ends, and none of them names it")]
    UnknownType {
        /// The dataset.
        dataset: String,
    },
    /// A stored dataset cannot be loaded.
    #[error("failed to load `{dataset}`: {source}")]
    Load {
        /// The dataset.
        dataset: String,
        /// Its error.
        source: Box<DataError>,
    },
    /// The value for an input does not fit.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The request for an output does not fit.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Storage does not say whether a dataset is there.
    #[error("cannot tell what there is of `{dataset}`: {source}")]
    Storage {
        /// The dataset.
        dataset: String,
        /// Its error.
        source: Box<DataError>,
    },
    /// The content of an input cannot be read, by which an incremental run would detect a change.
    #[error("failed to read `{dataset}`: {source}")]
    ReadInput {
        /// The dataset.
        dataset: String,
        /// The system's error.
        source: io::Error,
    },
    /// An incremental run is set up in another way than it was decided for.
    #[error(
        "an incremental run depends on the runner and on versions of inputs: give both to the `Session`, not to its `Run`"
    )]
    NotAsDecided,
    /// The record for the next incremental run cannot be written.
    #[error("failed to write what `--incremental` goes by: {0}")]
    Record(#[source] io::Error),
    /// The folder of the journals is a link that leads elsewhere.
    #[error("{0}: remove the link; to keep the folder elsewhere, mount one there")]
    JournalElsewhere(#[source] io::Error),
    /// The run's journal cannot be begun.
    #[error("failed to begin the run's journal in `.wpipe/runs`: {0}")]
    Journal(#[source] io::Error),
    /// A name is none of a dataset in a shared store.
    #[error("`{0}` is no name of a dataset in a store: write the pipeline, a slash, and the dataset")]
    StoreName(String),
    /// The shared store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal of a run cannot be removed.
    #[error("failed to remove `{}`: {source}", folder.display())]
    RemoveJournal {
        /// The journal's folder.
        folder: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A task cannot be run, or a run of tasks not be read.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The run failed.
    #[error("{0}")]
    Run(Box<Failure>),
}

impl Error {
    /// Returns the remedy, if it is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Journal(_) => Some(
                "make room there, or give yourself the right to write there; or keep no journal, with `--no-journal`: \
                 the run cannot be resumed then"
                    .to_owned(),
            ),
            Self::Store(error) => error.help().map(str::to_owned),
            Self::Load { source, .. } => source.help(),
            Self::Task(error) => error.help(),
            _ => None,
        }
    }

    /// Returns true if the input was wrong, rather than a run having failed: exit code 2 rather than 1.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { .. }
            | Self::Manifest(_)
            | Self::Problems(_)
            | Self::Selection(_)
            | Self::History(_)
            | Self::UnknownDataset(_)
            | Self::NotStored { .. }
            | Self::StoreName(_)
            | Self::UnknownType { .. }
            | Self::Input(_)
            | Self::Output(_)
            | Self::Storage { .. }
            | Self::ReadInput { .. }
            | Self::NotAsDecided
            | Self::Record(_)
            | Self::JournalElsewhere(_) => true,
            Self::Store(error) => error.is_bad_input(),
            Self::Task(error) => error.is_bad_input(),
            Self::Engine(_) | Self::Journal(_) | Self::RemoveJournal { .. } | Self::Load { .. } | Self::Run(_) => false,
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Problems(Box::new(problems))
    }
}

impl From<Box<Failure>> for Error {
    fn from(failure: Box<Failure>) -> Self {
        Self::Run(failure)
    }
}

/// Formats the problems in one line; a program that shows them to a person renders each with its place in the text.
fn told(problems: &Problems) -> String {
    let messages: Vec<_> = problems.iter().map(|problem| problem.message()).collect();
    format!("{problems}: {}", messages.join("; "))
}
