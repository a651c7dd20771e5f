//! The test components.

use std::path::{Path, PathBuf};

use wpipe_build::{BuildRequest, Output, Target, build};

/// Returns the component file of the crate `tests/guests/<name>`, brought up to date.
///
/// # Panics
///
/// Panics if it cannot be built; `cargo xtask setup` gets what is missing.
pub fn guest(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let request = BuildRequest {
        name: name.to_owned(),
        crate_dir: root.join("guests").join(name),
        target: Target::UnknownUnknown,
        output_dir: root.join("../target/wpipe"),
    };
    match build(&request, Output::Inherit) {
        Ok(built) => built.path,
        Err(error) => panic!("failed to build the guest `{name}`: {error}\n{}", error.help().unwrap_or_default()),
    }
}
