//! Many hand-overs in one process: memory, mappings and descriptors stay flat.
//!
//! A program of its own, so that no other test's mappings are counted. Linux counts them.

#![cfg(target_os = "linux")]

use std::fs;
use std::sync::{Arc, Barrier};
use std::thread;

use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Produced, Silent};
use wpipe_tests::guest;

/// Hand-overs by all transports together.
const HAND_OVERS: usize = 100_000;
/// Consumers of each buffer that can have several.
const READERS: usize = 10;
/// Numbers in each buffer: enough to be mapped or moved, not copied.
const NUMBERS: usize = 20_000;
/// Threads that hand over at once.
const THREADS: usize = 2;
/// What the allocator, the kernel and the pool may keep for themselves between two counts: a buffer for each thread.
const SLACK: Usage = Usage { mappings: 16, descriptors: THREADS, resident_kib: 16 << 10, idle_kib: THREADS * 256 };

#[derive(Debug, Clone, Copy)]
struct Usage {
    mappings: usize,
    descriptors: usize,
    resident_kib: usize,
    /// Kept for new buffers.
    idle_kib: usize,
}

impl Usage {
    fn now(transports: &Transports) -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        Self {
            mappings: fs::read_to_string("/proc/self/maps").unwrap().lines().count(),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            resident_kib: resident.trim().trim_end_matches(" kB").parse().unwrap(),
            idle_kib: transports.idle_bytes() >> 10,
        }
    }
}

fn call(component: &Component, node: &str, argument: Argument) -> Buffer {
    let call = Call {
        component,
        node,
        arguments: vec![argument],
        readers: vec![Readers::One],
        takers: Vec::new(),
        limits: Limits::default(),
        telemetry: Arc::new(Silent),
        cancel: Arc::default(),
    };
    match call.run().unwrap().outputs.pop() {
        Some(Produced::Single(buffer)) => buffer,
        other => panic!("one output expected, not {other:?}"),
    }
}

/// Makes a buffer and hands it over to as many consumers as it may have; says how many these are.
fn hand_over(component: &Component) -> usize {
    let made = call(component, "produce", Argument::Parameter(NUMBERS.to_string()));
    let consume = |argument| {
        let sum = call(component, "touch", argument);
        assert_eq!(sum.bytes().unwrap(), (NUMBERS as f64 - 1.0).to_le_bytes());
    };
    match made.into_movable() {
        Ok(movable) => {
            consume(Argument::Moved(movable));
            1
        }
        Err(buffer) => {
            (0..READERS).for_each(|_| consume(Argument::Single(buffer.clone())));
            READERS
        }
    }
}

/// At least so many hand-overs.
fn hand_over_often(component: &Component, times: usize) {
    // All threads at once, so that a few times take as much at once as many.
    let together = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                together.wait();
                let mut done = 0;
                while done < times / THREADS {
                    done += hand_over(component);
                }
            });
        }
    });
}

#[test]
fn a_hundred_thousand_hand_overs_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let every = [
        ("copy", Transports::copy()),
        ("move", Transports::moving()),
        ("map", Transports::map().unwrap()),
        ("file", Transports::file(directory.path())),
    ];
    let each = HAND_OVERS / every.len();
    for (name, transports) in every {
        let engine = Engine::new(EngineConfig { transports: transports.clone(), ..EngineConfig::default() }).unwrap();
        let component = Component::from_file(&engine, "well_behaved", &guest("well_behaved")).unwrap();
        hand_over_often(&component, 100);
        let before = Usage::now(&transports);
        hand_over_often(&component, each);
        let after = Usage::now(&transports);
        assert!(after.mappings <= before.mappings + SLACK.mappings, "{name}: {before:?}, then {after:?}");
        assert!(after.descriptors <= before.descriptors + SLACK.descriptors, "{name}: {before:?}, then {after:?}");
        assert!(after.resident_kib <= before.resident_kib + SLACK.resident_kib, "{name}: {before:?}, then {after:?}");
        assert!(after.idle_kib <= before.idle_kib + SLACK.idle_kib, "{name}: {before:?}, then {after:?}");
    }
}
