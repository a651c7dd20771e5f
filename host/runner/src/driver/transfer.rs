//! One load or save: what it is of, and how it ends.

use std::collections::BTreeMap;

use wpipe_catalog::{DataError, Stored};

use crate::{At, RunError, SchemaId};

/// A dataset's name and type, and which part of it is meant.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) schema: SchemaId,
}

/// What came of a save.
#[derive(Default)]
pub(super) struct SaveOutcome {
    /// How often something was repeated that failed transiently.
    pub(super) retries: u32,
    /// What differs when it is loaded back.
    pub(super) difference: Option<String>,
    /// What marks what was saved.
    pub(super) mark: Option<String>,
    /// The partitions that were written, where they are.
    pub(super) stored: BTreeMap<String, Stored>,
}

/// Why something is given up that nobody has given up.
const DROPPED: &str = "the host failed within it, which is a defect of wpipe";

/// Why a load or a save failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error("{0}")]
    Data(Box<DataError>),
    #[error("it was given up")]
    GivenUp,
}

impl From<DataError> for TransferError {
    fn from(error: DataError) -> Self {
        Self::Data(Box::new(error))
    }
}

impl TransferError {
    pub(super) fn load_error(self, dataset: String, at: At, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Load { dataset, at, node, source },
            Self::GivenUp => RunError::Environment(format!("failed to load dataset `{dataset}`{at}: {DROPPED}")),
        }
    }

    pub(super) fn save_error(self, dataset: String, at: At, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Save { dataset, at, node, source },
            Self::GivenUp => RunError::Environment(format!("failed to save dataset `{dataset}`{at}: {DROPPED}")),
        }
    }
}
