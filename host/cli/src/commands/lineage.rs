//! The destination of `--lineage`, or of the environment.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use wpipe::{LineageObserver, Pipeline};

use crate::arguments::RunArguments;
use crate::error::Error;

/// The beginning of every event.
const BEGINNING: &[u8] = b"{\"eventTime\":";

/// Returns the observer that tells lineage, if it is asked for.
pub(super) fn lineage_of(arguments: &RunArguments, pipeline: &Pipeline) -> Result<Option<Arc<LineageObserver>>, Error> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let is_disabled = variable("OPENLINEAGE_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let of_environment = || variable("OPENLINEAGE_URL").filter(|_| !is_disabled);
    let Some(to) = arguments.lineage.clone().or_else(of_environment) else { return Ok(None) };
    if holds_something_else(Path::new(&to)) {
        let message = format!("`--lineage {to}` would add to a file that holds no lineage: give another");
        return Err(Error::Arguments(message));
    }
    let observer = LineageObserver::open(pipeline, &to).map_err(|error| Error::Arguments(error.to_string()))?;
    Ok(Some(Arc::new(observer)))
}

fn holds_something_else(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    path.is_file() && read.is_ok() && !BEGINNING.starts_with(&beginning)
}
