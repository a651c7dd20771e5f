//! Relocation: a writer's window that becomes larger at another address takes its content along.

#[cfg(target_os = "linux")]
use super::alone::alone;
use super::guest::{Guest, for_each_transport, pattern, produce, writer};
use crate::{AccessError, Quota, Readers, WASM_PAGE, Writer};
#[cfg(target_os = "linux")]
use crate::{Counters, Transport};

/// Capacities around every boundary, each larger than the one before: from nothing to some huge pages.
const CAPACITIES: [usize; 8] = [0, 1, 4097, 70_000, 200_000, 200_001, 3 << 20, (9 << 20) + 4097];

fn is_zero(guest: &Guest, address: u64, len: usize) -> bool {
    guest.load(address, len).iter().all(|&byte| byte == 0)
}

fn room(len: usize) -> usize {
    len.next_multiple_of(WASM_PAGE)
}

/// Makes the window larger step by step, at another address where `goes` says so, and fills it each time.
fn grow(guest: &mut Guest, writer: &mut Writer, bytes: &[u8], goes: impl Fn(usize) -> bool) -> u64 {
    let mut address = guest.range(bytes.len());
    let mut written = 0;
    for (step, capacity) in CAPACITIES.into_iter().enumerate() {
        let old = address;
        if goes(step) {
            address = guest.range(bytes.len());
            guest.store(address, &vec![0xAA; room(capacity)]);
        }
        // Bytes that the guest writes behind its window are no content.
        guest.store(old + written as u64, &vec![0xBB; room(written) - written]);
        guest.windows.attach_writer(writer, address, capacity as u64).unwrap();
        assert!(guest.load(address, written) == bytes[..written], "{capacity} bytes: the content goes along");
        assert!(is_zero(guest, address + written as u64, capacity - written), "{capacity} bytes: new ones are zero");
        if old != address {
            assert!(is_zero(guest, old, room(written)), "{capacity} bytes: the old window is zeros");
        }
        guest.store(address + written as u64, &bytes[written..capacity]);
        written = capacity;
    }
    address
}

#[test]
fn content_goes_along_to_every_larger_window() {
    for_each_transport(|transports| {
        let bytes = pattern(CAPACITIES[CAPACITIES.len() - 1]);
        // Elsewhere each time, or now and then between extensions in place.
        for period in [1, 2, 3, 5] {
            let mut guest = Guest::new();
            let mut writer = writer(transports);
            let address = grow(&mut guest, &mut writer, &bytes, |step| step % period == period - 1);
            let buffer = guest.windows.finish(writer, bytes.len() as u64).unwrap();
            assert!(is_zero(&guest, address, room(bytes.len())), "a finished window reads as zeros");
            assert!(buffer.bytes().unwrap() == bytes);
            let (_, address) = guest.attach(&buffer);
            assert!(guest.load(address, bytes.len()) == bytes);
        }
    });
}

#[test]
fn the_old_window_is_the_guests_again() {
    for_each_transport(|transports| {
        let bytes = pattern(300_000);
        let [buffer, ..] = produce(transports, &bytes);
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let (old, new) = (guest.range(300_000), guest.range(400_000));
        guest.windows.attach_writer(&mut writer, old, 300_000).unwrap();
        guest.store(old, &bytes);
        guest.windows.attach_writer(&mut writer, new, 400_000).unwrap();

        guest.store(old, &vec![0xFF; 300_000]);
        assert!(guest.load(new, 300_000) == bytes, "what is written there is no content");
        guest.windows.attach(&buffer, old).expect("another buffer can be attached there");
        let content = guest.windows.finish(writer, 300_000).unwrap();
        assert!(guest.load(old, 300_000) == bytes, "and is left alone when the writer finishes");
        assert!(content.bytes().unwrap() == bytes);
    });
}

#[test]
fn neighbours_of_both_windows_are_left_alone() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let mut around = vec![guest.range(1)];
        let mut windows = Vec::new();
        for capacity in [70_001, 200_001, 3 << 20] {
            windows.push((guest.range(capacity), capacity));
            around.push(guest.range(1));
        }
        for &address in &around {
            guest.store(address, &[0x77; WASM_PAGE]);
        }
        for (address, capacity) in windows {
            guest.windows.attach_writer(&mut writer, address, capacity as u64).unwrap();
        }
        guest.windows.finish(writer, 3 << 20).unwrap();
        for address in around {
            assert!(guest.load(address, WASM_PAGE) == [0x77; WASM_PAGE]);
        }
    });
}

