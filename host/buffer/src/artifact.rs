//! Compiled components on disk. Machine code is trusted, hence the conditions.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use tempfile::NamedTempFile;
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
    #[error("failed to read `{}`: {source}", path.display())]
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

/// Writes the compiled `component` to `path`, whole or not at all, also should the machine stop in between.
///
/// # Errors
///
/// When it cannot be written.
pub fn store_artifact(component: &Component, path: &Path) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    let compiled = component.serialize().map_err(io::Error::other)?;
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(&compiled)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Maps the compiled component at `path`, which [`store_artifact`] wrote.
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
    let untrusted = || Err(ArtifactError::Untrusted(path.to_owned()));
    if !is_private(&directory.symlink_metadata().map_err(io)?) {
        return untrusted();
    }
    // The file that is checked is the one that is loaded, whatever becomes of its name.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::from(open(path, flags, Mode::empty()).map_err(|errno| io(errno.into()))?);
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() || !is_private(&metadata) {
        return untrusted();
    }
    let unfit = |error: wasmtime::Error| ArtifactError::Unfit { path: path.to_owned(), reason: format!("{error:#}") };
    // SAFETY: nobody but this user can have written the file (checked above), and `store_artifact`, which writes it
    // whole, gives it only what `Component::serialize` made. wasmtime checks version, settings and features.
    unsafe { Component::deserialize_file(engine, opened_path(&file, path)) }.map_err(unfit)
}

fn is_private(metadata: &std::fs::Metadata) -> bool {
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    let writable_by_others = metadata.mode() & 0o022 != 0;
    own && !writable_by_others && !metadata.is_symlink()
}

/// A path that leads to the very file that is open.
#[cfg(target_os = "linux")]
fn opened_path(file: &File, _path: &Path) -> PathBuf {
    use std::os::fd::AsRawFd;

    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Elsewhere the name has to do.
#[cfg(not(target_os = "linux"))]
fn opened_path(_file: &File, path: &Path) -> PathBuf {
    path.to_owned()
}
