//! What a multipipeline costs: `cargo bench -p wpipe-tests --bench slices [-- --quick]`.
//!
//! - 100, 1 000 and 10 000 partitions of 64 KiB, each loaded, doubled by one node and saved: the time for each, beside
//!   loading, calling and saving the same partitions one after the other by hand, and what bare wasmtime takes to
//!   instantiate, call and drop a component. Each figure comes from a process of its own, so that its peak memory is
//!   known.
//! - A gigabyte in 200 partitions, bound by computing, with one worker and with two.

#[path = "../common/bare.rs"]
mod bare;
mod child;
#[path = "../common/clock.rs"]
mod clock;
mod data;
#[path = "../common/figures.rs"]
mod figures;
mod speedup;

use std::error::Error;
use std::io::Write;

use bare::{Bare, RESULT};
use child::{Figures, Work};
use clock::Clock;
use figures::is_quick;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(work) = Work::of(&arguments) {
        return child::print(&work.measure()?);
    }
    let quick = is_quick();
    let counts: [usize; 3] = if quick { [10, 20, 40] } else { [100, 1_000, 10_000] };
    let clock = if quick { Clock::ONE_ROUND } else { Clock::MANY_ROUNDS };
    let bare = Bare::new()?;
    let bare = clock.measure(
        || (),
        || bare.call(),
        |output| assert!(output.as_ref().is_ok_and(|output| output.written == RESULT), "the node failed"),
    );
    let bare = bare.median.as_secs_f64();

    let mut out = std::io::stdout().lock();
    writeln!(out, "bare wasmtime, instantiate, call and drop: {:.1} µs\n", bare * 1e6)?;
    writeln!(
        out,
        "| partitions of 64 KiB | each | of the first (target 1.3x) | by hand | overhead, of bare (target 5x) | \
         processor time, by hand | overhead, of bare | peak memory | of the first (target 1.5x) |\n\
         |---|---|---|---|---|---|---|---|---|"
    )?;
    let mut first: Option<Figures> = None;
    for count in counts {
        let rounds = if quick { 1 } else { (1000 / count).clamp(1, 5) };
        let run = child::median(Work::Run(count), rounds)?;
        let hand = child::median(Work::Hand(count), rounds)?;
        let first = first.get_or_insert(run);
        writeln!(
            out,
            "| {count} | {:.0} µs | {:.2}x | {:.0} µs | {:.2}x | {:.0} µs, {:.0} µs | {:.2}x | {:.0} MiB | {:.2}x |",
            run.wall * 1e6,
            run.wall / first.wall,
            hand.wall * 1e6,
            (run.wall - hand.wall) / bare,
            run.processor * 1e6,
            hand.processor * 1e6,
            (run.processor - hand.processor) / bare,
            run.peak as f64 / (1 << 20) as f64,
            run.peak as f64 / first.peak as f64,
        )?;
    }
    writeln!(out, "\n{}", speedup::measure(quick)?)?;
    Ok(())
}
