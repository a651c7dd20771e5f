//! The reasons why no toolchain was found, and the commands that help.

use std::path::PathBuf;

use thiserror::Error;

use super::find::Toolchain;
use crate::Target;

/// No compiler can make components on this machine.
#[derive(Debug, Error)]
pub enum ToolchainError {
    /// There is no rustc at all.
    #[error("`{}` cannot be run", program.display())]
    NoCompiler {
        /// The program that was tried.
        program: PathBuf,
    },
    /// There is a rustc, but no standard library for the target.
    #[error("rustc {release} has no standard library for `{target}`, and no other compiler can stand in: {unusable}")]
    NoTarget {
        /// The target.
        target: Target,
        /// The release of the compiler in use.
        release: String,
        /// The reason why the packaged compiler cannot be used.
        unusable: Unusable,
    },
}

impl ToolchainError {
    /// Returns the remedy.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoCompiler { .. } => "install Rust with rustup, see https://rustup.rs".to_owned(),
            Self::NoTarget { target: target @ Target::Wasip2, .. } => format!("run `rustup target add {target}`"),
            Self::NoTarget { target: target @ Target::UnknownUnknown, .. } => format!(
                "run one of\n  \
                 rustup target add {target}\n  \
                 sudo apt-get install --no-install-recommends {}    (Debian, Ubuntu)\n  \
                 cargo xtask setup    (in a checkout of wpipe: tries both)",
                Toolchain::PACKAGES.join(" ")
            ),
        }
    }
}

/// The reason why a distribution's compiler cannot be used.
#[derive(Debug, Error)]
pub enum Unusable {
    /// It is not installed.
    #[error("there is no `{}`", program.display())]
    Absent {
        /// Its expected path.
        program: PathBuf,
    },
    /// It is older than wpipe needs.
    #[error("the packaged rustc is {release}, at least {minimum} is needed")]
    TooOld {
        /// Its release.
        release: String,
        /// The oldest that will do.
        minimum: &'static str,
    },
    /// The source of the standard library is not installed.
    #[error("`{}` does not hold the source of the standard library", path.display())]
    NoSource {
        /// Its expected path.
        path: PathBuf,
    },
    /// The source is of another release.
    #[error("the source of the standard library is {version}, the packaged rustc {release}")]
    OtherSource {
        /// The source's release.
        version: String,
        /// The compiler's release.
        release: String,
    },
    /// There is no linker for wasm.
    #[error("`rust-lld` is neither in the toolchain in use nor in `PATH`")]
    NoLinker,
    /// The target needs a libc, which comes with rustup's target only.
    #[error("the target comes with a libc that only rustup brings")]
    NeedsLibc,
}
