//! Running cargo for its answer.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::{error::BuildError, request::Output};

/// Runs cargo on the crate in `crate_dir` and returns what it prints; its messages go where `output` says.
pub(super) fn run(mut cargo: Command, crate_dir: &Path, output: Output) -> Result<String, BuildError> {
    cargo.stdin(Stdio::null()).stderr(match output {
        Output::Inherit => Stdio::inherit(),
        Output::Capture => Stdio::piped(),
    });
    let result = cargo.output().map_err(|source| BuildError::NoCargo { source })?;
    if result.status.success() {
        return Ok(String::from_utf8_lossy(&result.stdout).into_owned());
    }
    Err(BuildError::Compile {
        path: crate_dir.to_owned(),
        status: result.status,
        messages: String::from_utf8_lossy(&result.stderr).into_owned(),
    })
}
