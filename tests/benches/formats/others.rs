//! Libraries of Python on the same files, where they are installed.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Who reads, how long it takes, and the rows and the sum that come of it.
pub(crate) type Reading = (String, Duration, (usize, f64));

/// A Python that has all of them.
pub(crate) fn python() -> Option<String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-python/bin/python3");
    let python = env::var("WPIPE_BENCH_PYTHON").unwrap_or_else(|_| own.to_owned());
    let mut command = Command::new(&python);
    command.args(["-c", "import duckdb, pandas, polars, pyarrow"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success()).then_some(python)
}

/// The readings of a file; none without a Python.
pub(crate) fn load(python: Option<&str>, file: &Path, kind: &str, rounds: usize) -> Result<Vec<Reading>, String> {
    let Some(python) = python else { return Ok(Vec::new()) };
    let mut command = Command::new(python);
    command.arg(super::script()).arg(file).args([kind, &rounds.to_string()]);
    let output = command.output().map_err(|error| format!("failed to start `{python}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("others.py failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| reading(line).ok_or_else(|| format!("others.py says `{line}`"))).collect()
}

/// `polars 0.53 2000000 1234.5`.
fn reading(line: &str) -> Option<Reading> {
    let mut words = line.split(' ');
    let (who, seconds) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    Some((who, Duration::from_secs_f64(seconds), (words.next()?.parse().ok()?, words.next()?.parse().ok()?)))
}
