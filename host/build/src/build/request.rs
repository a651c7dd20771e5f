//! The request for a build, and its result.

use std::path::PathBuf;

use crate::Target;

/// A component to be built.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// The component's name, which becomes the file's.
    pub name: String,
    /// The directory with the crate's `Cargo.toml`: a workspace member or a crate of its own.
    pub crate_dir: PathBuf,
    /// The compilation target.
    pub target: Target,
    /// The directory of components (`target/wpipe`); created if need be. Builds with the same one wait for each other.
    pub output_dir: PathBuf,
}

/// The destination of cargo's progress and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To this process's standard error, as cargo writes them.
    Inherit,
    /// Into [`BuildError::Compile`](super::BuildError::Compile), if the crate does not compile.
    Capture,
}

/// A component that is up to date with its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// `<output_dir>/<name>.wasm`, in the component format.
    pub path: PathBuf,
    /// The work that was done.
    pub outcome: Outcome,
}

/// The work that was done for a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: no input has changed since it was built.
    Fresh,
    /// Cargo was run and the component written.
    Built,
}
