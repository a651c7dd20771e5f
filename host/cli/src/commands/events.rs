//! The destination of `--events`.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;

use wpipe::{JsonLines, Pipeline};

use crate::error::Error;

pub(super) type Events = Arc<JsonLines<Box<dyn Write + Send>>>;

/// The beginning of every file of events.
const BEGINNING: &[u8] = b"{\"time\":";

/// Opens the events of a run of `pipeline`: standard output for `-`, else the file at `path`. An existing file is
/// replaced only if it is one of events.
pub(super) fn open_events(path: &Path, pipeline: &Pipeline) -> Result<Events, Error> {
    let writer: Box<dyn Write + Send> = if path == Path::new("-") {
        if pipeline.writes_to_standard_output() {
            let message = "`--events -` and a dataset are both written to standard output: give a file for the events";
            return Err(Error::Arguments(message.to_owned()));
        }
        Box::new(io::stdout())
    } else {
        let shown = path.display();
        let cannot = |error| Error::Arguments(format!("failed to create the events file `{shown}`: {error}"));
        if is_something_else(path).map_err(cannot)? {
            let message = format!(
                "`--events {shown}` would overwrite that file, which holds no events: remove it, or give another"
            );
            return Err(Error::Arguments(message));
        }
        Box::new(BufWriter::new(File::create(path).map_err(cannot)?))
    };
    Ok(Arc::new(JsonLines::new(writer)))
}

/// Returns true if there is a file that is neither empty nor one of events. A path that is no file cannot be
/// overwritten.
fn is_something_else(path: &Path) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut beginning = Vec::new();
    OpenOptions::new().read(true).open(path)?.take(BEGINNING.len() as u64).read_to_end(&mut beginning)?;
    Ok(!BEGINNING.starts_with(&beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_events_and_empty_ones_are_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        assert!(!is_something_else(&path).unwrap());
        for (content, expected) in [("", false), ("{\"time\":\"2026", false), ("[pipeline]\n", true), ("x,y\n", true)] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(is_something_else(&path).unwrap(), expected, "{content}");
        }
        assert!(!is_something_else(Path::new("/dev/null")).unwrap());
    }
}
