//! The file of a trace.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::Error;

/// The beginning of every trace.
const BEGINNING: &[u8] = b"{\"traceEvents\":";

/// Makes sure that a trace overwrites nothing but another one.
pub(super) fn check_trace(path: &Path) -> Result<(), Error> {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    if path.is_file() && read.is_ok() && !BEGINNING.starts_with(&beginning) {
        let shown = path.display();
        let message =
            format!("the trace `{shown}` would overwrite that file, which is none: remove it, or give another");
        return Err(Error::Arguments(message));
    }
    Ok(())
}

pub(super) fn write_trace(path: &Path, trace: &str) -> Result<(), Error> {
    let failed = |error| Error::Arguments(format!("failed to write the trace `{}`: {error}", path.display()));
    fs::write(path, trace).map_err(failed)
}
