//! Packages what is published, as `cargo publish` would: a file outside of its crate is missing there.

use std::fs;

use crate::{
    Outcome,
    step::{cargo, root, step},
};

/// The folders of the crates that are published.
const FOLDERS: [&str; 2] = ["host", "guest-sdk"];

/// The manifest's line of such a crate.
const PUBLISHED: &str = "publish.workspace = true";

/// Packages all published crates, and compiles them from their packages.
pub(crate) fn run() -> Outcome {
    let mut command = cargo(&["package", "--allow-dirty"]);
    for folder in FOLDERS.map(|folder| root().join(folder)) {
        // The SDK is a crate, and has crates within.
        let own = [Ok(folder.clone())].into_iter();
        for candidate in own.chain(fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path()))) {
            let manifest = fs::read_to_string(candidate?.join("Cargo.toml")).unwrap_or_default();
            let name = manifest.lines().find_map(|line| line.strip_prefix("name = "));
            if let Some(name) = name.filter(|_| manifest.lines().any(|line| line == PUBLISHED)) {
                command.args(["-p", name.trim_matches('"')]);
            }
        }
    }
    step(command)
}
