//! `cargo xtask demo`: the Iris example, from whatever state the machine is in.

use crate::{
    Outcome, setup,
    step::{cargo, step},
};

/// Uses the profile of development, so that `cargo xtask test` finds most of it compiled.
pub(crate) fn run() -> Outcome {
    setup::run()?;
    step(cargo(&["run", "-p", "wpipe-cli", "--bin", "wpipe", "--", "run", "examples/iris/pipeline.toml"]))
}
