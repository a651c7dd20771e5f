//! Writing files whole.

use std::{fs, path::Path};

use super::error::BuildError;

/// Writes a file by renaming, so that a reader sees the old content or the new one. The caller holds the lock of the
/// directory, which makes the temporary name nobody else's.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), BuildError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".partial");
    let temporary = Path::new(&temporary);
    fs::write(temporary, content).map_err(BuildError::io("write", temporary))?;
    fs::rename(temporary, path).map_err(BuildError::io("write", path))
}
