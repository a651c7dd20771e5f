//! Why a dataset could not be loaded, saved or looked at.

use crate::fault::Fault;

/// Why a dataset could not be loaded, saved or looked at.
///
/// The text says where the dataset is, where in it the trouble is and what it is, as a fragment that follows
/// "failed to load dataset `x`: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Nothing is stored there.
    #[error("`{location}` does not exist")]
    NotFound {
        /// Where the dataset is.
        location: String,
    },
    /// A directory is where a file should be.
    #[error("`{location}` is a directory, a file is expected")]
    Directory {
        /// Where the dataset is.
        location: String,
    },
    /// The store failed.
    #[error("`{location}` cannot be {action}: {reason}")]
    Store {
        /// Where the dataset is.
        location: String,
        /// "read", "written" or "looked at".
        action: &'static str,
        /// What the system said.
        reason: String,
        /// What the store said.
        source: Box<object_store::Error>,
    },
    /// The content is not what its format says.
    #[error("`{location}`{}: {reason}", place.as_deref().unwrap_or_default())]
    Decode {
        /// Where the dataset is.
        location: String,
        /// Where in the content: ", line 3, column `age`".
        place: Option<String>,
        /// What is wrong.
        reason: String,
        /// What to do.
        help: Option<String>,
    },
    /// The buffer has no form in the dataset's format.
    #[error("the data cannot be written to `{location}`: {}{reason}", place.as_deref().unwrap_or_default())]
    Encode {
        /// Where the dataset is.
        location: String,
        /// Where in the data: "row 3, column `age`: ".
        place: Option<String>,
        /// What is wrong.
        reason: String,
        /// What to do.
        help: Option<String>,
    },
    /// The dataset holds, or can hold, something else.
    #[error("`{location}` holds {found}, not {expected}")]
    SchemaMismatch {
        /// Where the dataset is.
        location: String,
        /// What was asked for or given.
        expected: String,
        /// What the dataset holds.
        found: String,
        /// What to do.
        help: Option<String>,
    },
}

impl DataError {
    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Decode { help, .. } | Self::Encode { help, .. } | Self::SchemaMismatch { help, .. } => help.clone(),
            _ => None,
        }
    }

    pub(crate) fn decode(location: &str, fault: Fault) -> Self {
        let place = fault.place().map(|place| format!(", {place}"));
        Self::Decode { location: location.to_owned(), place, reason: fault.message, help: fault.help }
    }

    pub(crate) fn encode(location: &str, fault: Fault) -> Self {
        let place = fault.place().map(|place| format!("{place}: "));
        Self::Encode { location: location.to_owned(), place, reason: fault.message, help: fault.help }
    }
}
