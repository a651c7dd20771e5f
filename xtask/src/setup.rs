//! `cargo xtask setup`: gets the tools to compile nodes, if they are missing.

use std::{path::Path, process::Command};

use wpipe_build::{Target, Toolchain};

use crate::{
    Outcome,
    step::{say, step},
};

/// The target of nodes, unless they ask for WASI.
const TARGET: Target = Target::UnknownUnknown;

/// Finds a toolchain for nodes, or installs one: by rustup, or else by Debian's packages. Asks nothing.
pub(crate) fn run() -> Outcome {
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
    if !Path::new("/etc/debian_version").exists() {
        return Err("this is not Debian: its packages cannot stand in".into());
    }
    step(apt_get(&["update"]))?;
    step(apt_get(&[&["install", "-y", "--no-install-recommends"], &Toolchain::PACKAGES[..]].concat()))
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
