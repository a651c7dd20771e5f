//! Recycling: pages are used again only when nobody sees them any more, and nobody sees their earlier content.

use std::mem;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};

use super::guest::{Guest, every_transport, pattern, produce, writer};
use crate::mappings::tests::without_mappings;
use crate::{Buffer, Counters, HostWriter, Readers, Transports, WASM_PAGE, WINDOW_ALIGNMENT};

/// Sizes below and above a huge page, and one that is not a whole number of pages.
const SIZES: [usize; 4] = [5000, 1 << 20, WINDOW_ALIGNMENT, 3 * WINDOW_ALIGNMENT + 4097];

/// Makes a buffer in a window, and drops the producer.
fn make(transports: &Transports, bytes: &[u8]) -> Buffer {
    let mut guest = Guest::new();
    let mut writer = writer(transports);
    let address = aligned(&mut guest, bytes.len());
    guest.windows.attach_writer(&mut writer, address, bytes.len() as u64).unwrap();
    assert!(are_all(&guest.load(address, bytes.len()), 0), "a new window reads as zeros");
    guest.store(address, bytes);
    guest.windows.finish(writer, bytes.len() as u64).unwrap()
}

/// Returns true if all bytes are `byte`. It compares pages, since an unoptimised test is slow byte by byte.
fn are_all(bytes: &[u8], byte: u8) -> bool {
    bytes.chunks(4096).all(|chunk| chunk == &[byte; 4096][..chunk.len()])
}

/// Returns a range of a guest where huge pages are possible.
fn aligned(guest: &mut Guest, len: usize) -> u64 {
    let address = guest.range(len + WINDOW_ALIGNMENT);
    address.next_multiple_of(WINDOW_ALIGNMENT as u64)
}

/// Fills the pool with the pages of one buffer, full of bytes.
fn dirty(transports: &Transports, len: usize) {
    drop(make(transports, &vec![0xFF; len]));
    assert!(transports.idle_bytes() >= len, "the pages are kept");
}

#[test]
fn a_new_window_of_old_pages_reads_as_zeros() {
    for before in SIZES {
        for size in SIZES {
            let transports = Transports::map().unwrap();
            dirty(&transports, before);
            let kept = transports.idle_bytes();
            let bytes = pattern(size);
            let buffer = make(&transports, &bytes);
            assert!(transports.idle_bytes() < kept || before > 2 * size, "the pages are used again");
            assert!(buffer.bytes().unwrap() == bytes);
        }
    }
}

#[test]
fn a_window_that_is_extended_over_old_pages_reads_as_zeros() {
    let transports = Transports::map().unwrap();
    dirty(&transports, 3 * WINDOW_ALIGNMENT);
    let mut guest = Guest::new();
    let mut writer = writer(&transports);
    let address = aligned(&mut guest, 4 * WINDOW_ALIGNMENT);
    let bytes = pattern(4 * WINDOW_ALIGNMENT);
    let mut written = 0;
    for capacity in [2 * WINDOW_ALIGNMENT - 5000, 3 * WINDOW_ALIGNMENT - 1, 4 * WINDOW_ALIGNMENT] {
        guest.windows.attach_writer(&mut writer, address, capacity as u64).unwrap();
        assert_eq!(transports.idle_bytes(), 0, "the pages are used again");
        assert!(guest.load(address, written) == bytes[..written]);
        assert!(are_all(&guest.load(address + written as u64, capacity - written), 0));
        guest.store(address + written as u64, &bytes[written..capacity]);
        written = capacity;
    }
    let buffer = guest.windows.finish(writer, written as u64).unwrap();
    assert!(buffer.bytes().unwrap() == bytes);
}

#[test]
fn what_the_host_writes_begins_with_zeros() {
    let transports = Transports::map().unwrap();
    dirty(&transports, 3 * WINDOW_ALIGNMENT);
    let mut writer = HostWriter::new(&transports, Readers::Several);
    let mut written = 0;
    for len in [2 * WINDOW_ALIGNMENT, 3 * WINDOW_ALIGNMENT, 5 * WINDOW_ALIGNMENT] {
        let area = writer.grow(len).unwrap();
        assert!(are_all(&area[..written], 0xAA) && are_all(&area[written..], 0));
        area[..len].fill(0xAA);
        written = len;
    }
    assert_eq!(transports.idle_bytes(), 0, "the pages were used again");
    let buffer = writer.finish(written - 5000).unwrap();
    assert!(are_all(buffer.bytes().unwrap(), 0xAA));
}

