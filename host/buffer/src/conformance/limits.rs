//! Limited resources: no buffer holds more memory than it has bytes, and buffers fall back to another way where a
//! resource is used up.

use super::alone::alone;
use super::guest::{Guest, every_transport, for_each_transport, pattern, writer};
use crate::mappings::tests::{without_laying, without_mappings};
use crate::{AccessError, Buffer, HostWriter, Quota, Readers, Transport, Transports, WINDOW_ALIGNMENT, Writer};

/// Makes a guest that can have a window of 2 MiB at 2 MiB.
fn guest_with_room() -> Guest {
    let mut guest = Guest::new();
    guest.range(2 * WINDOW_ALIGNMENT);
    guest
}

/// Makes a partition of `size` bytes, written in a window of 2 MiB.
fn partition(guest: &mut Guest, address: u64, transports: &Transports, size: usize) -> Buffer {
    let mut writer = writer(transports);
    guest.windows.attach_writer(&mut writer, address, WINDOW_ALIGNMENT as u64).unwrap();
    guest.store(address, &vec![7; size]);
    guest.windows.finish(writer, size as u64).unwrap()
}

/// Returns the bytes that `make` leaves in files, which the pool gets once the buffer is gone.
fn held(transports: &Transports, make: impl FnOnce() -> Buffer) -> usize {
    let buffer = make();
    let before = transports.idle_bytes();
    drop(buffer);
    transports.idle_bytes() - before
}

#[test]
fn many_small_buffers_of_large_windows_hold_little() {
    for (name, transports) in every_transport() {
        let mut guest = Guest::new();
        let address = guest.range(2 * WINDOW_ALIGNMENT).next_multiple_of(WINDOW_ALIGNMENT as u64);
        let mut total = 0;
        for _ in 0..300 {
            total += held(&transports, || partition(&mut guest, address, &transports, 1));
        }
        assert!(total <= 300 * 4096, "{name}: {total} bytes in files");
        let held = held(&transports, || {
            let mut host = HostWriter::new(&transports, Readers::Several);
            host.reserve(WINDOW_ALIGNMENT).unwrap()[..].fill(7);
            host.finish(1).unwrap()
        });
        assert!(held <= 4096, "{name}: {held} bytes in a file");
    }
}

#[test]
fn a_buffer_holds_at_most_a_quarter_more_than_its_bytes() {
    let transports = Transports::map().unwrap();
    let mut guest = Guest::new();
    let address = guest.range(2 * WINDOW_ALIGNMENT).next_multiple_of(WINDOW_ALIGNMENT as u64);
    for size in [100_000, 1 << 20, WINDOW_ALIGNMENT / 5 * 4, WINDOW_ALIGNMENT - 1] {
        let held = held(&transports, || partition(&mut guest, address, &transports, size));
        assert!(held >= size && held <= size.next_multiple_of(4096) + size / 4, "{size} bytes: {held}");
    }
}

#[test]
fn what_is_small_in_the_end_is_copied() {
    let transports = Transports::detect();
    let mut guest = Guest::new();
    let address = guest.range(2 * WINDOW_ALIGNMENT);
    for readers in [Readers::One, Readers::Several] {
        let mut writer = Writer::new(transports.clone(), readers, Quota::new(u64::MAX));
        guest.windows.attach_writer(&mut writer, address, WINDOW_ALIGNMENT as u64).unwrap();
        guest.store(address, b"small");
        let buffer = guest.windows.finish(writer, 5).unwrap();
        assert_eq!(buffer.transport(), Transport::Copy);
        assert_eq!(buffer.bytes().unwrap(), b"small");
        let mut host = HostWriter::new(&transports, readers);
        host.reserve(WINDOW_ALIGNMENT).unwrap()[..5].copy_from_slice(b"small");
        let buffer = host.finish(5).unwrap();
        assert_eq!(buffer.transport(), Transport::Copy);
        assert_eq!(buffer.bytes().unwrap(), b"small");
    }
}

/// Grows a writer in place and elsewhere, and finishes it. Everything after its first window runs by `within`.
fn grow(transports: &Transports, within: impl FnOnce(&mut dyn FnMut())) {
    let bytes = pattern(5 << 20);
    let mut guest = Guest::new();
    let (first, second) = (guest.range(2 << 20), guest.range(5 << 20));
    let mut writer = writer(transports);
    guest.windows.attach_writer(&mut writer, first, 1 << 20).unwrap();
    guest.store(first, &bytes[..1 << 20]);
    within(&mut || {
        for (address, capacity) in [(first, 2 << 20), (second, 3 << 20), (second, 5 << 20)] {
            guest.windows.attach_writer(&mut writer, address, capacity).unwrap();
        }
    });
    assert!(guest.load(second, 1 << 20) == bytes[..1 << 20]);
    assert!(guest.load(second + (1 << 20), 4 << 20) == vec![0; 4 << 20]);
    guest.store(second, &bytes);
    let buffer = guest.windows.finish(writer, 5 << 20).unwrap();
    assert!(buffer.bytes().unwrap() == bytes);
}

