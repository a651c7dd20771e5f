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
    /// A file is where the folder of a dataset's versions should be.
    #[error("`{location}` is a file, and the dataset is versioned: a folder of versions is expected")]
    Unversioned {
        /// Where the dataset is.
        location: String,
    },
    /// A version is saved once.
    #[error("`{location}` has the version `{version}` already")]
    VersionExists {
        /// Where the dataset is.
        location: String,
        /// The version.
        version: String,
    },
    /// No version can be called so.
    #[error("`{version}` cannot be a version of `{location}`")]
    BadVersion {
        /// Where the dataset is.
        location: String,
        /// What was asked for.
        version: String,
    },
    /// The store, or the way to it, failed.
    #[error("`{location}` cannot be {action}: {reason}")]
    Store {
        /// Where the dataset is.
        location: String,
        /// "read", "written" or "looked at".
        action: &'static str,
        /// What happened, without credentials.
        reason: String,
        /// What to do.
        help: Option<String>,
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
            Self::Store { help, .. }
            | Self::Decode { help, .. }
            | Self::Encode { help, .. }
            | Self::SchemaMismatch { help, .. } => help.clone(),
            Self::Unversioned { .. } => Some("move the file away, or remove `versioned`".to_owned()),
            Self::VersionExists { .. } => Some("versions are never overwritten: save under another one".to_owned()),
            Self::BadVersion { .. } => {
                Some("a version is a name without `/` and `\\`, such as `2026-01-31T23.59.59.999Z`".to_owned())
            }
            Self::NotFound { .. } | Self::Directory { .. } => None,
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
