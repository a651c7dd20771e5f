//! `cargo xtask bench`: the benchmarks.

use crate::{
    Outcome, setup,
    step::{cargo, step},
};

/// Runs the benchmarks of these names, or all; what begins with a dash goes to them.
pub(crate) fn run(names: &[&str]) -> Outcome {
    setup::toolchain()?;
    let (names, arguments) = match names.iter().position(|name| name.starts_with('-')) {
        Some(first) => names.split_at(first),
        None => (names, &[][..]),
    };
    let names = if names.is_empty() { &["*"] } else { names };
    // As files they have no dashes.
    let names: Vec<_> = names.iter().map(|name| name.replace('-', "_")).collect();
    let chosen = names.iter().flat_map(|name| ["--bench", name]);
    let packages = ["bench", "-p", "wpipe-tests", "-p", "wpipe-cli"];
    let arguments = arguments.iter().copied().filter(|argument| *argument != "--");
    step(cargo(&packages.into_iter().chain(chosen).chain(["--"]).chain(arguments).collect::<Vec<_>>()))
}
