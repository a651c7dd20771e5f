//! The text of a manifest: from a file as editors of all systems leave it.

use std::path::Path;
use std::sync::Arc;

use wpipe_pipeline::{Source, check_path};
use wpipe_sandbox::read_file;

use crate::{Error, ManifestError};

/// The most bytes that a manifest may have: 64 MiB.
const LARGEST: u64 = 64 << 20;
/// The mark that some editors put before UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the manifest at `path`, without a byte order mark.
pub(crate) fn read(path: &Path) -> Result<Arc<Source>, Error> {
    Ok(read_with_bytes(path)?.0)
}

/// Reads the manifest at `path`, and returns the bytes of its file as well.
pub(crate) fn read_with_bytes(path: &Path) -> Result<(Arc<Source>, Vec<u8>), Error> {
    if let Some(Err(fault)) = path.to_str().map(check_path).filter(|_| !path.exists()) {
        let (reason, help) = (fault.reason, fault.help);
        return Err(ManifestError::Path { path: path.to_owned(), reason, help }.into());
    }
    if path.is_dir() {
        let within = Some(path.join("pipeline.toml")).filter(|within| within.is_file());
        return Err(ManifestError::Folder { path: path.to_owned(), within }.into());
    }
    let bytes = read_bytes(path)?;
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(ManifestError::Utf16 { path: path.to_owned() }.into());
    }
    let text = str::from_utf8(text).map_err(|error| not_utf_8(path, text, error.valid_up_to()))?;
    Ok((Arc::new(Source::new(path.display().to_string(), text)), bytes))
}

/// Reads the bytes of a manifest.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    read_file(path, LARGEST).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// Returns the error for the byte at `at`, which is not UTF-8.
fn not_utf_8(path: &Path, text: &[u8], at: usize) -> ManifestError {
    let before = String::from_utf8_lossy(&text[..at]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ManifestError::NotUtf8 { path: path.to_owned(), line, column, byte: text[at] }
}
