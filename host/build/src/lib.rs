//! Builds node crates into components.
//!
//! [`build`] compiles a crate with cargo, makes a component of the module in-process and writes it as
//! `<output directory>/<name>.wasm`. A stamp beside it remembers every file that went in, so that a second build of
//! unchanged sources costs a few hundred `stat` calls and runs neither cargo nor rustc.
//!
//! [`Toolchain::find`] finds a compiler of wasm without any environment variable set by hand. Without the feature
//! `build` it is all there is.

mod environment;
mod target;
mod toolchain;

#[cfg(feature = "build")]
mod build;

#[cfg(feature = "build")]
pub use build::{BuildError, BuildRequest, Built, Outcome, Output, SETTINGS, build, stop};
pub use target::Target;
pub use toolchain::{Library, Toolchain, ToolchainError, Unusable};
