//! The inherited environment variables that a nested cargo must not see.
//!
//! wpipe is often started by cargo itself (`cargo run`, `cargo test`), which describes *that* build in the environment.
//! A nested cargo would take some of it for its own configuration (flags of the host for a wasm module), and crates
//! that watch such variables would be compiled anew each time wpipe is started in another way.

use std::process::Command;

/// Configuration of the outer build: flags, directories, wrappers and the job server.
const NAMES: [&str; 19] = [
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_CRATE_NAME",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_DIR",
    "CARGO_TARGET_TMPDIR",
    "CLIPPY_ARGS",
    "CLIPPY_CONF_DIR",
    "MAKEFLAGS",
    "MFLAGS",
    "OUT_DIR",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "__CARGO_DEFAULT_LIB_METADATA",
];

/// Families of variables that describe the package which cargo runs.
const PREFIXES: [&str; 6] = ["CARGO_BIN_", "CARGO_CFG_", "CARGO_FEATURE_", "CARGO_MANIFEST_", "CARGO_PKG_", "DEP_"];

/// Keeps the outer build's variables from `command`.
pub(crate) fn shield(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(belongs_to_an_outer_build) {
            command.env_remove(&name);
        }
    }
}

fn belongs_to_an_outer_build(name: &str) -> bool {
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_package_metadata_of_an_outer_build_are_kept_away() {
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_PKG_VERSION", "CARGO_MANIFEST_DIR"] {
            assert!(belongs_to_an_outer_build(name), "{name}");
        }
    }

    #[test]
    fn what_chooses_toolchain_network_and_credentials_is_passed_on() {
        for name in ["PATH", "CARGO_HOME", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "CARGO_NET_OFFLINE", "HTTPS_PROXY"] {
            assert!(!belongs_to_an_outer_build(name), "{name}");
        }
    }
}
