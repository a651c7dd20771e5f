//! Loading compiled components from disk. Machine code is trusted, hence the conditions.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

/// Why a compiled component was not loaded. Compile it anew then.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// There is none.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Somebody else could have written it.
    #[error("`{}` is not trusted: it and its directory must belong to this user and be writable by nobody else", .0.display())]
    Untrusted(PathBuf),
    /// It cannot be read.
    #[error("failed to read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is for another engine, or damaged.
    #[error("`{}` does not fit this engine: {reason}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What wasmtime said.
        reason: String,
    },
}

/// Maps the compiled component at `path`, which this user wrote by `Component::serialize`.
///
/// # Errors
///
/// When the file or its directory belongs to another user or is writable for one, and when it is missing or unfit.
pub fn load_artifact(engine: &Engine, path: &Path) -> Result<Component, ArtifactError> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ArtifactError::Missing(path.to_owned()),
        _ => ArtifactError::Io { path: path.to_owned(), source },
    };
    let directory = path.parent().ok_or_else(|| ArtifactError::Missing(path.to_owned()))?;
    for entry in [directory, path] {
        let metadata = entry.symlink_metadata().map_err(io)?;
        let own = metadata.uid() == rustix::process::geteuid().as_raw();
        let writable_by_others = metadata.mode() & 0o022 != 0;
        if !own || writable_by_others || metadata.is_symlink() {
            return Err(ArtifactError::Untrusted(path.to_owned()));
        }
    }
    // SAFETY: nobody but this user can have written the file (checked above), and this project writes there only
    // what `Component::serialize` gave it, whole, by rename.
    unsafe { Component::deserialize_file(engine, path) }
        .map_err(|error| ArtifactError::Unfit { path: path.to_owned(), reason: format!("{error:#}") })
}
