//! What it costs to hand tables from task to task: `cargo xtask bench house-prices [-- --quick | --multiplier N,N | --only
//! store,archive,parquet,csv,s3,tee,vineyard,kedro]`.
//!
//! The pipeline of `examples/house-prices`, whose five nodes hand on nearly all of what they read, with 1460 houses times a
//! multiplier. One process a task with files, an object store over loopback, or the shared store between them; one process
//! for all with the tee; and beside these, where a Python has it (`target/bench-vineyard`, made by
//! `cargo xtask setup --peers`, or `WPIPE_VINEYARD_PYTHON`), the same pipeline by Kedro, with vineyard and with CSV files.
//! All of them have to give the same tables.

mod arm;
mod digests;
#[path = "../common/figures.rs"]
mod figures;
mod peer;
#[path = "../common/python.rs"]
mod python;
mod report;
mod wpipe;

use std::error::Error;
use std::io::Write;

use arm::{Arm, Measured};
use figures::is_quick;

/// The nodes, one task each.
const NODES: [&str; 5] = ["remove_outliers", "create_target", "drop_cols", "fill_na", "total_sf"];

fn main() -> Result<(), Box<dyn Error>> {
    let asked = |flag: &str| std::env::args().skip_while(|argument| argument != flag).nth(1);
    let only = asked("--only");
    let multipliers = match asked("--multiplier") {
        Some(asked) => asked.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?,
        None if is_quick() => vec![1],
        None => vec![1, 10, 100, 500],
    };
    let house = wpipe::Project::new()?;
    let python = peer::python();
    let mut out = std::io::stdout().lock();
    for multiplier in multipliers {
        writeln!(out, "\n## multiplier {multiplier}\n\n{}", report::titles())?;
        let mut all: Vec<Measured> = Vec::new();
        let is_asked_for =
            |arm: &Arm| only.as_deref().is_none_or(|only| only.split(',').any(|name| name == arm.name()));
        for arm in Arm::all(house.has_store()?, python.is_some()).into_iter().filter(is_asked_for) {
            let measured = match arm {
                Arm::Vineyard | Arm::KedroCsv => {
                    let python = python.as_deref().ok_or("no Python")?;
                    peer::measure(python, arm, &house.houses(), multiplier)?
                }
                _ => house.measure(arm, multiplier)?,
            };
            writeln!(out, "{}", report::rows(&measured))?;
            out.flush()?;
            if let Some(first) = all.first() {
                digests::compare(first, &measured)?;
            }
            all.push(measured);
        }
        writeln!(out, "\n{}", report::summary(&all))?;
    }
    if python.is_none() {
        writeln!(out, "\nwpipe alone: no Python with vineyard and Kedro (`cargo xtask setup --peers` makes one)")?;
    }
    Ok(())
}
