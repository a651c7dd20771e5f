//! Value semantics: bytes come out as they went in, for every size and number of readers.

use super::guest::{Guest, SIZES, every_transport, for_each_transport, pattern, produce, writer};
use crate::{AccessError, Buffer, Counters, Transport, WASM_PAGE, Windows};

#[test]
fn every_reader_sees_the_bytes_that_were_written() {
    for_each_transport(|transports| {
        for size in SIZES {
            let bytes = pattern(size);
            for buffer in produce(transports, &bytes) {
                assert_eq!(buffer.len(), size);
                assert!(buffer.bytes().unwrap() == bytes, "{size} bytes in the host");
                for readers in [1, 2, 8] {
                    let mut guests: Vec<Guest> = (0..readers).map(|_| Guest::new()).collect();
                    for guest in &mut guests {
                        let (_, address) = guest.attach(&buffer);
                        assert!(guest.load(address, size) == bytes, "{size} bytes, {readers} readers");
                    }
                }
            }
        }
    });
}

#[test]
fn a_range_can_be_read_without_a_window() {
    for_each_transport(|transports| {
        let bytes = pattern(300_000);
        let [buffer, ..] = produce(transports, &bytes);
        let mut windows = Windows::new(None);
        assert_eq!(windows.read(&buffer, 4090, 10).unwrap(), bytes[4090..4100]);
        assert_eq!(windows.read(&buffer, 300_000, 0).unwrap(), b"");
        assert_eq!(windows.read(&buffer, 299_999, 2), Err(AccessError::OutOfBounds));
        assert_eq!(windows.read(&buffer, u64::MAX, 2), Err(AccessError::OutOfBounds));
    });
}

#[test]
fn a_window_that_is_extended_keeps_what_was_written() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let bytes = pattern(3 << 20);
        let address = guest.range(bytes.len());
        let mut written = 0;
        // From a copied window into a mapped one, and then within the mapped one.
        for capacity in [1000, 70_000, 200_000, 3 << 20] {
            guest.windows.attach_writer(&mut writer, address, capacity as u64).unwrap();
            assert!(guest.load(address + written as u64, capacity - written).iter().all(|&byte| byte == 0));
            guest.store(address + written as u64, &bytes[written..capacity]);
            written = capacity;
        }
        let buffer = guest.windows.finish(writer, written as u64).unwrap();
        assert!(buffer.bytes().unwrap() == bytes);
    });
}

#[test]
fn a_buffer_is_as_long_as_it_was_finished_however_large_its_window() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let address = guest.range(1 << 20);
        guest.windows.attach_writer(&mut writer, address, 1 << 20).unwrap();
        guest.store(address, &[7; 10_000]);
        let buffer = guest.windows.finish(writer, 5000).unwrap();
        assert_eq!(buffer.bytes().unwrap(), [7; 5000]);

        let mut reader = Guest::new();
        let (_, address) = reader.attach(&buffer);
        assert_eq!(reader.load(address, 5000), [7; 5000]);
        assert_eq!(reader.load(address + 5000, 3192), [0; 3192], "nothing of the producer's beyond the end");
    });
}

#[test]
fn an_immutable_file_is_a_buffer() {
    use std::io::Write;

    let bytes = pattern(100_001);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    let buffer = Buffer::from_immutable_file(file.try_clone().unwrap(), 100_000).unwrap();
    assert_eq!(buffer.transport(), Transport::File);
    let (_, address) = {
        let mut guest = Guest::new();
        let attached = guest.attach(&buffer);
        assert!(guest.load(attached.1, 100_000) == bytes[..100_000]);
        attached
    };
    assert_eq!(address, WASM_PAGE as u64);
    let short = Buffer::from_immutable_file(file, 100_002).unwrap_err();
    assert_eq!(short.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn mapping_and_moving_copy_nothing_and_copying_is_counted() {
    let bytes = pattern(1 << 20);
    for (name, transports) in every_transport() {
        let [buffer, ..] = produce(&transports, &bytes);
        let transport = buffer.transport();
        let mut guest = Guest::new();
        match buffer.into_movable() {
            Ok(movable) => {
                let address = guest.range(1 << 20);
                guest.windows.attach_moved(movable, address).unwrap();
            }
            Err(buffer) => drop(guest.attach(&buffer)),
        }
        let counters = guest.windows.counters();
        let expected = match transport {
            Transport::Copy => Counters { copied: 1 << 20, ..Counters::default() },
            Transport::Map | Transport::File | Transport::Store => Counters { mapped: 1 << 20, ..Counters::default() },
            Transport::Move => Counters { moved: 1 << 20, ..Counters::default() },
        };
        assert_eq!(counters, expected, "{name}");
    }
}
