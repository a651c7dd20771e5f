//! Runs a toolchain's cargo.

use std::{env, path::Path, process::Command};

use super::find::{Library, Toolchain};
use crate::environment::shield;

impl Toolchain {
    /// Returns the command of its cargo, to run in `directory` without the environment of an outer build.
    #[must_use]
    pub fn cargo(&self, directory: &Path) -> Command {
        let mut command = Command::new(&self.cargo);
        shield(&mut command);
        command.current_dir(directory);
        if let Library::Source { linker, .. } = &self.library {
            let path = env::var_os("PATH").unwrap_or_default();
            let path = env::join_paths(std::iter::once(linker.clone()).chain(env::split_paths(&path)));
            command
                .env("RUSTC", &self.compiler.program)
                // Compiling the standard library is a nightly feature, which this enables in a stable compiler.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("PATH", path.unwrap_or_else(|_| linker.into()));
        }
        command
    }

    /// Returns the arguments that make a cargo command compile for the target.
    #[must_use]
    pub fn arguments(&self) -> Vec<&'static str> {
        let target = ["--target", self.target.triple()];
        match self.library {
            Library::Installed => target.into(),
            Library::Source { .. } => [&target[..], &["-Z", "build-std=std,panic_abort"]].concat(),
        }
    }
}
