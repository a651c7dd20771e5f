//! `cargo xtask setup`: gets the tools to compile nodes and to run the tests, if they are missing.

use std::{env, fs, path::Path, process::Command};

use wpipe_build::{Target, Toolchain};

use crate::{
    Outcome,
    step::{say, step},
};

/// The target of nodes, unless they ask for WASI.
const TARGET: Target = Target::UnknownUnknown;

/// Debian's package of the database server that tests start.
const DATABASE: &str = "postgresql";

/// Gets a toolchain for nodes, and a database server, which only tests need.
pub(crate) fn run() -> Outcome {
    toolchain()?;
    if !has_database() {
        // Tests say that they show nothing without it.
        install(&[DATABASE]).or_else(|error| say(&format!("setup: tests go without PostgreSQL: {error}")))?;
    }
    Ok(())
}

/// Whether a server is where Debian has it, or in the path.
fn has_database() -> bool {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian = debian.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    debian.any(|folder| folder.join("initdb").is_file())
        || env::split_paths(&path).any(|folder| folder.join("initdb").is_file())
}

/// Finds a toolchain for nodes, or installs one: by rustup, or else by Debian's packages. Asks nothing.
pub(crate) fn toolchain() -> Outcome {
    let installations: [fn() -> Outcome; 2] = [add_target, install_packages];
    let mut found = Toolchain::find(TARGET);
    for install in installations {
        if found.is_err() {
            // Only the existence of a toolchain afterwards counts.
            install().or_else(|error| say(&format!("setup: {error}")))?;
            found = Toolchain::find(TARGET);
        }
    }
    let toolchain = found.map_err(|error| format!("{error}\nhint: {}", error.help()))?;
    say(&format!("setup: nodes are compiled for {}", toolchain.describe()))
}

fn add_target() -> Outcome {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET.triple()]);
    step(rustup)
}

fn install_packages() -> Outcome {
    install(&Toolchain::PACKAGES)
}

pub(crate) fn install(packages: &[&str]) -> Outcome {
    if !Path::new("/etc/debian_version").exists() {
        return Err("this is not Debian: its packages cannot stand in".into());
    }
    step(apt_get(&["update"]))?;
    step(apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat()))
}

/// Returns the command as root; by sudo if it needs no password.
fn apt_get(arguments: &[&str]) -> Command {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}
