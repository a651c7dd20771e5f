//! What a sandbox and a hand-over cost: `cargo bench -p wpipe-tests --bench handoff [-- --quick]`.
//!
//! wpipe is measured beside what it replaces and what it cannot beat, in one process: `list<u8>` through the canonical
//! ABI, one copy into warm memory, and an `Arc<Vec<f64>>` that never leaves the host. Every call is checked: the values
//! it returns, the number of its outputs, and how many bytes were copied and mapped for it. Ratios are what may be
//! quoted: the times are the machine's, and of the hour.

mod arm;
#[path = "../common/bare.rs"]
mod bare;
#[path = "../common/clock.rs"]
mod clock;
mod fan_out;
#[path = "../common/figures.rs"]
mod figures;
mod lists;
mod machine;
mod native;
mod noop;
mod payload;
mod sandboxed;
mod table;
mod targets;
mod workers;

use std::error::Error;
use std::io::Write;

use arm::Measure;
use clock::Clock;
use figures::is_quick;
use lists::Lists;
use payload::Payload;
use sandboxed::Sandboxed;
use targets::Verdict;
use wpipe_buffer::{Transport, Transports};

fn main() -> Result<(), Box<dyn Error>> {
    let quick = is_quick();
    let (clock, payloads) =
        if quick { (Clock::ONE_ROUND, &Payload::ALL[..4]) } else { (Clock::MANY_ROUNDS, &Payload::ALL[..]) };

    // By which transport an input comes is a matter of its buffer: all consumers are in an engine as it is by default.
    let nodes = sandboxed::load(Transports::detect())?;
    let directory = env!("CARGO_TARGET_TMPDIR").as_ref();
    let copy = Sandboxed::new("copy", Transport::Copy, Transports::copy(), &nodes)?;
    let map = Sandboxed::new("map", Transport::Map, Transports::map()?, &nodes)?;
    let moved = Sandboxed::new("move", Transport::Move, Transports::moving(), &nodes)?;
    let file = Sandboxed::new("file", Transport::File, Transports::file(directory), &nodes)?;
    let lists = Lists::new()?;
    let arms: [&dyn Measure; 8] =
        [&copy, &moved, &map, &file, &lists, &native::OneCopy, &native::Shared, &native::Huge];

    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n", machine::describe())?;
    let noop = noop::measure(&clock, &nodes)?;
    writeln!(out, "{}", noop.table())?;
    let mut tables = Vec::new();
    for &payload in payloads {
        let rows: Vec<_> = arms.iter().filter_map(|arm| arm.measure(&clock, payload)).collect();
        writeln!(out, "{}", table::hand_over(payload, &rows))?;
        tables.push((payload, rows));
    }
    // With a pool of its own, so that no memory is counted which was there before.
    let fresh = Sandboxed::new("map", Transport::Map, Transports::map()?, &nodes)?;
    let fan_out = fan_out::measure(&clock, Payload::MIB_256.min(payloads[payloads.len() - 1]), &fresh);
    writeln!(out, "{}", fan_out.table())?;
    writeln!(out, "{}", workers::measure(&clock, Payload::MIB, &map).table(Payload::MIB))?;
    let verdicts = Verdict::all(&clock, &noop, &map, &tables, &fan_out);
    writeln!(out, "{}", table::verdicts(&verdicts, quick))?;
    Ok(())
}
