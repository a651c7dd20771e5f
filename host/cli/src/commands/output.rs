//! Files that commands write.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::terminal::{note, tell_failure};

/// Writes a file or folder by `write`, unless it is the manifest.
pub(super) fn written(output: &Path, manifest: &Path, write: impl FnOnce() -> io::Result<()>) -> ExitCode {
    if is_same(output, manifest) {
        let told = format!("`{}` would be written over: it is the manifest", output.display());
        return tell_failure(&told, Some("name another file".to_owned()));
    }
    match write() {
        Ok(()) => {
            note(&format!("wrote `{}`", output.display()));
            ExitCode::SUCCESS
        }
        Err(error) => tell_failure(&format!("failed to write `{}`: {error}", output.display()), None),
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
