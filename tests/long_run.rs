//! Many hand-overs in one process: memory, mappings and descriptors stay flat.
//!
//! A program of its own, so that no other test's mappings are counted. Linux counts them.

#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Arc;

use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Produced, Silent};
use wpipe_tests::guest;

/// Hand-overs by each transport.
const ROUNDS: usize = 2500;
/// Numbers in each: enough to be mapped or moved, not copied.
const NUMBERS: usize = 20_000;
/// What the allocator and the kernel may keep for themselves between two counts.
const SLACK: Usage = Usage { mappings: 16, descriptors: 0, resident_kib: 16 << 10 };

#[derive(Debug, Clone, Copy)]
struct Usage {
    mappings: usize,
    descriptors: usize,
    resident_kib: usize,
}

impl Usage {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        Self {
            mappings: fs::read_to_string("/proc/self/maps").unwrap().lines().count(),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            resident_kib: resident.trim().trim_end_matches(" kB").parse().unwrap(),
        }
    }
}

fn call(component: &Component, node: &str, argument: Argument) -> Buffer {
    let call = Call {
        component,
        node,
        arguments: vec![argument],
        readers: vec![Readers::One],
        limits: Limits::default(),
        telemetry: Arc::new(Silent),
        cancel: Arc::default(),
    };
    match call.run().unwrap().outputs.pop() {
        Some(Produced::Single(buffer)) => buffer,
        other => panic!("one output expected, not {other:?}"),
    }
}

fn hand_over(component: &Component) {
    let made = call(component, "produce", Argument::Parameter(NUMBERS.to_string()));
    let argument = match made.into_movable() {
        Ok(movable) => Argument::Moved(movable),
        Err(buffer) => Argument::Single(buffer),
    };
    let sum = call(component, "touch", argument);
    assert_eq!(sum.bytes().unwrap(), (NUMBERS as f64 - 1.0).to_le_bytes());
}

#[test]
fn thousands_of_hand_overs_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let every = [
        ("copy", Transports::copy()),
        ("move", Transports::moving()),
        ("map", Transports::map().unwrap()),
        ("file", Transports::file(directory.path())),
    ];
    for (name, transports) in every {
        let engine = Engine::new(EngineConfig { cache: None, transports }).unwrap();
        let component = Component::from_file(&engine, "well_behaved", &guest("well_behaved")).unwrap();
        for _ in 0..100 {
            hand_over(&component);
        }
        let before = Usage::now();
        for _ in 0..ROUNDS {
            hand_over(&component);
        }
        let after = Usage::now();
        assert!(after.mappings <= before.mappings + SLACK.mappings, "{name}: {before:?}, then {after:?}");
        assert!(after.descriptors <= before.descriptors + SLACK.descriptors, "{name}: {before:?}, then {after:?}");
        assert!(after.resident_kib <= before.resident_kib + SLACK.resident_kib, "{name}: {before:?}, then {after:?}");
    }
}
