//! The reasons why a component could not be built, and the remedies.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitStatus,
};

use thiserror::Error;

use crate::ToolchainError;

/// A component could not be built. The text reads well after "failed to build component `x`: ".
#[derive(Debug, Error)]
pub enum BuildError {
    /// There is no crate at the given place.
    #[error("`{}` is not a crate: there is no `Cargo.toml` in it", path.display())]
    NoCrate {
        /// The directory.
        path: PathBuf,
    },
    /// No compiler for the target.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// There is no cargo.
    #[error("`cargo` cannot be run")]
    NoCargo {
        /// The operating system's error.
        source: io::Error,
    },
    /// The package has nothing that could become a component.
    #[error("the package in `{}` has no library", path.display())]
    NoLibrary {
        /// The package's directory.
        path: PathBuf,
    },
    /// The compiler refused the crate.
    #[error("cargo could not compile `{}` ({status})", path.display())]
    Compile {
        /// The crate's directory.
        path: PathBuf,
        /// Cargo's exit status.
        status: ExitStatus,
        /// Cargo's messages; empty if they were shown already.
        messages: String,
    },
    /// The module was not built against a contract.
    #[error("the crate in `{}` compiles, but is not a component: it describes no interface", path.display())]
    NoInterface {
        /// The crate's directory.
        path: PathBuf,
    },
    /// The module does not keep to the contract it describes.
    #[error("the module made of `{}` cannot become a component: {reason}", path.display())]
    Componentise {
        /// The crate's directory.
        path: PathBuf,
        /// The message of `wit-component`.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("failed to {action} `{}`: {source}", path.display())]
    Io {
        /// The verb of the action.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

impl BuildError {
    /// Returns the remedy, if it is more than the error says.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoCrate { .. } => {
                Some("`crate` names the directory of a Rust package, relative to the manifest".into())
            }
            Self::Toolchain(error) => Some(error.help()),
            Self::NoCargo { .. } => Some("install Rust with rustup, see https://rustup.rs".into()),
            Self::NoLibrary { .. } => Some("nodes live in a library: put them in `src/lib.rs`".into()),
            Self::Compile { .. } | Self::Io { .. } => None,
            Self::NoInterface { .. } => {
                Some("depend on `wpipe-sdk` and mark at least one function with `#[wpipe_sdk::node]`".into())
            }
            Self::Componentise { reason, .. } if reason.contains("__wbindgen") => Some(
                "a dependency expects a JavaScript host (`wasm-bindgen`): switch off its `js` or `wasmbind` feature"
                    .into(),
            ),
            Self::Componentise { .. } => Some(
                "a node may import nothing but the contract; for files, clocks or randomness set `target = \
                 \"wasm32-wasip2\"` for the component"
                    .into(),
            ),
        }
    }

    /// Makes the error for `.map_err(BuildError::io("read", path))`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
