//! What a pipeline costs beyond its calls: `cargo bench -p wpipe-tests --bench pipeline [-- --quick]`.
//!
//! - A chain of nodes that pass a few bytes on, in the sequential runner with every event written as JSON, beside what
//!   bare wasmtime takes to instantiate, call and drop a component that does nothing.
//! - 64 KiB through three nodes, element by element, as stream processors do it, beside the same three functions called
//!   natively. Torvyn publishes 16.2 µs per element for this shape, of instances that live as long as the stream; ours
//!   are fresh for every call of every element.

#[path = "../common/bare.rs"]
mod bare;
#[path = "../common/chain.rs"]
mod chain;
#[path = "../common/clock.rs"]
mod clock;
mod elements;
#[path = "../common/figures.rs"]
mod figures;

use std::error::Error;
use std::io::Write;

use bare::{Bare, RESULT};
use chain::{Shape, load, time_per_node};
use clock::Clock;
use figures::{is_quick, median, micros, ratio};
use wpipe::{Host, Runner};

fn main() -> Result<(), Box<dyn Error>> {
    let quick = is_quick();
    let (short, long, rounds) = if quick { (20, 100, 1) } else { (1_000, 10_000, 5) };
    let clock = if quick { Clock::ONE_ROUND } else { Clock::MANY_ROUNDS };
    let host = Host::builder().build()?;
    let bare = Bare::new()?;
    let chains = [load(&host, Shape::Chain, short)?, load(&host, Shape::Chain, long)?];

    // In turns, so that whatever else the machine does hits all.
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds {
        times[0].push(time_per_node(&chains[0], Runner::Sequential, short)?);
        times[1].push(time_per_node(&chains[1], Runner::Sequential, long)?);
        let call = clock.measure(
            || (),
            || bare.call(),
            |output| assert!(output.as_ref().is_ok_and(|output| output.written == RESULT), "the node failed"),
        );
        times[2].push(call.median);
    }
    let [short_time, long_time, bare_time] = times.map(median);
    let mut out = std::io::stdout().lock();
    writeln!(out, "| per node | time | ratio | target |\n|---|---|---|---|")?;
    writeln!(out, "| bare wasmtime: instantiate, call, drop | {} | | |", micros(bare_time))?;
    let of_bare = ratio(short_time, bare_time);
    writeln!(out, "| chain of {short} nodes, all events on | {} | {of_bare:.2}x of bare | 3x |", micros(short_time))?;
    let of_short = ratio(long_time, short_time);
    writeln!(out, "| chain of {long} nodes | {} | {of_short:.2}x of {short} | 1.2x |\n", micros(long_time))?;
    writeln!(out, "{}", elements::measure(&host, &clock)?)?;
    Ok(())
}
