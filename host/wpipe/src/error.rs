//! What an embedding program, or the command, has to tell its user.

use std::io;
use std::path::PathBuf;

use wpipe_pipeline::{Problems, SelectionError};
use wpipe_runner::Failure;

use crate::history::HistoryError;

/// Why something did not succeed.
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
        /// What the system said.
        source: io::Error,
    },
    /// The manifest, its components or its data do not fit together; found before anything ran.
    #[error("{}", told(.0))]
    Problems(Box<Problems>),
    /// What was asked for is no part of the pipeline.
    #[error("{0}")]
    Selection(#[from] SelectionError),
    /// A recorded run cannot be read, or gone on with.
    #[error("{0}")]
    History(#[from] HistoryError),
    /// A value given for an input, or asked of an output, does not fit.
    #[error("{0}")]
    Value(String),
    /// The run's journal cannot be begun.
    #[error("failed to begin the run's journal in `.wpipe/runs`: {0}")]
    Journal(#[source] io::Error),
    /// The run failed.
    #[error("{0}")]
    Run(Box<Failure>),
}

impl Error {
    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Journal(_) => Some(
                "make room there, or give yourself the right to write there; or keep no journal, with `--no-journal`: \
                 the run cannot be resumed then",
            ),
            _ => None,
        }
    }

    /// Whether the input was wrong, rather than a run having failed: exit code 2 rather than 1.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Read { .. } | Self::Problems(_) | Self::Selection(_) | Self::History(_) | Self::Value(_) => true,
            Self::Engine(_) | Self::Journal(_) | Self::Run(_) => false,
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

/// The problems in one line; whoever shows them to a person renders each with its place in the text.
fn told(problems: &Problems) -> String {
    let messages: Vec<_> = problems.iter().map(|problem| problem.message()).collect();
    format!("{problems}: {}", messages.join("; "))
}
