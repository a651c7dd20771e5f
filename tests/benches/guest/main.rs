//! What the sandbox costs nodes that compute: `cargo bench -p wpipe-tests --bench guest [-- --quick]`, or
//! `cargo xtask bench guest`.
//!
//! The same crate of nodes (`tests/guests/kernels`), natively, as `cargo build --release` compiles it, and as a component in
//! a fresh sandbox for every call, in turns and on the same data. Both must return the same.

#[path = "../common/clock.rs"]
mod clock;
#[path = "../common/figures.rs"]
mod figures;

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use figures::is_quick;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_data::to_archive;
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Produced, Silent};
use wpipe_tests::guest;

const LIMITS: Limits = Limits { memory: 4 << 30, time: Duration::from_secs(600), log: 1 << 20, output: 2 << 30 };

/// What the sandbox may take, of what is taken natively.
const TARGET: f64 = 1.25;

/// A kind of work, the node that does it, what the node is given, and the same natively.
type Kernel<'k> = (&'k str, &'k str, &'k dyn Fn() -> Argument, &'k dyn Fn() -> u64);

fn main() -> Result<(), Box<dyn Error>> {
    let quick = is_quick();
    let clock = if quick { Clock::ONE_ROUND } else { Clock::MANY_ROUNDS };
    let size = if quick { 1_000 } else { 200_000 };
    let engine = Engine::new(EngineConfig::default())?;
    let component = Component::from_file(&engine, "kernels", &guest("kernels"))?;

    let text = text(size);
    let numbers = numbers(size);
    let stored = (buffer(&to_archive(text.as_str())?)?, buffer(&to_archive(&numbers)?)?);
    let of_text = || Argument::Single(stored.0.clone());
    let of_numbers = || Argument::Single(stored.1.clone());
    let rounds = size as u64;
    let of_rounds = || Argument::Parameter(rounds.to_string());
    let kernels: [Kernel<'_>; 7] = [
        ("text parsing", "parse", &of_text, &|| guest_kernels::parse(&text)),
        ("hashing", "hash", &of_text, &|| guest_kernels::hash(&text)),
        ("sorting", "sort", &of_numbers, &|| guest_kernels::sort(&numbers)),
        ("sums", "sum", &of_numbers, &|| guest_kernels::sum(&numbers)),
        ("group by", "group", &of_numbers, &|| guest_kernels::group(&numbers)),
        ("allocation", "allocate", &of_rounds, &|| guest_kernels::allocate(rounds)),
        ("strings", "write", &of_text, &|| guest_kernels::write(&text)),
    ];

    let mut out =
        String::from("| work | native: median, least | sandbox: median, least | ratio |\n|---|---|---|---|\n");
    let mut missed = Vec::new();
    for (name, node, argument, native) in kernels {
        let expected = native();
        let found = call(&component, node, argument());
        assert_eq!(found, expected, "`{node}` returns something else in the sandbox");
        let (native, sandbox) = clock.compare(
            || assert_eq!(black_box(native)(), expected),
            || assert_eq!(call(&component, node, argument()), expected),
        );
        let ratio = sandbox.ratio(native);
        writeln!(out, "| {name} | {native} | {sandbox} | {ratio:.2}x |")?;
        if ratio > TARGET {
            missed.push(name);
        }
    }
    writeln!(out, "\nbeyond {TARGET}x: {}", if missed.is_empty() { "none".to_owned() } else { missed.join(", ") })?;
    std::io::stdout().lock().write_all(out.as_bytes())?;
    Ok(())
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
