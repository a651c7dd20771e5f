//! Address space is used again: a memory in the place of an earlier one is like a new one.

use std::sync::Arc;

use super::alone::alone;
use super::guest::{pattern, produce};
use crate::memory::{Memory, Reservation};
use crate::space::tests::spare;
use crate::{HostWriter, Readers, Transport, Transports, WASM_PAGE, Windows};

const GUARD: usize = 1 << 20;

fn memory(capacity: usize, initial: usize) -> Memory {
    Memory(Arc::new(Reservation::new(capacity, GUARD, initial).unwrap()))
}

fn load(memory: &Memory) -> Vec<u8> {
    let mut bytes = vec![0xAA; memory.0.accessible()];
    memory.0.read(0, &mut bytes);
    bytes
}

/// Returns the access rights of an address range: the second word of `/proc/self/maps`, range by range.
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
    alone(module_path!(), "a_memory_in_old_space_reads_as_zeros_and_ends_where_it_ends", "-c 0", || {
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
    });
}

#[test]
fn windows_of_the_memory_before_are_gone() {
    const CAPACITY: usize = (1 << 30) + 2 * WASM_PAGE;
    for transports in [Transports::map().unwrap(), Transports::copy()] {
        let [buffer, ..] = produce(&transports, &pattern(3 << 20));
        // The address lies behind the initially accessible part, or within it.
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

#[test]
fn memories_of_two_shapes_in_turns_use_their_own_space_again() {
    alone(module_path!(), "memories_of_two_shapes_in_turns_use_their_own_space_again", "-c 0", || {
        const CAPACITY: usize = 1 << 30;
        let shapes = [WASM_PAGE, 20 * WASM_PAGE];
        let make = || shapes.map(|initial| memory(CAPACITY, initial));
        let bases = make().map(|memory| memory.0.base());
        for _ in 0..3 {
            // In either order.
            assert_eq!(make().map(|memory| memory.0.base()), bases);
            for index in [1, 0, 1] {
                assert_eq!(memory(CAPACITY, shapes[index]).0.base(), bases[index]);
            }
        }
        assert_eq!(spare(CAPACITY + GUARD).len(), 2);
    });
}

#[test]
fn space_that_nobody_asks_for_makes_room() {
    alone(module_path!(), "space_that_nobody_asks_for_makes_room", "-c 0", || {
        for shape in 1..=40 {
            drop(memory(shape << 20, WASM_PAGE));
        }
        let kept: Vec<_> = (1..=40).filter(|shape| !spare((shape << 20) + GUARD).is_empty()).collect();
        assert_eq!(kept, (25..=40).collect::<Vec<usize>>(), "the newest");
        drop(memory(64 << 20, 8 << 20));
        assert_eq!(spare((64 << 20) + GUARD), [0; 0], "a large memory is not kept");
    });
}

#[test]
fn spare_space_is_given_up_where_address_space_is_short() {
    // In KiB: four memories of 4 GiB.
    alone(module_path!(), "spare_space_is_given_up_where_address_space_is_short", "-v 20000000", || {
        const CAPACITY: usize = 4 << 30;
        for run in 0..12 {
            drop(memory(CAPACITY + run * WASM_PAGE, WASM_PAGE));
        }
        let mut host = HostWriter::new(&Transports::moving(), Readers::One);
        host.reserve(CAPACITY).unwrap()[0] = 1;
        assert_eq!(host.finish(1 << 20).unwrap().transport(), Transport::Move);
    });
}

#[test]
fn space_in_which_a_memory_failed_to_grow_is_not_used_again() {
    // In KiB: less than the memory wants.
    alone(module_path!(), "space_in_which_a_memory_failed_to_grow_is_not_used_again", "-d 1000000", || {
        const CAPACITY: usize = 4 << 30;
        let fails = memory(CAPACITY, WASM_PAGE);
        fails.0.grow_to(2 << 30).unwrap_err();
        assert_eq!(fails.0.accessible(), WASM_PAGE);
        drop(fails);
        assert_eq!(spare(CAPACITY + GUARD), [0; 0]);
        drop(memory(CAPACITY, WASM_PAGE));
        assert_eq!(spare(CAPACITY + GUARD), [WASM_PAGE], "as that of another one is");
    });
}
