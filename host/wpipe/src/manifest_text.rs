//! The text of a manifest: from a file as editors of all systems leave it.

use std::path::Path;
use std::sync::Arc;

use wpipe_pipeline::{Source, check_path};
use wpipe_sandbox::read_file;

use crate::Error;

/// The most bytes that a manifest may have: 64 MiB.
const LARGEST: u64 = 64 << 20;
/// What some editors put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the manifest at `path`, without a byte order mark.
pub(crate) fn read(path: &Path) -> Result<Arc<Source>, Error> {
    let shown = path.display();
    if let Some(Err(fault)) = path.to_str().map(check_path).filter(|_| !path.exists()) {
        return Err(Error::Value(format!("there is no manifest `{shown}`: {}; {}", fault.reason, fault.help)));
    }
    if path.is_dir() {
        return Err(Error::Value(of_folder(path)));
    }
    let bytes = read_file(path, LARGEST).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(Error::Value(format!("the manifest `{shown}` is UTF-16: save it as UTF-8")));
    }
    let text = str::from_utf8(text).map_err(|error| Error::Value(not_utf_8(path, text, error.valid_up_to())))?;
    Ok(Arc::new(Source::new(shown.to_string(), text)))
}

fn of_folder(path: &Path) -> String {
    let within = path.join("pipeline.toml");
    let help = match within.is_file() {
        true => format!("did you mean `{}`?", within.display()),
        false => "write the path of a manifest, such as `pipeline.toml`".to_owned(),
    };
    format!("`{}` is a folder and no manifest: {help}", path.display())
}

/// That the byte at `at` is none of UTF-8.
fn not_utf_8(path: &Path, text: &[u8], at: usize) -> String {
    let before = String::from_utf8_lossy(&text[..at]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(
        "the manifest `{}` is not UTF-8: line {line}, column {column} has the byte 0x{:02x}; save it as UTF-8",
        path.display(),
        text[at]
    )
}
