//! Runs cargo and finds the module that it made.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{cargo::run, error::BuildError, request::Output};
use crate::Toolchain;

/// The settings of cargo by which nodes are compiled: they crunch data, and the cost of an instance grows with its
/// module. Link-time optimisation over all crates makes a small node a fifth smaller and costs half a second. Function
/// names stay, for the backtraces of traps. Every processor that runs wasmtime has vectors of 128 bits.
pub const SETTINGS: [&str; 7] = [
    r#"profile.wpipe-node.inherits="release""#,
    "profile.wpipe-node.opt-level=3",
    r#"profile.wpipe-node.lto="fat""#,
    "profile.wpipe-node.codegen-units=1",
    r#"profile.wpipe-node.panic="abort""#,
    r#"profile.wpipe-node.strip="debuginfo""#,
    r#"target.'cfg(target_family = "wasm")'.rustflags=["-C", "target-feature=+simd128"]"#,
];

/// Compiles the library of the crate in `crate_dir`, an absolute path, to a module; returns its path.
///
/// Makes the library a `cdylib` whatever its manifest says. So a node crate is an ordinary library, which its own tests
/// link natively, and no second crate type switches link-time optimisation off.
pub(super) fn compile(
    toolchain: &Toolchain,
    crate_dir: &Path,
    target_dir: &Path,
    output: Output,
) -> Result<PathBuf, BuildError> {
    let manifest = crate_dir.join("Cargo.toml");
    let mut cargo = toolchain.cargo(crate_dir);
    cargo
        .arg("rustc")
        .args(toolchain.arguments())
        .args(["--lib", "--crate-type", "cdylib", "--profile", "wpipe-node"])
        .args(SETTINGS.iter().flat_map(|setting| ["--config", setting]))
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(&manifest)
        .arg("--target-dir")
        .arg(target_dir);

    let no_library = || BuildError::NoLibrary { path: crate_dir.to_owned() };
    match run(cargo, crate_dir, output) {
        Ok(messages) => module(&messages, &manifest).ok_or_else(no_library),
        Err(BuildError::Compile { .. }) if !has_library(crate_dir) => Err(no_library()),
        Err(error) => Err(error),
    }
}

/// The fields of a message of `cargo --message-format json` that are used here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Returns the module among the artefacts of the package with that manifest.
fn module(messages: &str, manifest: &Path) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact" && message.manifest_path == manifest)
        .flat_map(|message| message.filenames)
        .find(|path| path.extension().is_some_and(|extension| extension == "wasm"))
}

/// Returns true if cargo would find a library. It only selects the error that is shown after cargo failed.
fn has_library(crate_dir: &Path) -> bool {
    let manifest = std::fs::read_to_string(crate_dir.join("Cargo.toml")).unwrap_or_default();
    crate_dir.join("src/lib.rs").exists() || manifest.lines().any(|line| line.trim_start().starts_with("[lib]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_found_among_what_other_packages_made() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/dep/Cargo.toml","filenames":["/t/dep.wasm"]}
{"reason":"build-script-executed","package_id":"x"}
{"reason":"compiler-artifact","manifest_path":"/node/Cargo.toml","filenames":["/t/node.d","/t/node.wasm"]}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(module(messages, Path::new("/node/Cargo.toml")), Some("/t/node.wasm".into()));
        assert_eq!(module(messages, Path::new("/other/Cargo.toml")), None);
    }
}
