//! Compiled components on disk: one file per content and engine, written by rename, in a private directory.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;
use wpipe_buffer::{ArtifactError, load_artifact, store_artifact};

/// Compiles components, or finds them compiled.
#[derive(Debug)]
pub(crate) struct Cache {
    /// `None`: nothing is kept.
    directory: Option<PathBuf>,
}

impl Cache {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// The component of these bytes. A cache that does not work costs time, and a warning, but no result.
    ///
    /// # Errors
    ///
    /// When the bytes are no valid component.
    pub(crate) fn component(&self, engine: &Engine, wasm: &[u8], digest: &blake3::Hash) -> wasmtime::Result<Component> {
        let Some(directory) = &self.directory else {
            return Component::new(engine, wasm);
        };
        let path = directory.join(file_name(engine, digest));
        match load_artifact(engine, &path) {
            Ok(component) => return Ok(component),
            Err(ArtifactError::Missing(_)) => {}
            Err(error) => tracing::warn!("compiling anew: {error}"),
        }
        let component = Component::new(engine, wasm)?;
        if let Err(error) = store(directory, &path, &component) {
            tracing::warn!("the compiled component is not kept in `{}`: {error}", directory.display());
        }
        Ok(component)
    }
}

fn file_name(engine: &Engine, digest: &blake3::Hash) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{}-{:016x}.cwasm", digest.to_hex(), hasher.finish())
}

fn store(directory: &Path, path: &Path, component: &Component) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    store_artifact(component, path)?;
    sweep(directory);
    Ok(())
}

/// Beyond this many bytes the least recently written artefacts go. Hundreds of components fit.
const MAX_BYTES: u64 = 1 << 30;

/// Keeps the directory within bounds. Whatever fails here is tried again after the next compilation.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut files: Vec<_> = entries
        .flatten()
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
