//! `cargo xtask demo`: runs the examples, from any state of the machine.

use crate::{
    Outcome, setup,
    step::{cargo, step},
};

/// The runs, one after the other; those called `generate` make the data that the next ones read.
const RUNS: [&str; 5] = [
    "examples/iris/pipeline.toml",
    "examples/sensors/generate.toml",
    "examples/sensors/pipeline.toml",
    "examples/house-prices/generate.toml",
    "examples/house-prices/pipeline.toml",
];

/// Runs the examples with the development profile, so that `cargo xtask test` finds most of it compiled.
pub(crate) fn run() -> Outcome {
    setup::toolchain()?;
    for manifest in RUNS {
        step(cargo(&["run", "-p", "wpipe-cli", "--bin", "wpipe", "--", "run", manifest]))?;
    }
    Ok(())
}
