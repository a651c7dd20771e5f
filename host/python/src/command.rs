//! The `wpipe` command, which is installed with the package.

use std::ffi::OsString;
use std::process::{ExitCode, Termination};

use pyo3::prelude::*;

use crate::host::compiler;

/// Runs the command with these arguments, the first of which is its name, and returns the exit code.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let compiler = compiler(py);
    py.detach(|| match wpipe::compile_if_asked_by(arguments.clone()) {
        Some(code) => number(code),
        None => number(wpipe_cli::run(arguments, compiler)),
    })
}

/// Returns the number of an exit code, which the standard library shows to processes alone.
fn number(code: ExitCode) -> u8 {
    (0..=u8::MAX).find(|number| ExitCode::from(*number) == code.report()).unwrap_or(1)
}
