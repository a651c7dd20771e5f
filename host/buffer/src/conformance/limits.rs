//! What a process has only so much of: no buffer holds more memory than it has bytes, and where something is used up
//! things go on another way.

use super::guest::{Guest, every_transport, writer};
use crate::{Buffer, HostWriter, Quota, Readers, Transport, Transports, WINDOW_ALIGNMENT, Writer};

/// A partition of `size` bytes, written in a window of 2 MiB.
fn partition(guest: &mut Guest, address: u64, transports: &Transports, size: usize) -> Buffer {
    let mut writer = writer(transports);
    guest.windows.attach_writer(&mut writer, address, WINDOW_ALIGNMENT as u64).unwrap();
    guest.store(address, &vec![7; size]);
    guest.windows.finish(writer, size as u64).unwrap()
}

/// What `make` leaves behind in files: what the pool gets once the buffer is gone.
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
