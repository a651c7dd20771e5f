//! The rules about windows: each breach gives its error of the contract, and nothing else happens.

use super::guest::{Guest, for_each_transport, pattern, produce, writer};
use crate::{AccessError, Quota, Readers, WASM_PAGE, Windows, Writer};

/// Checks that an attempt is refused with `error` and that the guest's memory is as before.
fn refused<T>(guest: &mut Guest, error: AccessError, attempt: impl FnOnce(&mut Guest) -> Result<T, AccessError>) {
    let len = guest.memory.0.accessible();
    let before = guest.load(0, len);
    assert_eq!(attempt(guest).map(drop), Err(error));
    assert!(guest.load(0, len) == before, "a refused access changes nothing");
}

fn guest_with_room() -> (Guest, u64) {
    let mut guest = Guest::new();
    let address = guest.range(1 << 20);
    guest.store(address, &pattern(1 << 20));
    (guest, address)
}

#[test]
fn windows_start_at_wasm_pages() {
    for_each_transport(|transports| {
        let [buffer, ..] = produce(transports, &pattern(10));
        let (mut guest, address) = guest_with_room();
        for off in [1, 8, 4096, 65_535] {
            refused(&mut guest, AccessError::Misaligned, |guest| guest.windows.attach(&buffer, address + off));
            let mut writer = writer(transports);
            refused(&mut guest, AccessError::Misaligned, |guest| {
                guest.windows.attach_writer(&mut writer, address + off, 10)
            });
        }
    });
}

#[test]
fn windows_lie_within_the_memory() {
    for_each_transport(|transports| {
        let [buffer, ..] = produce(transports, &pattern(70_000));
        let (mut guest, _) = guest_with_room();
        let end = guest.memory.0.accessible() as u64;
        for address in [end, end - WASM_PAGE as u64, 1 << 40, u64::MAX - 65_535] {
            refused(&mut guest, AccessError::OutOfBounds, |guest| guest.windows.attach(&buffer, address));
            let mut writer = writer(transports);
            refused(&mut guest, AccessError::OutOfBounds, |guest| {
                guest.windows.attach_writer(&mut writer, address, 70_000)
            });
        }
        let mut writer = writer(transports);
        refused(&mut guest, AccessError::OutOfBounds, |guest| {
            guest.windows.attach_writer(&mut writer, WASM_PAGE as u64, u64::MAX)
        });
    });
}

#[test]
fn windows_do_not_overlap() {
    for_each_transport(|transports| {
        let [buffer, other, _] = produce(transports, &pattern(100_000));
        let (mut guest, address) = guest_with_room();
        let page = WASM_PAGE as u64;
        let middle = address + 4 * page;
        guest.windows.attach(&buffer, middle).unwrap();
        for start in [middle, middle - page, middle + page] {
            refused(&mut guest, AccessError::Overlap, |guest| guest.windows.attach(&other, start));
            let mut writer = writer(transports);
            refused(&mut guest, AccessError::Overlap, |guest| guest.windows.attach_writer(&mut writer, start, 100_000));
        }
        guest.windows.attach(&other, middle - 2 * page).unwrap();
        guest.windows.attach(&other, middle + 2 * page).unwrap();
    });
}

#[test]
fn a_writer_has_one_window() {
    for_each_transport(|transports| {
        let (mut guest, address) = guest_with_room();
        let mut writer = writer(transports);
        guest.windows.attach_writer(&mut writer, address, 100_000).unwrap();
        for (start, capacity) in [(address, 100_000), (address, 99_999), (address + (512 << 10), 100_000)] {
            refused(&mut guest, AccessError::Overlap, |guest| {
                guest.windows.attach_writer(&mut writer, start, capacity)
            });
        }
        refused(&mut guest, AccessError::OutOfBounds, |guest| {
            guest.windows.attach_writer(&mut writer, address, 1 << 30)
        });
        assert_eq!(guest.windows.finish(writer, 100_000).unwrap().len(), 100_000, "refusals do no harm");
    });
}

#[test]
fn a_writer_cannot_grow_into_its_neighbour() {
    for_each_transport(|transports| {
        let [buffer, ..] = produce(transports, &pattern(10));
        let (mut guest, address) = guest_with_room();
        let mut writer = writer(transports);
        guest.windows.attach_writer(&mut writer, address, 10).unwrap();
        guest.windows.attach(&buffer, address + WASM_PAGE as u64).unwrap();
        refused(&mut guest, AccessError::Overlap, |guest| guest.windows.attach_writer(&mut writer, address, 70_000));
        refused(&mut guest, AccessError::Overlap, |guest| guest.windows.attach(&buffer, address));
    });
}

#[test]
fn a_writer_is_either_attached_or_appended_to() {
    for_each_transport(|transports| {
        let (mut guest, address) = guest_with_room();
        let mut attached = writer(transports);
        guest.windows.attach_writer(&mut attached, address, 10).unwrap();
        let error = guest.windows.append(&mut attached, b"x").unwrap_err();
        assert_eq!(error.to_string(), "this writer is attached: it cannot be appended to");

        let mut appended = writer(transports);
        guest.windows.append(&mut appended, b"x").unwrap();
        let error = guest.windows.attach_writer(&mut appended, address, 10).unwrap_err();
        assert_eq!(error.to_string(), "this writer has appended bytes: it cannot be attached");
    });
}

