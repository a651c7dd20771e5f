//! The Pythons of what wpipe is measured beside.

use std::env;
use std::process::{Command, Stdio};

/// Returns the Python that the `variable` names, or else `own`, if it has these `modules`; as an error, the one that
/// lacks them.
pub(crate) fn python(variable: &str, own: &str, modules: &str) -> Result<String, String> {
    let python = env::var(variable).unwrap_or_else(|_| own.to_owned());
    let mut command = Command::new(&python);
    command.args(["-c", &format!("import {modules}")]).stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) { Ok(python) } else { Err(python) }
}
