//! The attacks, by name.

use core::arch::wasm32;
use core::hint::black_box;

use crate::Buffer;
use crate::bindings::wpipe::node::buffers::{AccessError, Output, Writer};
use crate::bindings::wpipe::node::telemetry::{self, Level};

pub(crate) type Attack = fn(Buffer, &Output) -> Result<(), String>;

const PAGE: u64 = 64 << 10;

pub(crate) const ALL: &[(&str, Attack)] = &[
    ("endless_loop", endless_loop),
    ("memory_bomb", memory_bomb),
    ("deep_recursion", deep_recursion),
    ("out_of_bounds", out_of_bounds),
    ("out_of_bounds_past_a_window", out_of_bounds_past_a_window),
    ("abort", abort),
    ("log_flood", log_flood),
    ("empty_log_flood", empty_log_flood),
    ("huge_log_message", huge_log_message),
    ("attach_misaligned", attach_misaligned),
    ("attach_out_of_bounds", attach_out_of_bounds),
    ("attach_twice", attach_twice),
    ("attach_overlapping", attach_overlapping),
    ("attach_over_own_stack", attach_over_own_stack),
    ("reattach_misaligned", reattach_misaligned),
    ("reattach_out_of_bounds", reattach_out_of_bounds),
    ("reattach_into_itself", reattach_into_itself),
    ("reattach_into_the_input", reattach_into_the_input),
    ("reattach_smaller", reattach_smaller),
    ("reattach_too_large", reattach_too_large),
    ("reattach_over_own_stack", reattach_over_own_stack),
    ("use_after_finish", use_after_finish),
    ("finish_too_much", finish_too_much),
    ("open_twice", open_twice),
    ("open_partition_of_a_single_output", open_partition_of_a_single_output),
    ("no_output", no_output),
    ("unfinished_output", unfinished_output),
    ("output_too_large", output_too_large),
    ("output_too_large_and_proud_of_it", output_too_large_and_proud_of_it),
    ("asks_for_less_and_fails", asks_for_less_and_fails),
    ("grows_by_less_and_fails", grows_by_less_and_fails),
    ("wild_archive", wild_archive),
    ("bulk_writes_over_input", bulk_writes_over_input),
    ("list_from_nowhere", list_from_nowhere),
    ("attach_at_the_very_end", attach_at_the_very_end),
    ("attach_around_the_end", attach_around_the_end),
    ("read_around_the_end", read_around_the_end),
    ("finish_with_all_there_is", finish_with_all_there_is),
    ("extend_over_the_input", extend_over_the_input),
    ("grows_page_by_page", grows_page_by_page),
    ("keeps_a_window_after_finish", keeps_a_window_after_finish),
    ("echo", echo),
];

fn endless_loop(_: Buffer, _: &Output) -> Result<(), String> {
    let mut x = 0u64;
    loop {
        x = black_box(x.wrapping_add(1));
    }
}

fn memory_bomb(_: Buffer, _: &Output) -> Result<(), String> {
    let mut hoard = Vec::new();
    loop {
        // Not touched: on a busy machine the time limit would come first.
        hoard.push(black_box(Vec::<u8>::with_capacity(16 << 20)));
    }
}

fn deep_recursion(_: Buffer, _: &Output) -> Result<(), String> {
    fn deeper(n: u64) -> u64 {
        if n == 0 { 0 } else { black_box(deeper(black_box(n - 1))) + 1 }
    }
    Err(format!("came back from {}", deeper(u64::MAX)))
}

fn out_of_bounds(_: Buffer, _: &Output) -> Result<(), String> {
    let end = wasm32::memory_size(0) * PAGE as usize;
    // SAFETY: none. Writing beyond the memory's end is the attack.
    unsafe { core::ptr::write_volatile(end as *mut u8, 1) };
    Ok(())
}

fn out_of_bounds_past_a_window(input: Buffer, _: &Output) -> Result<(), String> {
    let address = grow(input.size());
    input.attach(address).map_err(say)?;
    let end = (address + input.size().next_multiple_of(PAGE)) as usize;
    // SAFETY: none. Writing beyond the memory's end is the attack.
    unsafe { core::ptr::write_volatile(end as *mut u8, 1) };
    Ok(())
}

fn abort(_: Buffer, _: &Output) -> Result<(), String> {
    wasm32::unreachable()
}

fn log_flood(_: Buffer, _: &Output) -> Result<(), String> {
    loop {
        telemetry::log(Level::Info, "flood flood flood flood flood flood flood flood flood flood");
    }
}

fn empty_log_flood(_: Buffer, _: &Output) -> Result<(), String> {
    loop {
        telemetry::progress(1, 1);
    }
}

fn huge_log_message(_: Buffer, _: &Output) -> Result<(), String> {
    telemetry::log(Level::Info, &"x".repeat(100 << 20));
    Ok(())
}