#[test]
fn no_more_is_finished_than_there_is() {
    for_each_transport(|transports| {
        let (mut guest, address) = guest_with_room();
        let mut attached = writer(transports);
        guest.windows.attach_writer(&mut attached, address, 10).unwrap();
        assert_eq!(guest.windows.finish(attached, 11).unwrap_err(), AccessError::OutOfBounds);

        let mut appended = writer(transports);
        guest.windows.append(&mut appended, b"x").unwrap();
        assert_eq!(guest.windows.finish(appended, 2).unwrap_err(), AccessError::OutOfBounds);

        let untouched = writer(transports);
        assert_eq!(guest.windows.finish(untouched, 1).unwrap_err(), AccessError::OutOfBounds);

        let mut again = writer(transports);
        guest.windows.attach_writer(&mut again, address, 10).expect("the failed writer's window is free");
    });
}

#[test]
fn a_writer_keeps_to_its_quota() {
    for_each_transport(|transports| {
        let (mut guest, address) = guest_with_room();
        let mut writer = Writer::new(transports.clone(), Readers::Several, Quota::new(1000));
        refused(&mut guest, AccessError::QuotaExceeded, |guest| {
            guest.windows.attach_writer(&mut writer, address, 1001)
        });
        guest.windows.append(&mut writer, &[1; 600]).unwrap();
        refused(&mut guest, AccessError::QuotaExceeded, |guest| guest.windows.append(&mut writer, &[1; 401]));
        guest.windows.append(&mut writer, &[1; 400]).unwrap();
        assert_eq!(guest.windows.finish(writer, 1000).unwrap().len(), 1000);
    });
}

#[test]
fn without_a_memory_nothing_can_be_attached() {
    for_each_transport(|transports| {
        let [buffer, ..] = produce(transports, &pattern(10));
        let mut windows = Windows::new(None);
        assert_eq!(windows.attach(&buffer, 0).map(drop), Err(AccessError::Unmappable));
        let mut writer = writer(transports);
        assert_eq!(windows.attach_writer(&mut writer, 0, 10), Err(AccessError::Unmappable));
        windows.append(&mut writer, b"but appended").unwrap();
        assert_eq!(windows.finish(writer, 12).unwrap().bytes().unwrap(), b"but appended");
    });
}

#[test]
fn all_writers_of_one_output_share_its_quota() {
    for_each_transport(|transports| {
        let (mut guest, _) = guest_with_room();
        let quota = Quota::new(1000);
        let mut first = Writer::new(transports.clone(), Readers::Several, quota.clone());
        let mut second = Writer::new(transports.clone(), Readers::Several, quota.clone());
        guest.windows.append(&mut first, &[1; 600]).unwrap();
        refused(&mut guest, AccessError::QuotaExceeded, |guest| guest.windows.append(&mut second, &[1; 401]));
        guest.windows.abandon(first);
        guest.windows.append(&mut second, &[1; 700]).unwrap();
        guest.windows.finish(second, 500).unwrap();
        let mut third = Writer::new(transports.clone(), Readers::Several, quota);
        guest.windows.append(&mut third, &[1; 500]).expect("what was given up or not finished is free again");
    });
}

#[test]
fn an_empty_window_takes_no_room_and_hides_none() {
    for_each_transport(|transports| {
        let [buffer, other, _] = produce(transports, &pattern(100_000));
        let (mut guest, address) = guest_with_room();
        let mut empty = writer(transports);
        guest.windows.attach_writer(&mut empty, address, 0).unwrap();
        guest.windows.attach(&buffer, address).unwrap();
        refused(&mut guest, AccessError::Overlap, |guest| guest.windows.attach_writer(&mut empty, address, 1));
        refused(&mut guest, AccessError::Overlap, |guest| guest.windows.attach(&other, address));
        guest.windows.finish(empty, 0).unwrap();
        refused(&mut guest, AccessError::Overlap, |guest| guest.windows.attach(&other, address));
    });
}

#[test]
fn a_window_belongs_to_its_own_sandbox() {
    for_each_transport(|transports| {
        let [buffer, ..] = produce(transports, &pattern(100_000));
        let (mut guest, address) = guest_with_room();
        let attachment = guest.windows.attach(&buffer, address).unwrap();
        let mut stranger = Guest::new();
        assert_eq!(stranger.windows.detach(attachment), Err(AccessError::Unmappable));
        assert!(guest.load(address, 100_000) == buffer.bytes().unwrap());
    });
}

#[test]
fn a_node_cannot_use_up_the_process_mappings() {
    for_each_transport(|transports| {
        let [buffer, ..] = produce(transports, &pattern(1));
        let mut guest = Guest::new();
        let mut attached = Vec::new();
        let error = loop {
            let address = guest.range(1);
            match guest.windows.attach(&buffer, address) {
                Ok(attachment) => attached.push(attachment),
                Err(error) => break error,
            }
        };
        assert_eq!(error.to_string(), "a node has at most 4096 windows at once");
        guest.windows.detach(attached.swap_remove(0)).unwrap();
        let address = guest.range(1);
        guest.windows.attach(&buffer, address).expect("there is room for one again");
    });
}

#[test]
fn an_empty_window_touches_nothing_wherever_it_lies() {
    for_each_transport(|transports| {
        let (mut guest, address) = guest_with_room();
        let end = guest.memory.0.accessible() as u64;
        for start in [address, end] {
            let before = guest.load(0, end as usize);
            let mut empty = writer(transports);
            guest.windows.attach_writer(&mut empty, start, 0).unwrap();
            assert!(guest.windows.finish(empty, 0).unwrap().is_empty());
            let mut abandoned = writer(transports);
            guest.windows.attach_writer(&mut abandoned, start, 0).unwrap();
            guest.windows.abandon(abandoned);
            assert!(guest.load(0, end as usize) == before);
        }
    });
}
