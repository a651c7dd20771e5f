//! Lineage that cannot be written. A run is none the worse for it.

use std::io;
use std::path::PathBuf;

/// The reason why lineage is not, or not all, where it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineageError {
    /// The file cannot be opened.
    #[error("lineage cannot be written to `{path}`: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The client of a server cannot be made.
    #[error("lineage cannot be sent to `{place}`: {reason}")]
    Client {
        /// The server.
        place: String,
        /// The reason.
        reason: String,
    },
    /// Events are lost.
    #[error("OpenLineage: {lost} of {all} events did not reach `{place}`: {reason}")]
    Lost {
        /// The events that are lost.
        lost: usize,
        /// All events.
        all: usize,
        /// The file or server.
        place: String,
        /// The first reason.
        reason: String,
    },
}
