//! Everything a component is made of.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
};

/// What cargo and rustup look for in a package's directory and in all above it. A file that is not there now is an
/// input as well: the day it appears, the build may come out differently.
const SURROUNDINGS: [&str; 6] =
    ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// The files on whose content a build of `crate_dir` depends, some of which need not exist.
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

/// The directory of the package that a source belongs to.
fn package_of(source: &Path) -> Option<PathBuf> {
    source.ancestors().skip(1).find(|directory| directory.join("Cargo.toml").is_file()).map(Path::to_owned)
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))
}
