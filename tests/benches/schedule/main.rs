//! What a run costs beyond its calls: `cargo bench -p wpipe-tests --bench schedule [-- --quick]`.
//!
//! Chains of nodes that pass a few bytes on, and nodes that stand alone, 100 to 10 000 of them, with every event written
//! as JSON; beside Kedro's runners on the same shapes, where a Python with Kedro is found (`WPIPE_KEDRO_PYTHON` says
//! which); and eight nodes of real work by one and two workers.

#[path = "../common/chain.rs"]
mod chain;
#[path = "../common/figures.rs"]
mod figures;
mod kedro;
#[path = "../common/python.rs"]
mod python;
mod speedup;

use std::error::Error;
use std::io::Write;

use chain::{PARALLEL, Shape, load, time_per_node};
use figures::{is_quick, median, micros, ratio};
use wpipe::{Host, Runner};

fn main() -> Result<(), Box<dyn Error>> {
    let quick = is_quick();
    let (sizes, rounds) = if quick { (&[10, 100, 200][..], 1) } else { (&[100, 1_000, 10_000][..], 5) };
    let host = Host::builder().build()?;
    let mut out = std::io::stdout().lock();

    writeln!(out, "per node, every event on\n\n| shape | runner | {} | last / first |", titles(sizes))?;
    writeln!(out, "|---|---|{}---|", "---|".repeat(sizes.len()))?;
    let mut measured = Vec::new();
    for (name, shape) in [("chain", Shape::Chain), ("wide", Shape::Wide)] {
        let pipelines = sizes.iter().map(|&nodes| load(&host, shape, nodes)).collect::<Result<Vec<_>, _>>()?;
        for (runner_name, runner) in [("sequential", Runner::Sequential), ("parallel, 2", PARALLEL)] {
            let mut times = vec![Vec::new(); sizes.len()];
            for _ in 0..rounds {
                for ((times, pipeline), &nodes) in times.iter_mut().zip(&pipelines).zip(sizes) {
                    times.push(time_per_node(pipeline, runner, nodes)?);
                }
            }
            let medians: Vec<_> = times.into_iter().map(median).collect();
            let cells: Vec<_> = medians.iter().map(|&time| micros(time)).collect();
            let ratio = ratio(medians[medians.len() - 1], medians[0]);
            writeln!(out, "| {name} | {runner_name} | {} | {ratio:.2}x |", cells.join(" | "))?;
            measured.push((shape, runner, medians));
        }
    }
    writeln!(out, "\ntarget: the last column at most 1.3x\n")?;
    if let Some(python) = kedro::python() {
        let (wide, chain) = if quick { (10, 100) } else { (400, 1_000) };
        writeln!(out, "| against Kedro | Kedro, per node | wpipe, per node | ratio | target |\n|---|---|---|---|---|")?;
        for (name, shape, parallel, nodes, target) in [
            ("ParallelRunner, independent nodes", Shape::Wide, true, wide, 100.0),
            ("SequentialRunner, chain", Shape::Chain, false, chain, 10.0),
        ] {
            let kedro = kedro::time_per_node(&python, parallel, shape, nodes)?;
            let runner = if parallel { PARALLEL } else { Runner::Sequential };
            let wpipe = time_per_node(&load(&host, shape, nodes)?, runner, nodes)?;
            let ratio = ratio(kedro, wpipe);
            writeln!(out, "| {name}, {nodes} | {} | {} | {ratio:.0}x | {target}x |", micros(kedro), micros(wpipe))?;
        }
    } else {
        writeln!(
            out,
            "no Python with Kedro was found: `pip install kedro==1.7.0`, and set WPIPE_KEDRO_PYTHON to its Python"
        )?;
    }
    writeln!(out, "\n{}", speedup::measure(&host, quick)?)?;
    Ok(())
}

fn titles(sizes: &[usize]) -> String {
    sizes.iter().map(|size| format!("{size} nodes")).collect::<Vec<_>>().join(" | ")
}
