//! `cargo xtask bench`: the benchmarks.

use crate::{
    Outcome, setup,
    step::{cargo, step},
};

/// Runs the benchmarks of these names, or all.
pub(crate) fn run(names: &[&str]) -> Outcome {
    setup::toolchain()?;
    let names = if names.is_empty() { &["*"] } else { names };
    let chosen = names.iter().flat_map(|name| ["--bench", name]);
    step(cargo(&["bench", "-p", "wpipe-tests"].into_iter().chain(chosen).collect::<Vec<_>>()))
}