#[test]
fn nobody_sees_what_is_behind_the_end_of_a_buffer() {
    for size in SIZES {
        let transports = Transports::map().unwrap();
        dirty(&transports, size + 200_000);
        let mut producer = Guest::new();
        let mut writer = writer(&transports);
        let address = aligned(&mut producer, size + 200_000);
        producer.windows.attach_writer(&mut writer, address, size as u64 + 200_000).unwrap();
        producer.store(address, &vec![0xEE; size + 200_000]);
        let buffer = producer.windows.finish(writer, size as u64).unwrap();

        let mut consumer = Guest::new();
        let address = aligned(&mut consumer, size);
        consumer.windows.attach(&buffer, address).unwrap();
        let rest = size.next_multiple_of(WASM_PAGE) - size;
        assert!(are_all(&consumer.load(address + size as u64, rest), 0), "{size} bytes");
    }
}

#[test]
fn pages_that_a_window_shows_are_not_used_again_whoever_else_is_gone() {
    for size in SIZES {
        let transports = Transports::map().unwrap();
        let bytes = pattern(size);
        let buffer = make(&transports, &bytes);
        let mut consumer = Guest::new();
        let (attachment, address) = consumer.attach(&buffer);
        // Only the linear memory itself is left.
        drop(buffer);
        drop(attachment);
        drop(mem::take(&mut consumer.windows));
        assert_eq!(transports.idle_bytes(), 0, "the pages are still seen");
        make(&transports, &vec![0xFF; size]);
        assert!(consumer.load(address, size) == bytes);

        let kept = transports.idle_bytes();
        drop(consumer);
        assert!(transports.idle_bytes() >= kept + size, "now nobody sees them");
    }
}

#[test]
fn pages_that_the_host_looks_at_are_not_used_again() {
    let transports = Transports::map().unwrap();
    let bytes = pattern(100_000);
    let view: Bytes = make(&transports, &bytes).to_bytes().unwrap().slice(10..);
    make(&transports, &[0xFF; 100_000]);
    assert!(view == bytes[10..]);
    let kept = transports.idle_bytes();
    drop(view);
    assert!(transports.idle_bytes() > kept);
}

#[test]
fn a_producer_that_was_given_up_can_write_to_nobody_elses_pages() {
    let transports = Transports::map().unwrap();
    let mut guest = Guest::new();
    let address = aligned(&mut guest, WINDOW_ALIGNMENT);
    let mut abandoned = writer(&transports);
    guest.windows.attach_writer(&mut abandoned, address, WINDOW_ALIGNMENT as u64).unwrap();
    // The draft was dropped and not finished: its window still shows the pages.
    drop(abandoned);
    let buffer = make(&transports, &pattern(WINDOW_ALIGNMENT));
    guest.store(address, &[0xFF; WINDOW_ALIGNMENT]);
    assert!(buffer.bytes().unwrap() == pattern(WINDOW_ALIGNMENT));

    let kept = transports.idle_bytes();
    drop(guest);
    assert!(transports.idle_bytes() > kept);
    make(&transports, &pattern(WINDOW_ALIGNMENT));
}

#[test]
fn what_is_kept_can_be_given_back() {
    let transports = Transports::map().unwrap();
    dirty(&transports, 1 << 20);
    assert!(transports.idle_bytes() <= transports.most_idle_bytes());
    transports.clone().release_idle();
    assert_eq!(transports.idle_bytes(), 0, "clones share what is kept");
}

#[test]
fn without_mappings_left_everything_is_copied() {
    let bytes = pattern(3 << 20);
    for (name, transports) in every_transport() {
        without_mappings(|| {
            for buffer in produce(&transports, &bytes) {
                assert!(buffer.bytes().unwrap() == bytes, "{name}");
                let mut guest = Guest::new();
                let (_, address) = guest.attach(&buffer);
                assert!(guest.load(address, bytes.len()) == bytes, "{name}");
                assert_eq!(guest.windows.counters(), Counters { copied: 3 << 20, ..Counters::default() }, "{name}");
            }
        });
        // Buffers made while there were mappings are copied to later consumers.
        let [buffer, ..] = produce(&transports, &bytes);
        without_mappings(|| {
            let mut guest = Guest::new();
            let (_, address) = guest.attach(&buffer);
            assert!(guest.load(address, bytes.len()) == bytes, "{name}");
            assert_eq!(guest.windows.counters(), Counters { copied: 3 << 20, ..Counters::default() }, "{name}");
        });
    }
}

