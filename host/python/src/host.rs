//! The host of this process.

use std::path::PathBuf;
use std::sync::OnceLock;

use pyo3::prelude::*;
use wpipe::{Compiler, Host};

use crate::errors::raised;

static HOST: OnceLock<Host> = OnceLock::new();

/// Returns the host, which is set up when it is first needed.
pub(crate) fn host(py: Python<'_>) -> PyResult<Host> {
    if let Some(host) = HOST.get() {
        return Ok(host.clone());
    }
    let built = Host::builder().compiler(compiler(py)).build().map_err(|error| raised(py, &error))?;
    Ok(HOST.get_or_init(|| built).clone())
}

/// Returns the compiler of components: the command that was installed with this package, or else this process.
pub(crate) fn compiler(py: Python<'_>) -> Compiler {
    let found = py.import("wpipe._command").and_then(|module| module.call_method0("command_path"));
    let path = found.and_then(|path| path.extract::<Option<PathBuf>>()).ok().flatten();
    path.map_or(Compiler::InProcess, Compiler::Program)
}
