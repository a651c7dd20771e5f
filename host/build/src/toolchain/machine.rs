//! The questions that the search for a toolchain may ask, so that tests can answer in a machine's place.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::environment::shield;

/// A computer on which a toolchain is looked for.
pub(super) trait Machine {
    /// Returns the value of an environment variable.
    fn variable(&self, name: &str) -> Option<OsString>;
    /// Returns the output of a program; `None` if it does not exist or fails.
    fn output(&self, program: &Path, arguments: &[&str]) -> Option<String>;
    /// Returns the content of a file; `None` if it cannot be read.
    fn text(&self, path: &Path) -> Option<String>;
    /// Returns true if the path exists.
    fn exists(&self, path: &Path) -> bool;
}

/// The computer this runs on, seen from a directory: rustup chooses toolchains by directory.
pub(super) struct ThisMachine {
    pub(super) directory: PathBuf,
}

impl Machine for ThisMachine {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn output(&self, program: &Path, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.directory).stdin(Stdio::null());
        shield(&mut command);
        let output = command.output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn text(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}
