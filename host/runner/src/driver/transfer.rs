//! One load or save: its dataset, and its end.

use std::collections::BTreeMap;

use wpipe_catalog::{DataError, Stored};
use wpipe_store::StoreError;

use crate::{At, RunError, SchemaId};

/// A dataset's name and type, and the part that is meant.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) schema: SchemaId,
}

/// The result of a save.
#[derive(Default)]
pub(super) struct SaveOutcome {
    /// The number of operations that were repeated after transient failures.
    pub(super) retries: u32,
    /// The difference when it is loaded back.
    pub(super) difference: Option<String>,
    /// The mark of the saved content.
    pub(super) mark: Option<String>,
    /// The partitions that were written, where they are.
    pub(super) stored: BTreeMap<String, Stored>,
}

/// The reason for work that was given up without a request.
const DROPPED: &str = "the host failed within it, which is a defect of wpipe";

/// The reason why a load or a save failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error("{0}")]
    Data(Box<DataError>),
    #[error("{0}")]
    Store(Box<StoreError>),
    #[error("it was given up")]
    GivenUp,
}

impl From<DataError> for TransferError {
    fn from(error: DataError) -> Self {
        Self::Data(Box::new(error))
    }
}

impl From<StoreError> for TransferError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::GivenUp => Self::GivenUp,
            error => Self::Store(Box::new(error)),
        }
    }
}

impl TransferError {
    pub(super) fn load_error(self, dataset: String, at: At, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Load { dataset, at, node, source },
            Self::Store(source) => RunError::Store(source),
            Self::GivenUp => RunError::Environment(format!("failed to load dataset `{dataset}`{at}: {DROPPED}")),
        }
    }

    pub(super) fn save_error(self, dataset: String, at: At, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Save { dataset, at, node, source },
            Self::Store(source) => RunError::Share { dataset, at, node, source },
            Self::GivenUp => RunError::Environment(format!("failed to save dataset `{dataset}`{at}: {DROPPED}")),
        }
    }
}
