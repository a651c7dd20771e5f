//! The search for a toolchain, and its result.

use std::path::{Path, PathBuf};

use super::{
    compiler::{Compiler, directory_of_linker},
    error::{ToolchainError, Unusable},
    machine::{Machine, ThisMachine},
};
use crate::Target;

/// The path of a distribution's rustc.
const PACKAGED_COMPILER: &str = "/usr/bin/rustc";

/// The oldest rustc that compiles wpipe's own crates.
const MINIMUM_RELEASE: &str = env!("CARGO_PKG_RUST_VERSION");

/// A cargo and a rustc that compile for one target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    pub(super) target: Target,
    pub(super) cargo: PathBuf,
    pub(super) compiler: Compiler,
    pub(super) library: Library,
}

/// The origin of the target's standard library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Library {
    /// It is installed with the compiler.
    Installed,
    /// Cargo compiles it from source, once for each target directory.
    Source {
        /// The directory of the library's source.
        source: PathBuf,
        /// The directory of the linker, which must be in `PATH`.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// The Debian packages that replace rustup's target where rustup can add none.
    pub const PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

    /// Finds a toolchain that compiles for `target` in the current directory.
    pub fn find(target: Target) -> Result<Self, ToolchainError> {
        Self::find_in(target, Path::new("."))
    }

    /// Finds a toolchain that compiles for `target` in `directory`, whose `rust-toolchain.toml` may choose the
    /// compiler.
    pub fn find_in(target: Target, directory: &Path) -> Result<Self, ToolchainError> {
        find(&ThisMachine { directory: directory.to_owned() }, target)
    }

    /// Describes in one line the compiler and the origin of its standard library.
    #[must_use]
    pub fn describe(&self) -> String {
        let Self { target, compiler, library, .. } = self;
        let release = &compiler.release;
        match library {
            Library::Installed => format!("{target} by rustc {release} in `{}`", compiler.sysroot.display()),
            Library::Source { source, .. } => format!(
                "{target} by the packaged `{}` {release}, with a standard library compiled from `{}`",
                compiler.program.display(),
                source.display()
            ),
        }
    }

    /// Returns the origin of the target's standard library.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Returns the compiler's own file; when it changes, its output may change.
    #[must_use]
    pub fn executable(&self) -> PathBuf {
        self.compiler.executable()
    }
}

/// Finds a toolchain that compiles for `target` on `machine`: the compiler in use if it can, else the packaged one.
pub(super) fn find(machine: &dyn Machine, target: Target) -> Result<Toolchain, ToolchainError> {
    let program = |variable, default| machine.variable(variable).map_or_else(|| PathBuf::from(default), PathBuf::from);
    let cargo = program("CARGO", "cargo");
    let rustc = program("RUSTC", "rustc");
    let in_use = Compiler::ask(machine, rustc.clone()).ok_or(ToolchainError::NoCompiler { program: rustc })?;

    // Removing a target sometimes leaves its directory behind, so look one deeper.
    if machine.exists(&in_use.rustlib(target.triple()).join("lib")) {
        return Ok(Toolchain { target, cargo, compiler: in_use, library: Library::Installed });
    }
    match packaged(machine, target, &in_use) {
        Ok((compiler, library)) => Ok(Toolchain { target, cargo, compiler, library }),
        Err(unusable) => Err(ToolchainError::NoTarget { target, release: in_use.release, unusable }),
    }
}

/// Returns the distribution's compiler with the library's source, if they can replace the compiler in use.
fn packaged(machine: &dyn Machine, target: Target, in_use: &Compiler) -> Result<(Compiler, Library), Unusable> {
    if target == Target::Wasip2 {
        return Err(Unusable::NeedsLibc);
    }
    let program = PathBuf::from(PACKAGED_COMPILER);
    let compiler = Compiler::ask(machine, program.clone()).ok_or(Unusable::Absent { program })?;
    if !compiler.is_at_least(MINIMUM_RELEASE) {
        return Err(Unusable::TooOld { release: compiler.release, minimum: MINIMUM_RELEASE });
    }

    let tree = compiler.rustlib("src/rust");
    let source = tree.join("library");
    if !machine.exists(&source.join("std")) {
        return Err(Unusable::NoSource { path: source });
    }
    // Only the compiler of the same release compiles the library's source.
    if let Some(version) = machine.text(&tree.join("src/version"))
        && version.trim() != compiler.release
    {
        let version = version.trim().to_owned();
        return Err(Unusable::OtherSource { version, release: compiler.release });
    }

    let linker = directory_of_linker(machine, in_use).ok_or(Unusable::NoLinker)?;
    Ok((compiler, Library::Source { source, linker }))
}
