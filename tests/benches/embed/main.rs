//! What a run costs a program that runs a small pipeline again and again: `cargo bench -p wpipe-tests --bench embed
//! [-- --quick]`.
//!
//! Two nodes, one behind the other, over tables of a few rows in memory: one after the other, in parallel, and by two
//! threads that share one loaded pipeline. Beside each stand the two calls by themselves. Every result is checked, and so is
//! the number of bytes that a run copies. `strace`, where it is installed, counts the files that a run opens.

#[path = "../common/chain.rs"]
mod chain;
#[path = "../common/figures.rs"]
mod figures;
mod opens;
mod pair;

use std::error::Error;
use std::io::Write;
use std::num::NonZero;
use std::thread;
use std::time::{Duration, Instant};

use chain::PARALLEL;
use figures::{is_quick, median, micros};
use pair::Pair;
use wpipe::Runner;

fn main() -> Result<(), Box<dyn Error>> {
    let pair = Pair::load()?;
    if let Some(asked) = opens::asked() {
        // The process that `strace` watches.
        return asked.run(&pair);
    }
    let quick = is_quick();
    let (runs, rounds) = if quick { (20, 1) } else { (2_000, 5) };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);

    // In turns, so that whatever else the machine does hits all.
    let mut times: [Vec<Duration>; 5] = Default::default();
    pair.run(Runner::Sequential)?;
    pair.run(PARALLEL)?;
    for _ in 0..rounds {
        times[0].push(each(runs, || pair.calls())?);
        times[1].push(each(runs, || pair.run(Runner::Sequential))?);
        times[2].push(each(runs, || pair.run(PARALLEL))?);
        times[3].push(by_two(runs, || pair.run(Runner::Sequential))?);
        times[4].push(by_two(runs, || pair.run(PARALLEL))?);
    }
    let [calls, sequential, parallel, two_sequential, two_parallel] = times.map(median);

    let mut out = std::io::stdout().lock();
    writeln!(out, "{} runs of each kind on {cores} cores; each copies {} bytes\n", runs * rounds, pair.copied())?;
    writeln!(out, "| two nodes over small tables | a run | target |\n|---|---|---|")?;
    writeln!(out, "| the two calls alone | {} | |", micros(calls))?;
    writeln!(out, "| sequential | {} | 100 µs |", micros(sequential))?;
    writeln!(out, "| parallel, 2 workers | {} | 100 µs |", micros(parallel))?;
    let further = |one: Duration, two: Duration| one.as_secs_f64() / two.as_secs_f64();
    let both = [("sequential", sequential, two_sequential), ("parallel", parallel, two_parallel)];
    for (name, one, two) in both {
        let (each, further) = (micros(two), further(one, two));
        writeln!(out, "| two threads, each {name} | {each}: {further:.2} times as far as one | 1.7 times |")?;
    }
    writeln!(out, "\n{}", opens::count(quick)?)?;
    Ok(())
}

/// The time of each of so many runs, one after the other.
fn each(runs: u32, mut run: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    for _ in 0..runs {
        run()?;
    }
    Ok(started.elapsed() / runs)
}

/// The same of two threads which share the runs: half of the time that a run takes each.
fn by_two(runs: u32, run: impl Fn() -> Result<(), Box<dyn Error>> + Sync) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let half = || each(runs / 2, &run).map(drop).map_err(|error| error.to_string());
    let (first, second) = thread::scope(|scope| {
        let other = scope.spawn(half);
        (half(), other.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    });
    first.and(second)?;
    Ok(started.elapsed() / runs)
}
