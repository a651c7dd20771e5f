//! Isolation: a guest can change nobody's bytes but its own, and sees nobody's but those it was given.

use super::guest::{Guest, for_each_transport, pattern, produce, writer};
use crate::WASM_PAGE;

#[test]
fn a_consumer_that_scribbles_changes_nobody_elses_bytes() {
    for_each_transport(|transports| {
        for size in [1, 4097, 1 << 20] {
            let bytes = pattern(size);
            for buffer in produce(transports, &bytes) {
                let (mut scribbler, mut reader, mut later) = (Guest::new(), Guest::new(), Guest::new());
                let (_, at) = scribbler.attach(&buffer);
                let (_, reading_at) = reader.attach(&buffer);
                scribbler.store(at, &vec![0xFF; size]);
                assert!(scribbler.load(at, size).iter().all(|&byte| byte == 0xFF));

                assert!(reader.load(reading_at, size) == bytes);
                let (_, later_at) = later.attach(&buffer);
                assert!(later.load(later_at, size) == bytes);
                assert!(buffer.bytes().unwrap() == bytes);
            }
        }
    });
}

#[test]
fn a_producer_cannot_change_what_it_has_finished() {
    for_each_transport(|transports| {
        let bytes = pattern(200_000);
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let address = guest.range(bytes.len());
        guest.windows.attach_writer(&mut writer, address, bytes.len() as u64).unwrap();
        guest.store(address, &bytes);
        let buffer = guest.windows.finish(writer, bytes.len() as u64).unwrap();

        assert!(guest.load(address, bytes.len()).iter().all(|&byte| byte == 0), "the window reads as zeros");
        guest.store(address, &vec![0xFF; bytes.len()]);
        assert!(buffer.bytes().unwrap() == bytes);
    });
}

#[test]
fn a_producers_window_reads_as_zeros_at_first() {
    for_each_transport(|transports| {
        for size in [1, 4097, 1 << 20] {
            let mut guest = Guest::new();
            let address = guest.range(size);
            guest.store(address, &vec![0xAA; size]);
            let mut writer = writer(transports);
            guest.windows.attach_writer(&mut writer, address, size as u64).unwrap();
            assert!(guest.load(address, size).iter().all(|&byte| byte == 0));
        }
    });
}

#[test]
fn a_detached_window_reads_as_zeros_and_can_be_used_again() {
    for_each_transport(|transports| {
        let bytes = pattern(150_000);
        let [buffer, other, _] = produce(transports, &bytes);
        let mut guest = Guest::new();
        let (attachment, address) = guest.attach(&buffer);
        guest.store(address, &[1, 2, 3]);
        guest.windows.detach(attachment).unwrap();
        assert!(guest.load(address, bytes.len()).iter().all(|&byte| byte == 0));

        guest.windows.attach(&other, address).unwrap();
        assert!(guest.load(address, bytes.len()) == bytes);
    });
}

#[test]
fn an_abandoned_writer_leaves_a_window_of_zeros() {
    for_each_transport(|transports| {
        let mut guest = Guest::new();
        let mut writer = writer(transports);
        let address = guest.range(200_000);
        guest.windows.attach_writer(&mut writer, address, 200_000).unwrap();
        guest.store(address, &pattern(200_000));
        guest.windows.abandon(writer);
        assert!(guest.load(address, 200_000).iter().all(|&byte| byte == 0));
    });
}

#[test]
fn neighbours_of_a_window_are_left_alone() {
    for_each_transport(|transports| {
        for size in [0, 1, 4097, 70_000, 200_001] {
            let [buffer, ..] = produce(transports, &pattern(size));
            let mut guest = Guest::new();
            let before = guest.range(WASM_PAGE);
            let address = guest.range(size);
            let after = guest.range(WASM_PAGE);
            guest.store(before, &[0x11; WASM_PAGE]);
            guest.store(after, &[0x22; WASM_PAGE]);
            let attachment = guest.windows.attach(&buffer, address).unwrap();
            guest.windows.detach(attachment).unwrap();
            assert!(guest.load(before, WASM_PAGE) == [0x11; WASM_PAGE], "{size} bytes: before");
            assert!(guest.load(after, WASM_PAGE) == [0x22; WASM_PAGE], "{size} bytes: after");
        }
    });
}

#[test]
fn the_rest_of_a_windows_last_page_reads_as_zeros() {
    for_each_transport(|transports| {
        for size in [10, 4097, 200_001] {
            let [buffer, ..] = produce(transports, &pattern(size));
            let mut guest = Guest::new();
            let address = guest.range(size);
            let room = size.next_multiple_of(WASM_PAGE);
            guest.store(address, &vec![0xAA; room]);
            let attachment = guest.windows.attach(&buffer, address).unwrap();
            let tail = guest.load(address + size as u64, room - size);
            assert!(tail.iter().all(|&byte| byte == 0), "{size} bytes: while attached");
            guest.store(address, &vec![0xAA; room]);
            guest.windows.detach(attachment).unwrap();
            assert!(guest.load(address, room).iter().all(|&byte| byte == 0), "{size} bytes: when detached");
        }
    });
}
