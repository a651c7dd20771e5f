//! Address space is used again: whatever was in a memory before, the next one in its place is like a new one.

use std::sync::Arc;

use super::guest::{pattern, produce};
use crate::memory::{Memory, Reservation};
use crate::{Transports, WASM_PAGE, Windows};

const GUARD: usize = 1 << 20;

/// A memory of a capacity that no other test has, so that nobody else takes its space.
fn memory(capacity: usize, initial: usize) -> Memory {
    Memory(Arc::new(Reservation::new(capacity, GUARD, initial).unwrap()))
}

fn load(memory: &Memory) -> Vec<u8> {
    let mut bytes = vec![0xAA; memory.0.accessible()];
    memory.0.read(0, &mut bytes);
    bytes
}

/// What the process may do with the pages of an address range: the third word of `/proc/self/maps`, range by range.
fn rights(start: usize, end: usize) -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let ranges = maps.lines().filter_map(|line| {
        let (range, rest) = line.split_once(' ')?;
        let (from, to) = range.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        (number(from)? < end && number(to)? > start).then(|| rest[..4].to_owned())
    });
    ranges.collect()
}

#[test]
fn a_memory_in_old_space_reads_as_zeros_and_ends_where_it_ends() {
    const CAPACITY: usize = (1 << 30) + WASM_PAGE;
    let (initial, used) = (4 * WASM_PAGE, 40 * WASM_PAGE);
    let base = {
        let first = memory(CAPACITY, initial);
        first.0.grow_to(used).unwrap();
        first.0.write(0, &vec![0xFF; used]);
        first.0.base()
    };
    for initial in [initial, 6 * WASM_PAGE] {
        let again = memory(CAPACITY, initial);
        assert_eq!(again.0.base(), base, "the space is used again");
        assert_eq!(again.0.accessible(), initial);
        let end = base.addr() + CAPACITY + GUARD;
        assert!(rights(base.addr() + initial, end).iter().all(|rights| rights == "---p"), "nothing behind the end");
        assert!(load(&again) == vec![0; initial]);
        again.0.grow_to(used).unwrap();
        assert!(load(&again) == vec![0; used]);
        again.0.write(0, &vec![0xFF; used]);
    }
    let smaller = memory(CAPACITY, WASM_PAGE);
    assert_ne!(smaller.0.base(), base, "its first pages are more than a smaller memory has");
}

#[test]
fn windows_of_the_memory_before_are_gone() {
    const CAPACITY: usize = (1 << 30) + 2 * WASM_PAGE;
    for transports in [Transports::map().unwrap(), Transports::copy()] {
        let [buffer, ..] = produce(&transports, &pattern(3 << 20));
        // Behind what is accessible from the start, and within it.
        for (initial, address) in [(WASM_PAGE, 2 << 20), (8 << 20, 2 << 20)] {
            let before = memory(CAPACITY, initial);
            before.0.grow_to(8 << 20).unwrap();
            let mut windows = Windows::new(Some(Memory(before.0.clone())));
            windows.attach(&buffer, address).unwrap();
            before.0.write(address as usize, &[0xFF; 100]);
            drop(windows);
            drop(before);

            let after = memory(CAPACITY, initial);
            after.0.grow_to(8 << 20).unwrap();
            assert!(load(&after) == vec![0; 8 << 20]);
            after.0.write(0, &vec![0xFF; 8 << 20]);
            assert!(buffer.bytes().unwrap() == pattern(3 << 20));
        }
    }
}
