//! How many files a run opens, as `strace` counts: of two processes that do the same so many times and one time more often.

use std::env;
use std::error::Error;
use std::io::ErrorKind;
use std::process::Command;

use wpipe::Runner;

use crate::chain::PARALLEL;
use crate::pair::Pair;

/// Tells the process that `strace` watches how often to run.
const RUNS: &str = "WPIPE_BENCH_RUNS";

/// The system calls that open files.
const OPENING: &str = "open,openat,openat2,creat";

/// What the process that is watched is asked for.
pub(crate) struct Asked {
    runs: u32,
}

/// What this process is asked for, if it is the one that is watched.
pub(crate) fn asked() -> Option<Asked> {
    Some(Asked { runs: env::var(RUNS).ok()?.parse().ok()? })
}

impl Asked {
    pub(crate) fn run(&self, pair: &Pair) -> Result<(), Box<dyn Error>> {
        for _ in 0..self.runs {
            pair.run(Runner::Sequential)?;
            pair.run(PARALLEL)?;
        }
        Ok(())
    }
}

/// The line about it for the table.
pub(crate) fn count(quick: bool) -> Result<String, Box<dyn Error>> {
    let runs = if quick { 5 } else { 500 };
    let few = match opened(1) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok("How many files a run opens was not counted: there is no `strace`.".to_owned());
        }
        few => few?,
    };
    let many = opened(1 + runs)?;
    let each = many.saturating_sub(few);
    Ok(format!("{each} files opened by {} runs more (`strace`; target 0)", 2 * runs))
}

fn opened(runs: u32) -> std::io::Result<usize> {
    let trace = tempfile::NamedTempFile::new()?;
    let status = Command::new("strace")
        .args(["--follow-forks", "--quiet=all", "--trace", OPENING, "--output"])
        .arg(trace.path())
        .arg(env::current_exe()?)
        .env(RUNS, runs.to_string())
        .stdout(std::process::Stdio::null())
        .status()?;
    if !status.success() {
        return Err(std::io::Error::other(format!("strace ended with {status}")));
    }
    let calls = std::fs::read_to_string(trace.path())?;
    Ok(calls.lines().filter(|line| line.contains("open") && line.contains('(')).count())
}