#[test]
fn windows_that_come_and_go_leave_no_mappings_in_a_memory() {
    for (name, transports) in every_transport() {
        let [buffer, ..] = produce(&transports, &pattern(5000));
        let mut guest = Guest::new();
        let before = mappings_of(&mut guest);
        for _ in 0..200 {
            let (attachment, _) = guest.attach(&buffer);
            guest.windows.detach(attachment).unwrap();
        }
        let after = mappings_of(&mut guest);
        assert!(after <= before + 4, "{name}: {before}, then {after}");
    }
}

/// Counts the mappings within the guest's memory: other tests have theirs elsewhere.
fn mappings_of(guest: &mut Guest) -> usize {
    let start = guest.memory.0.base().addr();
    let range = start..start + guest.memory.0.capacity();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let starts = maps.lines().filter_map(|line| usize::from_str_radix(line.split('-').next()?, 16).ok());
    starts.filter(|start| range.contains(start)).count()
}

/// The steps of a run with its buffers, in any order.
#[derive(Debug, Clone)]
enum Step {
    Make(usize),
    Drop(usize),
    Look(usize),
    Attach(usize),
    Scribble(usize),
    Detach(usize),
    Forget(usize),
    End(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0..4usize;
    let size = prop_oneof![Just(5000usize), Just(300_000), Just(WINDOW_ALIGNMENT), Just(2 * WINDOW_ALIGNMENT + 77)];
    let step = prop_oneof![
        4 => size.prop_map(Step::Make),
        2 => which.clone().prop_map(Step::Drop),
        1 => which.clone().prop_map(Step::Look),
        3 => which.clone().prop_map(Step::Attach),
        1 => which.clone().prop_map(Step::Scribble),
        1 => which.clone().prop_map(Step::Detach),
        1 => which.clone().prop_map(Step::Forget),
        1 => which.prop_map(Step::End),
    ];
    vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every reader sees its own bytes, in whatever order buffers come and go.
    #[test]
    fn everybody_sees_their_own_bytes(steps in steps()) {
        let transports = Transports::map().unwrap();
        let mut buffers: Vec<(Buffer, u8)> = Vec::new();
        let mut views: Vec<(Bytes, u8)> = Vec::new();
        let mut guests = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let mark = number as u8 + 1;
            match step {
                Step::Make(size) => buffers.push((make(&transports, &vec![mark; size]), mark)),
                Step::Drop(index) if index < buffers.len() => drop(buffers.remove(index)),
                Step::Look(index) if index < buffers.len() => {
                    views.push((buffers[index].0.to_bytes().unwrap(), buffers[index].1));
                }
                Step::Attach(index) if index < buffers.len() => {
                    let (buffer, mark) = &buffers[index];
                    let mut guest = Guest::new();
                    let address = aligned(&mut guest, buffer.len());
                    let attachment = guest.windows.attach(buffer, address).unwrap();
                    guests.push((guest, Some(attachment), address, buffer.len(), *mark));
                }
                Step::Scribble(index) if index < guests.len() => {
                    let (guest, _, address, len, seen) = &mut guests[index];
                    guest.store(*address, &vec![mark; *len]);
                    *seen = mark;
                }
                Step::Detach(index) if index < guests.len() => {
                    let (guest, attachment, .., seen) = &mut guests[index];
                    if let Some(attachment) = attachment.take() {
                        guest.windows.detach(attachment).unwrap();
                        *seen = 0;
                    }
                }
                Step::Forget(index) if index < guests.len() => drop(guests[index].1.take()),
                Step::End(index) if index < guests.len() => drop(guests.remove(index)),
                _ => {}
            }
            for (buffer, mark) in &buffers {
                assert!(are_all(buffer.bytes().unwrap(), *mark));
            }
            for (view, mark) in &views {
                assert!(are_all(view, *mark));
            }
            for (guest, _, address, len, mark) in &guests {
                assert!(are_all(&guest.load(*address, *len), *mark));
            }
        }
    }
}