#[test]
fn a_window_grows_on_without_mappings_left() {
    for_each_transport(|transports| {
        grow(transports, |go_on| without_mappings(go_on));
        without_mappings(|| grow(transports, |go_on| go_on()));
        // Begun as a copy, it goes on with the transports available then.
        let mut guest = Guest::new();
        let address = guest.range(5 << 20);
        let mut writer = writer(transports);
        without_mappings(|| guest.windows.attach_writer(&mut writer, address, 1 << 20)).unwrap();
        guest.store(address, &pattern(1 << 20));
        guest.windows.attach_writer(&mut writer, address, 5 << 20).unwrap();
        assert!(guest.windows.finish(writer, 1 << 20).unwrap().bytes().unwrap() == pattern(1 << 20));
    });
}

#[test]
fn the_host_writes_on_without_mappings_left() {
    for_each_transport(|transports| {
        for readers in [Readers::One, Readers::Several] {
            let mut host = HostWriter::new(transports, readers);
            host.reserve(1 << 20).unwrap()[..1 << 20].copy_from_slice(&pattern(1 << 20));
            without_mappings(|| host.grow(5 << 20).map(drop)).unwrap();
            let buffer = host.finish(1 << 20).unwrap();
            assert!(buffer.bytes().unwrap() == pattern(1 << 20));
            let picked = transports.pick(1 << 20, readers);
            if matches!(picked, Transport::Map | Transport::File) {
                assert_eq!(buffer.transport(), picked, "one mapping for another");
            }
        }
    });
}

#[test]
fn what_cannot_be_laid_is_copied_from_the_start() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let address = guest.range(1 << 20);
        let mut writer = writer(transports);
        without_laying(|| guest.windows.attach_writer(&mut writer, address, 1 << 20)).unwrap();
        guest.store(address, &pattern(1 << 20));
        let buffer = guest.windows.finish(writer, 1 << 20).unwrap();
        assert_eq!(buffer.transport(), Transport::Copy);
        assert!(buffer.bytes().unwrap() == pattern(1 << 20));
    });
}

#[test]
fn a_window_that_grows_where_it_is_stays_one_mapping() {
    for transports in [Transports::map().unwrap(), Transports::file(&std::env::temp_dir())] {
        let mut guest = Guest::new();
        let address = guest.range(1 << 20);
        let mut writer = writer(&transports);
        for capacity in 1..=200 {
            guest.windows.attach_writer(&mut writer, address, capacity * 5000).unwrap();
        }
        assert_eq!(guest.memory.0.laid(), 1);
        guest.windows.finish(writer, 1).unwrap();
        assert_eq!(guest.memory.0.laid(), 0, "nothing is kept for a window that is gone");
    }
}

#[test]
fn a_window_that_cannot_be_cleared_keeps_its_pages_from_everybody_else() {
    let transports = Transports::map().unwrap();
    for size in [0, 1 << 20] {
        let mut guest = Guest::new();
        let address = guest.range(1 << 20);
        let mut writer = writer(&transports);
        guest.windows.attach_writer(&mut writer, address, 1 << 20).unwrap();
        transports.release_idle();
        // A buffer was taken since, so the pool keeps the pages that come back.
        drop(partition(&mut guest_with_room(), 2 << 20, &transports, 1));
        let kept = transports.idle_bytes();
        without_laying(|| guest.windows.finish(writer, size)).unwrap_err();
        assert_eq!(transports.idle_bytes(), kept, "the window shows the pages still");
        let another = guest.windows.attach_writer(&mut self::writer(&transports), address, 10);
        assert_eq!(another, Err(AccessError::Overlap), "so nobody else may have it");
        drop(guest);
        assert!(transports.idle_bytes() >= kept + (1 << 20));
    }
}

#[test]
fn idle_pages_do_not_hold_the_last_descriptors() {
    alone(module_path!(), "idle_pages_do_not_hold_the_last_descriptors", "-n 40", || {
        let transports = Transports::map().unwrap();
        let mut guest = guest_with_room();
        drop(partition(&mut guest, 2 << 20, &transports, 1 << 20));
        assert!(transports.idle_bytes() >= 1 << 20);
        let mut files = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            files.push(file);
        }
        let mut writer = writer(&transports);
        let address = guest.range(5000);
        guest.windows.attach_writer(&mut writer, address, 5000).unwrap();
        assert_eq!(guest.windows.finish(writer, 5000).unwrap().transport(), Transport::Map);
    });
}
