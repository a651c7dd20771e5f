//! The reason why a dataset could not be loaded, saved or looked at.

use wpipe_text::{message, one_line};

use crate::fault::Fault;
use crate::store::{Stray, Trouble};

/// The reason why a dataset could not be loaded, saved or looked at.
///
/// The text says the location of the dataset, the place in it and the trouble, as a fragment that follows "failed to
/// load dataset `x`: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Nothing is stored there.
    #[error("`{location}` does not exist")]
    NotFound {
        /// The location of the dataset.
        location: String,
    },
    /// A directory is in the place of a file.
    #[error("`{location}` is a directory, a file is expected")]
    Directory {
        /// The location of the dataset.
        location: String,
    },
    /// A file is in the place of the folder of a partitioned dataset.
    #[error("`{location}` is a file, and the dataset is partitioned: a folder is expected")]
    NotAFolder {
        /// The location of the dataset.
        location: String,
    },
    /// The set, or the folder of versions, has an object that is read as none of them, and may be meant to be one.
    #[error("`{location}` cannot be read: {stray}")]
    Stray {
        /// The location of the set or of the versions.
        location: String,
        /// The object.
        stray: Stray,
    },
    /// No partition can have this id.
    #[error("`{id}` cannot be a partition of `{location}`: {reason}")]
    BadPartition {
        /// The location of the set.
        location: String,
        /// The requested id.
        id: String,
        /// The reason.
        reason: String,
    },
    /// No run can have this name.
    #[error("no run can be called `{run}`: {reason}")]
    BadRun {
        /// The requested name.
        run: String,
        /// The reason.
        reason: String,
    },
    /// The set that was listed has no such partition.
    #[error("`{location}` has no partition `{id}`{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    NoPartition {
        /// The location of the set.
        location: String,
        /// The requested id.
        id: String,
        /// The reason why it is missing, if a run has recorded it.
        reason: Option<String>,
    },
    /// A run began to write the set, and none has completed it.
    #[error("`{location}` was begun, but no run has completed it")]
    Unfinished {
        /// The location of the set.
        location: String,
    },
    /// A listed partition has been replaced or removed.
    #[error("`{location}` {}: it was replaced since it was listed", has(*found))]
    Replaced {
        /// The location of the partition.
        location: String,
        /// The number of bytes that are there; `None` if it is gone.
        found: Option<u64>,
    },
    /// A partition that a run saved has changed or is gone, and no other run has written it.
    #[error(
        "`{location}` is not what {}: it {}, and had {saved} bytes",
        run.as_ref().map_or("was there when a run began to write it".to_owned(), |run| format!("run `{run}` has saved")),
        has(*found)
    )]
    ChangedByHand {
        /// The location of the partition.
        location: String,
        /// The number of bytes that are there; `None` if it is gone.
        found: Option<u64>,
        /// The number of bytes that were saved.
        saved: u64,
        /// The run that saved the set; `None` if no run has.
        run: Option<String>,
        /// The location of the set.
        set: String,
    },
    /// The set has changed since the run began.
    #[error("`{location}` was written by {} while this run wrote to it", run.as_ref().map_or("somebody else".to_owned(), |run| format!("the run `{run}`")))]
    Conflict {
        /// The location of the set.
        location: String,
        /// The run that has written it.
        run: Option<String>,
    },
    /// A commit names a partition that is not stored.
    #[error("the set cannot be completed: its partition `{location}` {found}")]
    NotSaved {
        /// The expected location of the partition.
        location: String,
        /// "is not there", or "has 3 bytes, not 5".
        found: String,
    },
    /// A file is in the place of the folder of a dataset's versions.
    #[error("`{location}` is a file, and the dataset is versioned: a folder of versions is expected")]
    Unversioned {
        /// The location of the dataset.
        location: String,
    },
    /// The version is there already, and is saved only once.
    #[error("`{location}` has the version `{version}` already")]
    VersionExists {
        /// The location of the dataset.
        location: String,
        /// The version.
        version: String,
    },
    /// The saved version would not be the newest, and readers of the newest would never see it.
    #[error("what is saved would not be the newest version of `{location}`: `{newest}` sorts behind every time")]
    NeverNewest {
        /// The location of the dataset.
        location: String,
        /// The newest version there.
        newest: String,
    },
    /// No version can have this name.
    #[error("`{version}` cannot be a version of `{location}`")]
    BadVersion {
        /// The location of the dataset.
        location: String,
        /// The requested version.
        version: String,
    },
    /// The store, or the connection to it, failed.
    #[error("`{location}` cannot be {action}: {reason}")]
    Store {
        /// The location of the dataset.
        location: String,
        /// "read", "written" or "looked at".
        action: &'static str,
        /// The reason, without credentials.
        reason: String,
        /// The help.
        help: Option<String>,
    },
    /// The content does not fit its format.
    #[error("`{location}`{}: {reason}", place.as_deref().unwrap_or_default())]
    Decode {
        /// The location of the dataset.
        location: String,
        /// The place in the content: ", line 3, column `age`".
        place: Option<String>,
        /// The fault.
        reason: String,
        /// The help.
        help: Option<String>,
    },
    /// The buffer has no form in the dataset's format.
    #[error("the data cannot be written to `{location}`: {}{reason}", place.as_deref().unwrap_or_default())]
    Encode {
        /// The location of the dataset.
        location: String,
        /// The place in the data: "row 3, column `age`: ".
        place: Option<String>,
        /// The fault.
        reason: String,
        /// The help.
        help: Option<String>,
    },
    /// The dataset holds, or can hold, another schema.
    #[error("`{location}` holds {found}, not {expected}")]
    SchemaMismatch {
        /// The location of the dataset.
        location: String,
        /// The schema that was requested or given.
        expected: String,
        /// The schema that the dataset holds.
        found: String,
        /// The help.
        help: Option<String>,
    },
}

