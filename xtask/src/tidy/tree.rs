//! The files that the laws apply to.

use std::{fs, path::Path};

use crate::Outcome;

/// The directories that hold nothing written by hand.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// Returns the Rust files and manifests below `root`, by their paths from there, in order.
pub(super) fn files(root: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut found = Vec::new();
    visit(root, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn visit(directory: &Path, prefix: &str, found: &mut Vec<String>) -> Outcome {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                visit(&entry.path(), &format!("{path}/"), found)?;
            }
        } else if name.ends_with(".rs") || name == "Cargo.toml" {
            found.push(path);
        }
    }
    Ok(())
}
