//! A gigabyte in 200 partitions, with one worker and with two.

use std::error::Error;
use std::num::NonZero;
use std::time::{Duration, Instant};

use wpipe::{Host, Pipeline, Runner};

use crate::data::Sets;

const PARTITIONS: usize = 200;
/// Numbers in a partition of 5 MB.
const LEN: usize = 5_000_000 / 8;

fn run(pipeline: &Pipeline, runner: Runner, partitions: usize) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let result = pipeline.run().runner(runner).execute()?;
    let time = started.elapsed();
    match &result.report().multipipelines["n"] {
        report if report.completed == partitions => Ok(time),
        report => Err(format!("{} of {partitions} partitions completed", report.completed).into()),
    }
}

pub(crate) fn measure(quick: bool) -> Result<String, Box<dyn Error>> {
    let (partitions, len) = if quick { (4, 1000) } else { (PARTITIONS, LEN) };
    let sets = Sets::new(partitions, len)?;
    let host = Host::builder().build()?;
    let pipeline = host.load_project(sets.project("good/busy_total", "slices = 8")?)?;
    let two = Runner::Parallel { workers: const { NonZero::new(2).unwrap() } };
    let mut times = Vec::new();
    for _ in 0..if quick { 1 } else { 3 } {
        let one = run(&pipeline, Runner::Sequential, partitions)?;
        times.push((one.as_secs_f64(), run(&pipeline, two, partitions)?.as_secs_f64()));
    }
    times.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (one, two) = times[times.len() / 2];
    let bytes = partitions * len * 8;
    Ok(format!(
        "{:.2} GB in {partitions} partitions: one worker {one:.2} s, two {two:.2} s: {:.2}x (target 0.6x)",
        bytes as f64 / 1e9,
        two / one
    ))
}
