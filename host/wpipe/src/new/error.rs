//! Why there is no new project.

use std::io;
use std::path::PathBuf;

/// The reason why there is no new project.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewError {
    /// A crate and a pipeline cannot have the name.
    #[error("`{name}` is no name for a project: {why}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
        /// A similar name that would do.
        suggestion: Option<String>,
    },
    /// There is something already.
    #[error("{}", occupied(directory, found.as_ref()))]
    Occupied {
        /// The project's folder.
        directory: PathBuf,
        /// An entry of it; without one, it is no folder.
        found: Option<PathBuf>,
    },
    /// The SDK is at no place that anybody named.
    #[error("the SDK is not published yet, and its sources are no longer where this command was built from")]
    NoSdk,
    /// The folder is not the SDK's.
    #[error("`{}` holds no crate `wpipe-sdk`", path.display())]
    NotSdk {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("failed to write `{}`: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

fn occupied(directory: &std::path::Path, found: Option<&PathBuf>) -> String {
    match found {
        Some(found) => format!("the folder `{}` is not empty: it has `{}`", directory.display(), found.display()),
        None => format!("`{}` is a file", directory.display()),
    }
}

impl NewError {
    /// Returns the remedy, if it is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Name { suggestion, .. } => suggestion.as_ref().map(|name| format!("call it `{name}`")),
            Self::Occupied { .. } => {
                Some("nothing is overwritten: choose another name, or empty the folder".to_owned())
            }
            Self::NoSdk => {
                Some("name its place: `--sdk PATH` of a clone, or `--sdk URL` of a git repository".to_owned())
            }
            Self::NotSdk { .. } => Some("give the folder of the SDK's crate, or of a clone of wpipe".to_owned()),
            Self::Write { .. } => None,
        }
    }
}