fn attach_misaligned(input: Buffer, _: &Output) -> Result<(), String> {
    input.attach(grow(input.size()) + 8).map_err(say)
}

fn attach_out_of_bounds(input: Buffer, _: &Output) -> Result<(), String> {
    for address in [u64::MAX - PAGE + 1, 1 << 32, 1 << 40] {
        input.attach(address).expect_err("attached beyond the memory");
    }
    input.attach(grow(1) + PAGE).map_err(say)
}

fn attach_twice(input: Buffer, _: &Output) -> Result<(), String> {
    input.attach(grow(input.size())).map_err(say)?;
    input.attach(grow(input.size())).map_err(say)
}

fn attach_overlapping(input: Buffer, output: &Output) -> Result<(), String> {
    let address = grow(input.size());
    input.attach(address).map_err(say)?;
    output.open().map_err(say)?.attach(address, 1).map_err(say)
}

fn attach_over_own_stack(input: Buffer, _: &Output) -> Result<(), String> {
    input.attach(stack_page()).map_err(say)?;
    Ok(())
}

fn stack_page() -> u64 {
    let local = 0u8;
    (&raw const local as u64) / PAGE * PAGE
}

/// Bytes of a window that an attack makes larger, and how many it is to have then.
const ATTACHED: u64 = 200_000;
const LARGER: u64 = 300_000;

/// A writer with a window, and the window's address.
fn attached(output: &Output) -> Result<(Writer, u64), String> {
    let writer = output.open().map_err(say)?;
    let address = grow(ATTACHED);
    writer.attach(address, ATTACHED).map_err(say)?;
    Ok((writer, address))
}

fn reattach_misaligned(_: Buffer, output: &Output) -> Result<(), String> {
    let (writer, _) = attached(output)?;
    writer.attach(grow(LARGER + PAGE) + 8, LARGER).map_err(say)
}

fn reattach_out_of_bounds(_: Buffer, output: &Output) -> Result<(), String> {
    let (writer, _) = attached(output)?;
    for address in [u64::MAX - PAGE + 1, 1 << 32, 1 << 40] {
        writer.attach(address, LARGER).expect_err("attached beyond the memory");
    }
    writer.attach(grow(1), LARGER).map_err(say)
}

fn reattach_into_itself(_: Buffer, output: &Output) -> Result<(), String> {
    let (writer, address) = attached(output)?;
    grow(LARGER);
    writer.attach(address - PAGE, LARGER).expect_err("attached over its own start");
    writer.attach(address + PAGE, LARGER).map_err(say)
}

fn reattach_into_the_input(input: Buffer, output: &Output) -> Result<(), String> {
    let address = grow(LARGER);
    input.attach(address).map_err(say)?;
    let (writer, _) = attached(output)?;
    writer.attach(address, LARGER).map_err(say)
}

fn reattach_smaller(_: Buffer, output: &Output) -> Result<(), String> {
    let (writer, _) = attached(output)?;
    writer.attach(grow(LARGER), ATTACHED).map_err(say)
}

fn reattach_too_large(_: Buffer, output: &Output) -> Result<(), String> {
    let (writer, _) = attached(output)?;
    writer.attach(grow(PAGE), 1 << 40).map_err(say)
}

fn reattach_over_own_stack(_: Buffer, output: &Output) -> Result<(), String> {
    let (writer, _) = attached(output)?;
    writer.attach(stack_page(), LARGER).map_err(say)
}

fn use_after_finish(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    let handle = writer.handle();
    Writer::finish(writer, 0).map_err(say)?;
    // SAFETY: none. The handle is gone, and using it all the same is the attack.
    let stale = unsafe { Writer::from_handle(handle) };
    stale.write(b"more").map_err(say)
}

fn finish_too_much(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    writer.attach(grow(100), 100).map_err(say)?;
    Writer::finish(writer, 101).map_err(say)
}

fn open_twice(_: Buffer, output: &Output) -> Result<(), String> {
    let _first = output.open().map_err(say)?;
    output.open().map_err(say).map(drop)
}

fn open_partition_of_a_single_output(_: Buffer, output: &Output) -> Result<(), String> {
    output.open_partition("a").map_err(say).map(drop)
}

fn no_output(_: Buffer, _: &Output) -> Result<(), String> {
    Ok(())
}

fn unfinished_output(_: Buffer, output: &Output) -> Result<(), String> {
    output.open().map_err(say)?.write(b"but not finished").map_err(say)
}

fn output_too_large(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    writer.attach(grow(PAGE), 1 << 40).map_err(say)
}

fn output_too_large_and_proud_of_it(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    let piece = vec![0; 1 << 20];
    while writer.write(&piece).is_ok() {}
    wasm32::unreachable()
}

