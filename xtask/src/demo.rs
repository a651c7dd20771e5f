//! `cargo xtask demo`: the examples, from whatever state the machine is in.

use crate::{
    Outcome, setup,
    step::{cargo, step},
};

/// One run after the other; the second makes the data that the third is about.
const RUNS: [&str; 3] =
    ["examples/iris/pipeline.toml", "examples/sensors/generate.toml", "examples/sensors/pipeline.toml"];

/// Uses the profile of development, so that `cargo xtask test` finds most of it compiled.
pub(crate) fn run() -> Outcome {
    setup::run()?;
    for manifest in RUNS {
        step(cargo(&["run", "-p", "wpipe-cli", "--bin", "wpipe", "--", "run", manifest]))?;
    }
    Ok(())
}
