//! Moving: the last consumer's window gets the pages themselves, and nobody can ask for them again.

use super::guest::{Guest, pattern, produce};
use crate::{AccessError, Buffer, Counters, Transports, WASM_PAGE};

#[test]
fn a_moved_buffer_is_its_consumers_own() {
    for size in [1, 4097, 1 << 20, 5 << 20] {
        let bytes = pattern(size);
        for buffer in produce(&Transports::moving(), &bytes) {
            let movable = buffer.into_movable().expect("it is the only handle");
            let mut guest = Guest::new();
            let address = guest.range(size);
            let room = size.next_multiple_of(WASM_PAGE);
            guest.store(address, &vec![0xAA; room]);
            let attachment = guest.windows.attach_moved(movable, address).unwrap();
            assert!(guest.load(address, size) == bytes);
            assert!(guest.load(address + size as u64, room - size).iter().all(|&byte| byte == 0));
            assert_eq!(guest.windows.counters(), Counters { moved: size as u64, ..Counters::default() });

            guest.store(address, &vec![0xFF; size]);
            assert!(guest.load(address, size).iter().all(|&byte| byte == 0xFF));
            guest.windows.detach(attachment).unwrap();
            assert!(guest.load(address, room).iter().all(|&byte| byte == 0));
        }
    }
}

#[test]
fn only_the_last_handle_can_be_moved() {
    let [buffer, ..] = produce(&Transports::moving(), &pattern(100_000));
    let other = buffer.clone();
    let buffer = buffer.into_movable().expect_err("there is another handle");
    drop(other);
    buffer.into_movable().expect("now it is the only one");
}

#[test]
fn a_refused_move_gives_the_buffer_back() {
    let bytes = pattern(100_000);
    let [buffer, ..] = produce(&Transports::moving(), &bytes);
    let movable = buffer.into_movable().expect("it is the only handle");
    let mut guest = Guest::new();
    let address = guest.range(100_000);
    let (back, error) = guest.windows.attach_moved(movable, address + 8).unwrap_err();
    assert_eq!(error, AccessError::Misaligned);
    let buffer = Buffer::from(back.expect("nothing has happened to it"));
    assert!(buffer.bytes().unwrap() == bytes);
}
