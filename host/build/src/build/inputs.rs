//! The inputs of a component.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
};

/// The files that cargo and rustup look for in a package's directory and in all above it. A missing file is an input as
/// well: once it appears, the build may come out differently.
const SURROUNDINGS: [&str; 6] =
    ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// Returns the files whose content determines a build of `crate_dir`. Some of them need not exist.
pub(super) fn inputs(crate_dir: &Path, sources: impl Iterator<Item = PathBuf>, compiler: &Path) -> BTreeSet<PathBuf> {
    let mut packages = BTreeSet::from([crate_dir.to_owned()]);
    let mut inputs = BTreeSet::from([compiler.to_owned()]);
    for source in sources {
        packages.extend(package_of(&source));
        inputs.insert(source);
    }
    for package in &packages {
        inputs.insert(package.join("build.rs"));
        for directory in package.ancestors() {
            inputs.extend(SURROUNDINGS.iter().map(|name| directory.join(name)));
        }
    }
    inputs.extend(cargo_home().map(|home| home.join("config.toml")));
    inputs
}

/// Returns the directory of the package that a source belongs to.
fn package_of(source: &Path) -> Option<PathBuf> {
    source.ancestors().skip(1).find(|directory| directory.join("Cargo.toml").is_file()).map(Path::to_owned)
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}