#[test]
fn a_bad_address_is_refused_and_does_no_harm() {
    for_each_transport(|transports| {
        let bytes = pattern(300_000);
        let [buffer, ..] = produce(transports, &bytes);
        let mut guest = Guest::new();
        let page = WASM_PAGE as u64;
        let (before, address, other) = (guest.range(400_000), guest.range(300_000), guest.range(300_000));
        let behind = guest.range(400_000);
        guest.windows.attach(&buffer, other).unwrap();
        let mut writer = writer(transports);
        guest.windows.attach_writer(&mut writer, address, 300_000).unwrap();
        guest.store(address, &bytes);
        let end = guest.memory.0.accessible() as u64;
        for (bad, capacity, error) in [
            (behind + 8, 400_000, AccessError::Misaligned),
            (end, 400_000, AccessError::OutOfBounds),
            (end - page, 400_000, AccessError::OutOfBounds),
            (u64::MAX - 65_535, 400_000, AccessError::OutOfBounds),
            (behind, 1 << 40, AccessError::OutOfBounds),
            // Into itself, from both sides.
            (address + page, 400_000, AccessError::Overlap),
            (address - page, 400_000, AccessError::Overlap),
            (before, 400_000 + 4 * page, AccessError::Overlap),
            // Into another window.
            (other, 400_000, AccessError::Overlap),
            (other - page, 400_000, AccessError::Overlap),
            (address, 400_000, AccessError::Overlap),
            // Not larger.
            (behind, 300_000, AccessError::Overlap),
            (behind, 10, AccessError::Overlap),
            (behind, 0, AccessError::Overlap),
        ] {
            let memory = guest.load(0, end as usize);
            assert_eq!(guest.windows.attach_writer(&mut writer, bad, capacity), Err(error), "{capacity} at {bad}");
            assert!(guest.load(0, end as usize) == memory, "{capacity} at {bad}: a refused access changes nothing");
        }
        guest.windows.attach_writer(&mut writer, behind, 400_000).expect("a good address is none the worse for it");
        assert!(guest.windows.finish(writer, 300_000).unwrap().bytes().unwrap() == bytes);
    });
}

#[test]
fn only_the_larger_window_counts_against_the_quota() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let mut writer = Writer::new(transports.clone(), Readers::One, Quota::new(1000));
        let (first, second, third) = (guest.range(1), guest.range(1), guest.range(1));
        guest.windows.attach_writer(&mut writer, first, 600).unwrap();
        guest.windows.attach_writer(&mut writer, second, 1000).unwrap();
        guest.store(second, &[7; 1000]);
        let refused = guest.windows.attach_writer(&mut writer, third, 1001);
        assert_eq!(refused, Err(AccessError::QuotaExceeded));
        assert_eq!(guest.windows.finish(writer, 1000).unwrap().bytes().unwrap(), [7; 1000]);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_relocation_copies_only_where_everything_is_copied() {
    for_each_transport(|transports| {
        const SIZES: [usize; 4] = [300_000, 500_000, 3 << 20, 9 << 20];
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        for size in SIZES {
            let address = guest.range(size);
            guest.windows.attach_writer(&mut writer, address, size as u64).unwrap();
            guest.store(address, &pattern(size));
        }
        guest.windows.finish(writer, SIZES[3] as u64).unwrap();
        let (size, relocated) = (SIZES[3] as u64, SIZES[..3].iter().sum::<usize>() as u64);
        let expected = match transports.pick(SIZES[3], Readers::One) {
            Transport::Copy => Counters { copied: size + relocated, relocated, ..Counters::default() },
            Transport::Map | Transport::File | Transport::Store => {
                Counters { mapped: size, relocated, ..Counters::default() }
            }
            Transport::Move => Counters { moved: size, relocated, ..Counters::default() },
        };
        assert_eq!(guest.windows.counters(), expected);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_window_that_only_grows_in_place_copies_nothing_either() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let address = guest.range(9 << 20);
        for size in [300_000, 500_000, 3 << 20, 9 << 20] {
            guest.windows.attach_writer(&mut writer, address, size).unwrap();
        }
        guest.windows.finish(writer, 9 << 20).unwrap();
        let counters = guest.windows.counters();
        assert_eq!(counters.relocated, 0);
        let is_copied = transports.pick(9 << 20, Readers::One) == Transport::Copy;
        assert_eq!(counters.copied, if is_copied { 9 << 20 } else { 0 });
    });
}

#[test]
fn an_abandoned_writer_leaves_zeros_in_both_places() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let (old, new) = (guest.range(200_000), guest.range(300_000));
        guest.windows.attach_writer(&mut writer, old, 200_000).unwrap();
        guest.store(old, &pattern(200_000));
        guest.windows.attach_writer(&mut writer, new, 300_000).unwrap();
        guest.store(new, &pattern(300_000));
        guest.windows.abandon(writer);
        assert!(is_zero(&guest, old, room(200_000)) && is_zero(&guest, new, room(300_000)));
    });
}

/// Counts the kernel's mappings in the guest's memory.
#[cfg(target_os = "linux")]
fn mappings(guest: &Guest) -> usize {
    let start = guest.memory.0.base().addr();
    let within = start..start + guest.memory.0.accessible();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let starts = maps.lines().filter_map(|line| usize::from_str_radix(line.split('-').next()?, 16).ok());
    starts.filter(|start| within.contains(start)).count()
}

#[test]
#[cfg(target_os = "linux")]
fn a_window_that_never_rests_uses_up_no_mappings() {
    // The kernel does not merge what a fork has seen, and other tests of a shared process fork.
    let body = || {
        for_each_transport(|transports| {
            let mut guest = Guest::new();
            let mut writer = writer(transports);
            for step in 1..=100 {
                let capacity = (2 << 20) + step;
                let address = guest.range(capacity);
                guest.windows.attach_writer(&mut writer, address, capacity as u64).unwrap();
                guest.store(address, &[1; 5000]);
                // The guest uses a range that is its own again.
                guest.store(address - WASM_PAGE as u64, &[2; WASM_PAGE]);
            }
            let count = mappings(&guest);
            assert!(count < 20, "{count} mappings");
            guest.windows.finish(writer, 1).unwrap();
        })
    };
    alone(module_path!(), "a_window_that_never_rests_uses_up_no_mappings", "-c 0", body);
}
