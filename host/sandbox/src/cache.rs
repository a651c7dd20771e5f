//! Compiled components on disk: one file per content and engine, written by rename, in a private directory.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use tempfile::NamedTempFile;
use wasmtime::component::Component;
use wpipe_buffer::{ArtifactError, Provenance, load_artifact, load_unsealed, seal_artifact};

use crate::compile::{CompileLimits, Compiler, REVISION, compile_in_child, screen, with_polls};
use crate::engine::Shared;
use crate::error::CompileError;

/// The store of compiled components.
#[derive(Debug)]
pub(crate) struct Cache {
    /// The directory; `None` keeps nothing.
    directory: Option<PathBuf>,
}

impl Cache {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// Returns the compiled component of these bytes: found, or compiled now. A cache that does not work costs time,
    /// and a warning, but no result.
    pub(crate) fn component(
        &self,
        shared: &Shared,
        name: &str,
        wasm: &[u8],
        digest: &blake3::Hash,
        limits: &CompileLimits,
    ) -> Result<Component, CompileError> {
        let of = Provenance { component: *digest.as_bytes(), engine: engine_digest(&shared.engine) };
        let path = self.directory.as_ref().map(|directory| directory.join(file_name(&of, digest)));
        if let Some(path) = &path {
            match load_artifact(&shared.engine, path, &of) {
                Ok(component) => return Ok(component),
                Err(ArtifactError::Missing(_)) => {}
                Err(error) => tracing::warn!("compiling anew: {error}"),
            }
        }
        tracing::info!("compiling the component `{name}`");
        let functions = screen(wasm, limits)?;
        let cancelled = || shared.cancel.load(Ordering::Relaxed);
        let Some(_place) = shared.gate.enter(limits.memory, cancelled) else { return Err(CompileError::Interrupted) };
        let staged = path.as_ref().and_then(|path| staged(path).map_err(|error| not_kept(path, &error)).ok());
        match &shared.compiler {
            Compiler::InProcess => {
                let compiled =
                    with_polls(wasm, |wasm| Component::new(&shared.engine, wasm)).map_err(CompileError::invalid)?;
                if let (Some(file), Some(path)) = (staged, &path) {
                    let kept = write(&compiled, file).and_then(|file| keep(file, path, &of));
                    kept.unwrap_or_else(|error| not_kept(path, &error));
                }
                Ok(compiled)
            }
            Compiler::Program(program) => {
                let file = match staged {
                    Some(file) => file,
                    None => NamedTempFile::new().map_err(CompileError::Stage)?,
                };
                let bounds = (limits.time_for(wasm.len() as u64, functions), limits.memory);
                compile_in_child(program, wasm, bounds, file.as_file(), cancelled)?;
                // The mapping outlives the file's name, which the drop removes or another file takes.
                let compiled = load_unsealed(&shared.engine, &file).map_err(CompileError::Foreign)?;
                if let Some(path) = &path {
                    keep(file, path, &of).unwrap_or_else(|error| not_kept(path, &error));
                }
                Ok(compiled)
            }
        }
    }
}

/// Returns a digest of everything that a compiled component depends on beside the component: wasmtime's version,
/// settings, processor, and the polls that are inserted.
fn engine_digest(engine: &wasmtime::Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    REVISION.hash(&mut hasher);
    hasher.finish()
}

fn file_name(of: &Provenance, digest: &blake3::Hash) -> String {
    format!("{}-{:016x}.cwasm", digest.to_hex(), of.engine)
}

/// The prefix of the names of files that are being written.
const STAGED: &str = ".compiling-";

/// Returns a file that is to become the one at `path`. Creates its directory if need be.
fn staged(path: &Path) -> io::Result<NamedTempFile> {
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    tempfile::Builder::new().prefix(STAGED).tempfile_in(directory)
}

fn write(compiled: &Component, mut file: NamedTempFile) -> io::Result<NamedTempFile> {
    file.write_all(&compiled.serialize().map_err(io::Error::other)?)?;
    Ok(file)
}

fn keep(file: NamedTempFile, path: &Path, of: &Provenance) -> io::Result<()> {
    seal_artifact(file, path, of)?;
    path.parent().into_iter().for_each(sweep);
    Ok(())
}

fn not_kept(path: &Path, error: &io::Error) {
    tracing::warn!("the compiled component is not kept as `{}`: {error}", path.display());
}

/// The size in bytes beyond which the least recently written artefacts are deleted. Hundreds of components fit.
const MAX_BYTES: u64 = 1 << 30;

/// The longest compilation: a file that is being written for longer has lost its writer.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// Keeps the directory within bounds. A step that fails is tried again after the next compilation.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let entries: Vec<_> = entries.flatten().collect();
    for entry in &entries {
        let is_staged = entry.file_name().to_string_lossy().starts_with(STAGED);
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_staged && age().is_some_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let mut files: Vec<_> = entries
        .iter()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "cwasm"))
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        })
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    let mut total = 0;
    for (_, len, path) in files {
        total += len;
        if total > MAX_BYTES {
            let _ = fs::remove_file(path);
        }
    }
}
