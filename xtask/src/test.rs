//! `cargo xtask test [--long]`: runs all checks that have to pass before a change is merged.

use std::env;
use std::time::Instant;

use crate::{
    Outcome, browser, package, peers, setup,
    step::{cargo, say, step},
    tidy,
};

/// The checks, quick ones first.
const CHECKS: [&[&str]; 4] = [
    &["fmt", "--all", "--check"],
    &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    &["test", "--workspace"],
    // Libraries only: the program `wpipe` would write over the pages of the library `wpipe`.
    &["doc", "--workspace", "--lib", "--no-deps"],
];

/// Runs the checks, and stops at the first that fails.
///
/// `long`: tests try more by chance, and ask other programs, a browser among them.
pub(crate) fn run(long: bool) -> Outcome {
    let start = Instant::now();
    setup::run()?;
    if long {
        browser::run()?;
        peers::python()?;
    }
    say("\n==> tidy")?;
    tidy::run()?;
    for arguments in CHECKS {
        let mut command = cargo(arguments);
        command.env("RUSTDOCFLAGS", "-D warnings");
        // The tests' servers are local: no proxy may stand before them, and the user's own profile must not be asked.
        command.env("NO_PROXY", no_proxy()).env_remove("AWS_PROFILE");
        if long {
            command.env("WPIPE_LONG_TESTS", "1");
        }
        step(command)?;
    }
    if long {
        package::run()?;
    }
    let names = CHECKS.map(|arguments| arguments[0]).join(", ");
    say(&format!("\ntidy, {names}: all passed in {} s", start.elapsed().as_secs()))
}

fn no_proxy() -> String {
    let named = env::var("NO_PROXY").or_else(|_| env::var("no_proxy")).unwrap_or_default();
    if named.is_empty() { "127.0.0.1".to_owned() } else { format!("{named},127.0.0.1") }
}
