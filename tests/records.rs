//! Outputs of nested types: their archives grow while they are written, in place, whatever the allocator does meanwhile.
//!
//! A program of its own, so that its load is in nobody's time limit.

use std::sync::Arc;
use std::time::Duration;

use wpipe_buffer::{Buffer, Counters, Readers, Transport, Transports};
use wpipe_sandbox::{Argument, Call, CallError, Component, Engine, EngineConfig, Limits, Outcome, Produced, Silent};
use wpipe_tests::guest;

const LIMITS: Limits = Limits { memory: 4 << 30, time: Duration::from_secs(600), log: 64 << 10, output: 2 << 30 };

/// Records from some bytes to more than the 64 MiB from which on outputs grow by equal steps.
const COUNTS: [u64; 6] = [0, 1, 200, 2_000, 20_000, 330_000];
/// How often the allocator grows the memory behind the window.
const GROWTHS: u64 = 400;
/// What is smaller is written on the heap and copied, in bytes.
const WINDOW_FROM: usize = 128 << 10;

fn run(component: &Component, node: &str, arguments: Vec<Argument>, limits: Limits) -> Result<Outcome, CallError> {
    let (readers, telemetry) = (vec![Readers::One], Arc::new(Silent));
    Call { component, node, arguments, readers, takers: Vec::new(), limits, telemetry, cancel: Arc::default() }.run()
}

fn make(component: &Component, count: u64, growths: u64, limits: Limits) -> Result<Outcome, CallError> {
    let parameters = [count, growths].map(|parameter| Argument::Parameter(parameter.to_string()));
    run(component, "make_records", parameters.into(), limits)
}

fn only(outcome: Outcome) -> Buffer {
    match <[Produced; 1]>::try_from(outcome.outputs) {
        Ok([Produced::Single(buffer)]) => buffer,
        other => panic!("one output expected, not {other:?}"),
    }
}

fn nodes(transports: Transports) -> Component {
    let engine = Engine::new(EngineConfig { transports, ..EngineConfig::default() }).unwrap();
    Component::from_file(&engine, "well_behaved", &guest("well_behaved")).unwrap()
}

/// Checks that the records are as they were made, in a sandbox to which their buffer is handed over.
fn check(nodes: &Component, records: Buffer, count: u64) {
    let records = match records.into_movable() {
        Ok(movable) => Argument::Moved(movable),
        Err(buffer) => Argument::Single(buffer),
    };
    let checked = run(nodes, "check_records", vec![records], LIMITS).unwrap();
    assert_eq!(only(checked).bytes().unwrap(), count.to_le_bytes());
}

/// What a transport does with `size` bytes whose window took `relocated` along.
fn expected(transport: Transport, size: usize, relocated: u64) -> Counters {
    let bytes = size as u64;
    match transport {
        _ if size < WINDOW_FROM => Counters { copied: bytes, ..Counters::default() },
        Transport::Copy => Counters { copied: bytes + relocated, relocated, ..Counters::default() },
        Transport::Map | Transport::File | Transport::Store => {
            Counters { mapped: bytes, relocated, ..Counters::default() }
        }
        Transport::Move => Counters { moved: bytes, relocated, ..Counters::default() },
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_nested_output_is_written_where_its_reader_finds_it() {
    let directory = tempfile::tempdir().unwrap();
    let every = [
        (Transport::Copy, Transports::copy()),
        (Transport::Move, Transports::detect()),
        (Transport::Move, Transports::moving()),
        (Transport::Map, Transports::map().unwrap()),
        (Transport::File, Transports::file(directory.path())),
    ];
    let mut archives: [Option<Buffer>; COUNTS.len()] = Default::default();
    for (transport, transports) in every {
        let nodes = nodes(transports);
        for (&count, archive) in COUNTS.iter().zip(&mut archives) {
            let outcome = make(&nodes, count, GROWTHS, LIMITS).unwrap();
            let counters = outcome.counters;
            let buffer = only(outcome);
            let case = format!("{transport}, {count} records, {} bytes", buffer.len());
            assert_eq!(counters, expected(transport, buffer.len(), counters.relocated), "{case}");
            if buffer.len() >= 4 << 20 {
                assert!(counters.relocated > 1 << 20, "{case}: the window went elsewhere, and not only to be aligned");
            }
            let first =
                archive.get_or_insert_with(|| Buffer::copy_from(buffer.bytes().unwrap(), &Transports::copy()).unwrap());
            assert!(first.bytes().unwrap() == buffer.bytes().unwrap(), "{case}: the archive is everywhere the same");
            check(&nodes, buffer, count);
        }
    }
    let sizes = archives.map(|archive| archive.unwrap().len());
    assert!(sizes[0] < 100 && sizes[3] > WINDOW_FROM && sizes[5] > 64 << 20, "{sizes:?}");
}

#[test]
fn an_output_may_be_as_large_as_its_limit() {
    let nodes = nodes(Transports::detect());
    for count in [200, 2_000, 20_000] {
        let size = only(make(&nodes, count, GROWTHS, LIMITS).unwrap()).len() as u64;
        let exact = make(&nodes, count, GROWTHS, Limits { output: size, ..LIMITS }).unwrap();
        check(&nodes, only(exact), count);
        let error = make(&nodes, count, GROWTHS, Limits { output: size - 1, ..LIMITS }).unwrap_err();
        assert_eq!(error, CallError::OutputTooLarge { port: "make_records".to_owned(), limit: size - 1 });
    }
}

#[test]
fn a_nested_output_takes_memory_by_its_size() {
    let nodes = nodes(Transports::detect());
    // The ranges that the window left behind count as well.
    for (growths, times) in [(0, 4), (50, 5), (GROWTHS, 7)] {
        let outcome = make(&nodes, 330_000, growths, LIMITS).unwrap();
        let peak = outcome.peak_memory;
        // The records themselves are larger than their archive.
        let size = only(outcome).len() as u64;
        assert!(peak < times * size, "{peak} bytes of memory for an archive of {size}, {growths} growths");
    }
}