/// The limit is not why it fails.
fn asks_for_less_and_fails(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    let address = grow(PAGE);
    writer.attach(address, 1 << 40).expect_err("attached more than the limit");
    writer.attach(address, 100).map_err(say)?;
    Err("for a reason of its own".into())
}

/// The limit is not why it fails.
fn grows_by_less_and_fails(_: Buffer, _: &Output) -> Result<(), String> {
    assert!(wasm32::memory_grow(0, (1 << 30) / PAGE as usize) == usize::MAX, "grew by more than the limit");
    grow(1 << 20);
    Err("for a reason of its own".into())
}

fn wild_archive(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    // As a root this is a relative pointer and a length, both as far off as they can be.
    writer.write(&[0xFF; 4096]).map_err(say)?;
    Writer::finish(writer, 4096).map_err(say)
}

/// Bulk instructions run in the host's own code, which must not fault on an input.
fn bulk_writes_over_input(input: Buffer, output: &Output) -> Result<(), String> {
    let (address, len) = (grow(input.size()), input.size() as usize);
    input.attach(address).map_err(say)?;
    // SAFETY: the range was grown for this alone and the input fills it.
    let bytes = unsafe { core::slice::from_raw_parts_mut(address as *mut u8, len) };
    let source = vec![0x55; len];
    bytes.fill(0xAA);
    black_box(&mut *bytes).copy_from_slice(&source);
    let refused = matches!(input.read(0, 1), Err(AccessError::Unavailable(_)));
    let writer = output.open().map_err(say)?;
    writer.write(&[bytes[len - 1], u8::from(refused)]).map_err(say)?;
    Writer::finish(writer, 2).map_err(say)
}

fn list_from_nowhere(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    // SAFETY: none. A list that no memory backs is the attack.
    let nowhere = unsafe { core::slice::from_raw_parts((u32::MAX - 100) as *const u8, 1 << 20) };
    writer.write(black_box(nowhere)).map_err(say)
}

/// A window that begins where the memory ends.
fn attach_at_the_very_end(input: Buffer, _: &Output) -> Result<(), String> {
    input.attach(wasm32::memory_size(0) as u64 * PAGE).map_err(say)
}

/// Address and length together go round.
fn attach_around_the_end(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    for (address, capacity) in [(u64::MAX / PAGE * PAGE, PAGE + 1), (PAGE, u64::MAX), (0, u64::MAX - PAGE)] {
        writer.attach(address, capacity).expect_err("attached around the end of all addresses");
    }
    writer.attach(grow(1), u64::MAX).map_err(say)
}

fn read_around_the_end(input: Buffer, _: &Output) -> Result<(), String> {
    for (offset, length) in [(u64::MAX, 2), (1, u64::MAX), (u64::MAX, u64::MAX), (input.size(), 1)] {
        input.read(offset, length).expect_err("read beyond the end");
    }
    input.read(0, input.size() + 1).map_err(say).map(drop)
}

fn finish_with_all_there_is(_: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    writer.write(b"some").map_err(say)?;
    Writer::finish(writer, u64::MAX).map_err(say)
}

/// The window is extended in place, where another one begins behind it.
fn extend_over_the_input(input: Buffer, output: &Output) -> Result<(), String> {
    let (writer, address) = attached(output)?;
    input.attach(grow(input.size())).map_err(say)?;
    writer.attach(address, LARGER).map_err(say)
}

fn grows_page_by_page(_: Buffer, _: &Output) -> Result<(), String> {
    while wasm32::memory_grow(0, 1) != usize::MAX {}
    Err("grew to its limit".into())
}

/// What is written to a window after it has become a buffer changes nobody's bytes.
fn keeps_a_window_after_finish(_: Buffer, output: &Output) -> Result<(), String> {
    let (writer, address) = attached(output)?;
    // SAFETY: the range was grown for this alone.
    let bytes = unsafe { core::slice::from_raw_parts_mut(address as *mut u8, ATTACHED as usize) };
    bytes.fill(7);
    Writer::finish(writer, ATTACHED).map_err(say)?;
    black_box(&mut *bytes).fill(8);
    Ok(())
}

/// No attack: shows that the host is in order.
fn echo(input: Buffer, output: &Output) -> Result<(), String> {
    let writer = output.open().map_err(say)?;
    let bytes = input.read(0, input.size()).map_err(say)?;
    writer.write(&bytes).map_err(say)?;
    Writer::finish(writer, input.size()).map_err(say)
}

/// Grows the memory for `len` bytes and gives the address of the new range.
pub(crate) fn grow(len: u64) -> u64 {
    let pages = len.div_ceil(PAGE).max(1) as usize;
    let old = wasm32::memory_grow(0, pages);
    assert!(old != usize::MAX, "no memory");
    old as u64 * PAGE
}

pub(crate) fn say(error: AccessError) -> String {
    format!("{error:?}")
}
