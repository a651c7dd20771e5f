//! Runs cargo for its answer.

use std::{
    collections::BTreeSet,
    io,
    path::Path,
    process::{Command, Output as Answer, Stdio},
    sync::{Mutex, PoisonError},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{error::BuildError, request::Output};

/// The processes that are under way: a program that ends takes them with it.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Runs cargo on the crate in `crate_dir` and returns its output; its messages go to `output`.
pub(super) fn run(mut cargo: Command, crate_dir: &Path, output: Output) -> Result<String, BuildError> {
    cargo.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(match output {
        Output::Inherit => Stdio::inherit(),
        Output::Capture => Stdio::piped(),
    });
    let result = answer(cargo).map_err(|source| BuildError::NoCargo { source })?;
    if result.status.success() {
        return Ok(String::from_utf8_lossy(&result.stdout).into_owned());
    }
    Err(BuildError::Compile {
        path: crate_dir.to_owned(),
        status: result.status,
        messages: String::from_utf8_lossy(&result.stderr).into_owned(),
    })
}

fn answer(mut cargo: Command) -> io::Result<Answer> {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let child = cargo.spawn()?;
    // Processes have numbers that fit.
    let number = child.id() as i32;
    running.insert(number);
    drop(running);
    let answer = child.wait_with_output();
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    answer
}

/// Stops the builds that are under way, for a program that is about to end. Each of them fails.
pub fn stop() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    for process in running.iter().filter_map(|number| Pid::from_raw(*number)) {
        // The process may have ended by itself.
        let _ = kill_process(process, Signal::TERM);
    }
}
