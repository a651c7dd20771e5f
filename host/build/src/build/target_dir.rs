//! The directory where cargo keeps its output.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use super::{cargo::run, error::BuildError, request::Output};
use crate::{Library, Toolchain};

/// Returns cargo's directory for the workspace of the crate in `crate_dir`.
///
/// Cargo tells packages apart by their name and their place in the workspace. So two workspaces with a package of the
/// same name must not share a directory: one would get the other's output. And two compilers sharing one would discard
/// each other's work.
pub(super) fn target_dir(
    toolchain: &Toolchain,
    crate_dir: &Path,
    output_dir: &Path,
    output: Output,
) -> Result<PathBuf, BuildError> {
    let mut cargo = toolchain.cargo(crate_dir);
    cargo.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let manifest = PathBuf::from(run(cargo, crate_dir, output)?.trim_end());
    let root = manifest.parent().unwrap_or(crate_dir);

    let library = match toolchain.library() {
        Library::Installed => "cargo",
        Library::Source { .. } => "cargo-std",
    };
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    Ok(output_dir.join(library).join(format!("{name}-{:016x}", digest(root))))
}

/// Returns the digest of a path. Another release of Rust may compute another one: the price is one build from scratch.
fn digest(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
