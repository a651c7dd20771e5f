//! Compiled components on disk. Machine code is trusted, hence the conditions.
//!
//! A file is wasmtime's output, followed by a *seal*: the provenance, and a digest of everything before it. The seal is
//! checked before anything is mapped, since wasmtime would take a damaged file for any machine code.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use tempfile::NamedTempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

/// The reason why a compiled component was not loaded. The caller compiles it anew.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The file does not exist.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// Another user could have written the file.
    #[error("`{}` is not trusted: it and its directory must belong to this user and be writable by nobody else", .0.display())]
    Untrusted(PathBuf),
    /// The content is not what was written there.
    #[error("`{}` is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage.
        reason: &'static str,
    },
    /// The file cannot be read.
    #[error("failed to read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The component was compiled for another engine.
    #[error("`{}` does not fit this engine: {reason}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Wasmtime's message.
        reason: String,
    },
}

/// The inputs that a compiled component was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provenance {
    /// The BLAKE3 digest of the component.
    pub component: [u8; 32],
    /// A digest of the engine: its version, settings and processor features.
    pub engine: u64,
}

/// Marks a seal, and names the format of the bytes before it.
const SEAL_MARK: &[u8; 16] = b"wpipe artefact 1";

/// The size of a seal in bytes: the mark, the provenance, and the digest of everything before it.
const SEAL: usize = SEAL_MARK.len() + 32 + 8 + 32;

impl Provenance {
    /// Returns the seal without its digest.
    fn stamp(&self) -> [u8; SEAL - 32] {
        let mut stamp = [0; SEAL - 32];
        let parts = SEAL_MARK.iter().chain(&self.component);
        let engine = self.engine.to_le_bytes();
        stamp.iter_mut().zip(parts.chain(&engine)).for_each(|(to, from)| *to = *from);
        stamp
    }
}

/// Moves the compiled component in `file`, which is in the directory of `path`, to `path`: whole or not at all, even if
/// the machine stops halfway.
///
/// # Errors
///
/// Fails if it cannot be written.
pub fn seal_artifact(mut file: NamedTempFile, path: &Path, of: &Provenance) -> io::Result<()> {
    file.as_file_mut().rewind()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file.as_file_mut())?;
    let stamp = of.stamp();
    hasher.update(&stamp);
    let file_mut = file.as_file_mut();
    file_mut.seek(SeekFrom::End(0))?;
    file_mut.write_all(&stamp)?;
    file_mut.write_all(hasher.finalize().as_bytes())?;
    file_mut.sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Maps the compiled component that [`seal_artifact`] put at `path`, if it is of this provenance.
///
/// # Errors
///
/// Fails if the file or its directory belongs to another user or is writable for one, or if the file is missing,
/// damaged, of another provenance, or unfit.
pub fn load_artifact(engine: &Engine, path: &Path, of: &Provenance) -> Result<Component, ArtifactError> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ArtifactError::Missing(path.to_owned()),
        _ => ArtifactError::Io { path: path.to_owned(), source },
    };
    let directory = path.parent().ok_or_else(|| ArtifactError::Missing(path.to_owned()))?;
    let untrusted = || Err(ArtifactError::Untrusted(path.to_owned()));
    if !is_private(&directory.symlink_metadata().map_err(io)?) {
        return untrusted();
    }
    // The file that is checked is the file that is loaded, even if its name is replaced meanwhile.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::from(open(path, flags, Mode::empty()).map_err(|errno| io(errno.into()))?);
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() || !is_private(&metadata) {
        return untrusted();
    }
    if let Some(reason) = fault(&file, metadata.len(), of).map_err(io)? {
        return Err(ArtifactError::Damaged { path: path.to_owned(), reason });
    }
    map(engine, &file, path)
}

/// Maps the output that wasmtime's compiler, in this process or in one that it started, has just written into `file`.
///
/// # Errors
///
/// Fails if wasmtime does not accept it.
pub fn load_unsealed(engine: &Engine, file: &NamedTempFile) -> Result<Component, ArtifactError> {
    map(engine, file.as_file(), file.path())
}

fn map(engine: &Engine, file: &File, path: &Path) -> Result<Component, ArtifactError> {
    let unfit = |error: wasmtime::Error| ArtifactError::Unfit { path: path.to_owned(), reason: format!("{error:#}") };
    // SAFETY: nobody but this user can have written the file, and its content is what wasmtime's compiler made: that of
    // an open file that was written just now, or of one whose seal was checked and which is only ever replaced by
    // name. wasmtime checks version, settings and features, and does not look at the seal behind its sections.
    unsafe { Component::deserialize_file(engine, opened_path(file, path)) }.map_err(unfit)
}

/// Returns the damage of a sealed file of `len` bytes, if there is any.
fn fault(file: &File, len: u64, of: &Provenance) -> io::Result<Option<&'static str>> {
    let Some(content) = len.checked_sub(SEAL as u64) else {
        return Ok(Some("it is too short"));
    };
    let mut hasher = blake3::Hasher::new();
    let mut reader = BufReader::new(file).take(content);
    hasher.update_reader(&mut reader)?;
    let mut seal = [0; SEAL];
    reader.into_inner().read_exact(&mut seal)?;
    let (stamp, digest) = seal.split_at(SEAL - 32);
    if !stamp.starts_with(SEAL_MARK) {
        return Ok(Some("it does not end as it was written"));
    }
    hasher.update(stamp);
    if hasher.finalize().as_bytes() != digest {
        return Ok(Some("its content is not what was written"));
    }
    Ok((stamp != of.stamp()).then_some("it was made of another component, or by another engine"))
}

fn is_private(metadata: &std::fs::Metadata) -> bool {
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    let writable_by_others = metadata.mode() & 0o022 != 0;
    own && !writable_by_others && !metadata.is_symlink()
}

/// Returns a path that leads to the very file that is open.
#[cfg(target_os = "linux")]
fn opened_path(file: &File, _path: &Path) -> PathBuf {
    use std::os::fd::AsRawFd;

    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Returns the name, which has to do on other systems.
#[cfg(not(target_os = "linux"))]
fn opened_path(_file: &File, path: &Path) -> PathBuf {
    path.to_owned()
}
