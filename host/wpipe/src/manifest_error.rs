//! The reasons why a manifest, or its overlay, cannot be read as one.

use std::path::PathBuf;

/// The reason why a manifest, or its overlay, cannot be read as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Nothing can be at that path.
    #[error("there is no manifest `{}`: {reason}; {help}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// The error in it.
        reason: String,
        /// The path to write instead.
        help: String,
    },
    /// The path is a folder.
    #[error("`{}` is a folder and no manifest: {}", path.display(), instead(within.as_ref()))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The manifest within it, if it has one.
        within: Option<PathBuf>,
    },
    /// The file is text, and not UTF-8.
    #[error("the manifest `{}` is UTF-16: save it as UTF-8", path.display())]
    Utf16 {
        /// The file.
        path: PathBuf,
    },
    /// The file is not UTF-8.
    #[error(
        "the manifest `{}` is not UTF-8: line {line}, column {column} has the byte 0x{byte:02x}; save it as UTF-8",
        path.display()
    )]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line of the first byte that is not, from 1.
        line: usize,
        /// Its character in the line, from 1.
        column: usize,
        /// The byte.
        byte: u8,
    },
    /// The environment has no manifest.
    #[error("there is no environment `{name}`: `{}` does not exist; {}", path.display(), named(there))]
    NoEnvironment {
        /// The environment.
        name: String,
        /// The path of its manifest, if it had one.
        path: PathBuf,
        /// The environments that have one, sorted.
        there: Vec<String>,
    },
    /// No file can have the name of the environment in its own.
    #[error("`{name}` is no name of an environment: use letters, digits, `_`, `-` and `.`")]
    EnvironmentName {
        /// The environment.
        name: String,
    },
    /// Entries cannot be put into the text.
    #[error("failed to add entries to `{}`: {reason}; add them by hand", path.display())]
    Uneditable {
        /// The manifest.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The edited text cannot be written.
    #[error("failed to write `{}`: {reason}; {help}", path.display())]
    Unwritten {
        /// The manifest.
        path: PathBuf,
        /// The reason.
        reason: String,
        /// The remedy.
        help: String,
    },
    /// A parameter is given that nothing reads.
    #[error("`{given_by}`: {reason}")]
    UnreadParameter {
        /// The origin: the manifest of an environment, or `--params`.
        given_by: String,
        /// The parameter, and the one that may have been meant.
        reason: String,
    },
    /// A parameter cannot be set where it is asked to be.
    #[error("{reason}")]
    UnsettableParameter {
        /// The parameter, and the reason.
        reason: String,
    },
}

fn instead(within: Option<&PathBuf>) -> String {
    match within {
        Some(within) => format!("did you mean `{}`?", within.display()),
        None => "write the path of a manifest, such as `pipeline.toml`".to_owned(),
    }
}

fn named(there: &[String]) -> String {
    match there {
        [] => "there is none".to_owned(),
        there => format!("there is {}", there.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}