/// Everything that has changed is then made again.
const GO_ON_ALONE: &str = "let one run at a time write to a set: go on with this one when no other does";

impl DataError {
    /// Returns the help, if there is one.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Store { help, .. }
            | Self::Decode { help, .. }
            | Self::Encode { help, .. }
            | Self::SchemaMismatch { help, .. } => help.clone(),
            Self::Unversioned { .. } => Some("move the file away, or remove `versioned`".to_owned()),
            Self::VersionExists { .. } => Some("versions are never overwritten: save under another one".to_owned()),
            Self::NeverNewest { location, newest } => Some(format!(
                "move `{location}/{newest}` elsewhere: versions are called by the time, and the greatest name is the newest"
            )),
            Self::BadVersion { .. } => {
                Some("a version is a name without `/` and `\\`, such as `2026-01-31T23.59.59.999Z`".to_owned())
            }
            Self::Stray { stray, .. } => Some(match stray.trouble {
                Trouble::LeadsOut(..) => "say `follow_links = true` to read what it leads to, or remove it".to_owned(),
                Trouble::Broken(_) => "remove it, or make what it leads to".to_owned(),
                Trouble::Loop(_) | Trouble::Special(_) => "remove it".to_owned(),
                Trouble::Name => "rename it, or leave it out by `exclude`".to_owned(),
            }),
            Self::NotAFolder { .. } => Some("correct the path, or remove `partitioned`".to_owned()),
            Self::BadPartition { .. } => {
                Some("an id is a path below the set's root: parts of at most 255 bytes, joined by `/`".to_owned())
            }
            Self::BadRun { .. } => Some("choose another id for the run".to_owned()),
            Self::Unfinished { location } => Some(format!(
                "run the nodes that write it, or go on with the failed run (`--resume`); to take what is there as it \
                 is, remove `{location}/.wpipe/set.json`"
            )),
            Self::Replaced { .. } => Some(GO_ON_ALONE.to_owned()),
            Self::ChangedByHand { set, .. } => Some(format!(
                "make it again (`--incremental`, or run what makes it), or remove `{set}/.wpipe/set.json` to take what \
                 is there as it is"
            )),
            Self::Conflict { .. } | Self::NotSaved { .. } => Some(GO_ON_ALONE.to_owned()),
            Self::NotFound { .. } | Self::Directory { .. } | Self::NoPartition { .. } => None,
        }
    }

    pub(crate) fn decode(location: &str, fault: Fault) -> Self {
        let place = fault.place().map(|place| format!(", {}", one_line(&place)));
        let (reason, help) = (message(&fault.message).into_owned(), fault.help.map(|help| message(&help).into_owned()));
        Self::Decode { location: location.to_owned(), place, reason, help }
    }

    pub(crate) fn encode(location: &str, fault: Fault) -> Self {
        let place = fault.place().map(|place| format!("{}: ", one_line(&place)));
        let (reason, help) = (message(&fault.message).into_owned(), fault.help.map(|help| message(&help).into_owned()));
        Self::Encode { location: location.to_owned(), place, reason, help }
    }
}

/// Returns "has 3 bytes", or "is gone".
fn has(found: Option<u64>) -> String {
    found.map_or("is gone".to_owned(), |bytes| format!("has {bytes} bytes"))
}
