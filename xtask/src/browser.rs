//! `cargo xtask setup --browser`: gets the browser that pages are tried in, and what drives it, into `target/browser`.

use std::{fs, path::Path, process::Command};

use crate::{
    Outcome, setup,
    step::{root, say, step},
};

const CHROMIUM: &str = "/usr/bin/chromium";
/// Debian's packages, of which Node's may be too old.
const PACKAGES: [&str; 3] = ["chromium", "nodejs", "npm"];
/// What the driver asks of Node.
const OLDEST_NODE: u32 = 20;

/// Gets what is missing; the packages of npm are those of the lock file.
pub(crate) fn run() -> Outcome {
    if !Path::new(CHROMIUM).exists() || node().is_none() {
        setup::install(&PACKAGES)?;
    }
    match node() {
        Some(version) if version >= OLDEST_NODE => {}
        found => {
            let found = found.map_or("none".to_owned(), |version| version.to_string());
            return Err(format!("pages are tried with Node {OLDEST_NODE} or later: there is {found}").into());
        }
    }
    let folder = root().join("target/browser");
    let lock = fs::read(root().join("tests/browser/package-lock.json"))?;
    // What it was made from: another lock file asks for other packages.
    let ready = folder.join("ready");
    if fs::read(&ready).is_ok_and(|made_from| made_from == lock) {
        return say("setup: `target/browser` is there");
    }
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(root().join("tests/browser").join(name), folder.join(name))?;
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    step(install)?;
    Ok(fs::write(ready, lock)?)
}

/// The first number of Node's version.
fn node() -> Option<u32> {
    let told = Command::new("node").arg("--version").output().ok()?;
    String::from_utf8(told.stdout).ok()?.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}
