//! What the sandbox costs nodes that compute: `cargo bench -p wpipe-tests --bench guest [-- --quick]`, or
//! `cargo xtask bench guest`.
//!
//! The same crate of nodes (`tests/guests/kernels`), natively in a process of its own, and as a component in a fresh sandbox
//! for every call, in turns and on the same data. Both are compiled with the settings of components, and must return the
//! same. The native program is for any processor of its kind, and once more for this one (`-C target-cpu=native`).

#[path = "../common/clock.rs"]
mod clock;
#[path = "../common/figures.rs"]
mod figures;
mod native;
#[path = "../common/program.rs"]
mod program;

use std::array;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clock::{Clock, Time};
use figures::is_quick;
use native::Native;
use program::Processor;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_data::to_archive;
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Produced, Silent};
use wpipe_tests::guest;

const LIMITS: Limits = Limits { memory: 4 << 30, time: Duration::from_secs(600), log: 1 << 20, output: 2 << 30 };

/// What the sandbox may take, of what is taken natively.
const TARGET: f64 = 1.25;

/// A kind of work, the node that does it, and what the node is given.
type Kernel<'k> = (&'k str, &'k str, &'k dyn Fn() -> Argument);

fn main() -> Result<(), Box<dyn Error>> {
    let quick = is_quick();
    let clock = if quick { Clock::ONE_ROUND } else { Clock::MANY_ROUNDS };
    let size = if quick { 1_000 } else { 200_000 };
    let engine = Engine::new(EngineConfig::default())?;
    let component = Component::from_file(&engine, "kernels", &guest("kernels"))?;

    let text = text(size);
    let numbers = numbers(size);
    let folder = tempfile::tempdir()?;
    let files = ["text", "numbers", "table"].map(|name| folder.path().join(name));
    let sales = guest_kernels::sales(size as u64 * 4)?;
    fs::write(&files[2], sales.bytes())?;
    fs::write(&files[0], &text)?;
    fs::write(&files[1], numbers.iter().copied().flat_map(f64::to_le_bytes).collect::<Vec<u8>>())?;
    let mut native = Native::start(Processor::Any, &files, size)?;
    let mut tuned = Native::start(Processor::This, &files, size)?;
    let stored = (buffer(&to_archive(text.as_str())?)?, buffer(&to_archive(&numbers)?)?, buffer(sales.bytes())?);
    let of_text = || Argument::Single(stored.0.clone());
    let of_numbers = || Argument::Single(stored.1.clone());
    let of_table = || Argument::Single(stored.2.clone());
    let of_rounds = || Argument::Parameter(size.to_string());
    let kernels: [Kernel<'_>; 11] = [
        ("text parsing", "parse", &of_text),
        ("hashing", "hash", &of_text),
        ("sorting", "sort", &of_numbers),
        ("sums", "sum", &of_numbers),
        ("group by", "group", &of_numbers),
        ("allocation", "allocate", &of_rounds),
        ("strings", "write", &of_text),
        ("a table by rows", "rows", &of_table),
        ("a table by columns", "columns", &of_table),
        ("making a table of rows", "write_rows", &of_rounds),
        ("making a table by columns", "write_columns", &of_rounds),
    ];

    let mut out = String::from("| work | native | for this processor | sandbox | ratio |\n|---|---|---|---|---|\n");
    let mut missed = Vec::new();
    for (name, node, argument) in kernels {
        let expected = native.call(node)?.0;
        let [natively, tuned, sandbox] = in_turns(
            clock,
            [&mut || native.call(node), &mut || tuned.call(node), &mut || {
                let argument = argument();
                let started = Instant::now();
                Ok((call(&component, node, argument), started.elapsed()))
            }],
            expected,
        )?;
        let ratio = sandbox.ratio(natively);
        writeln!(out, "| {name} | {natively} | {tuned} | {sandbox} | {ratio:.2}x |")?;
        if ratio > TARGET {
            missed.push(name);
        }
    }
    writeln!(out, "\nbeyond {TARGET}x: {}", if missed.is_empty() { "none".to_owned() } else { missed.join(", ") })?;
    std::io::stdout().lock().write_all(out.as_bytes())?;
    Ok(())
}

/// A call of a kernel: what it returned, and how long it took.
type Timed<'c> = &'c mut dyn FnMut() -> Result<(u64, Duration), Box<dyn Error>>;

/// Times the same kernel in several ways, in turns.
fn in_turns<const N: usize>(
    clock: Clock,
    mut ways: [Timed<'_>; N],
    expected: u64,
) -> Result<[Time; N], Box<dyn Error>> {
    let mut round = || {
        let mut times = [Duration::ZERO; N];
        for (way, time) in ways.iter_mut().zip(&mut times) {
            let (returned, taken) = way()?;
            assert_eq!(returned, expected, "a kernel returns something else in another way");
            *time = taken;
        }
        Ok::<_, Box<dyn Error>>(times)
    };
    let rounds = clock.rounds(round()?.iter().sum());
    let times = (0..rounds).map(|_| round()).collect::<Result<Vec<_>, _>>()?;
    Ok(array::from_fn(|way| Time::of(times.iter().map(|times| times[way]).collect())))
}

/// Calls a node that returns a number, in a fresh sandbox.
fn call(component: &Component, node: &str, argument: Argument) -> u64 {
    let call = Call {
        component,
        node,
        arguments: vec![argument],
        readers: vec![Readers::One],
        takers: Vec::new(),
        limits: LIMITS,
        telemetry: Arc::new(Silent),
        cancel: Arc::default(),
    };
    let outcome = call.run().unwrap_or_else(|error| panic!("`{node}` failed: {error}"));
    let [Produced::Single(buffer)] = outcome.outputs.as_slice() else { panic!("`{node}` has one output") };
    let bytes = buffer.bytes().unwrap_or_else(|error| panic!("the output of `{node}` cannot be read: {error}"));
    u64::from_le_bytes(bytes.try_into().unwrap_or_else(|_| panic!("`{node}` returns {bytes:?}, no number")))
}

fn buffer(archive: &[u8]) -> Result<Buffer, Box<dyn Error>> {
    Ok(Buffer::copy_from(archive, &Transports::detect())?)
}

/// Lines of a whole number, a fraction and a word.
fn text(lines: usize) -> String {
    let mut random = fastrand::Rng::with_seed(7);
    let words = ["Berlin", "Lisboa", "Zürich", "New York", "東京"];
    let line = |number| {
        let (word, fraction) = (words[random.usize(..words.len())], random.f64() * 1_000.0);
        format!("{},{fraction:.3},{word}\n", number * 7 + 1_000_000_007)
    };
    (0..lines).map(line).collect()
}

fn numbers(count: usize) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..count * 4).map(|_| random.f64()).collect()
}
