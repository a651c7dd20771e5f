//! The attacks on partitions, by name.

use crate::Buffer;
use crate::attacks::{grow, say};
use crate::bindings::wpipe::node::buffers::{AccessError, Output, Writer};

pub(crate) type Attack = fn(Vec<(String, Buffer)>, &Output) -> Result<(), String>;

pub(crate) const ALL: &[(&str, Attack)] = &[
    ("partition_twice", partition_twice),
    ("partitions_and_then_an_error", partitions_and_then_an_error),
    ("partitions_and_then_a_trap", partitions_and_then_a_trap),
    ("partitions_and_then_for_ever", partitions_and_then_for_ever),
    ("partition_of_controls", partition_of_controls),
    ("partition_that_is_not_seen", partition_that_is_not_seen),
    ("partition_of_the_hosts", partition_of_the_hosts),
    ("partition_file_and_folder", partition_file_and_folder),
    ("partition_twice_at_once", partition_twice_at_once),
    ("partition_climbs_out", partition_climbs_out),
    ("partition_of_no_name", partition_of_no_name),
    ("partition_of_a_long_name", partition_of_a_long_name),
    ("partition_in_too_many", partition_in_too_many),
    ("partition_unfinished", partition_unfinished),
    ("partition_dropped", partition_dropped),
    ("partition_of_a_whole", partition_of_a_whole),
    ("partition_over_quota", partition_over_quota),
    ("partition_after_it_is_gone", partition_after_it_is_gone),
    ("partition_over_another", partition_over_another),
    ("partition_ids_without_end", partition_ids_without_end),
    ("partition_writers_without_end", partition_writers_without_end),
    ("partitions_in_odd_orders", partitions_in_odd_orders),
];

fn write(output: &Output, id: &str, bytes: &[u8]) -> Result<(), String> {
    let writer = output.open_partition(id).map_err(say)?;
    writer.write(bytes).map_err(say)?;
    Writer::finish(writer, bytes.len() as u64).map_err(say)
}

fn partition_twice(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    write(output, "a", b"first")?;
    write(output, "a", b"second")
}

fn partitions_and_then_an_error(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    (0..40).try_for_each(|number| write(output, &format!("p{number}"), &[7; 100_000]))?;
    Err("gives up".into())
}

fn partitions_and_then_a_trap(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    (0..40).try_for_each(|number| write(output, &format!("p{number}"), &[7; 100_000]))?;
    core::arch::wasm32::unreachable()
}

fn partitions_and_then_for_ever(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    (0..40).try_for_each(|number| write(output, &format!("p{number}"), &[7; 100_000]))?;
    loop {
        core::hint::black_box(0);
    }
}

fn partition_of_controls(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    for id in ["a\x1b[2Jb", "a\r", "a\nb", "\0", "\u{7f}", "\u{9b}31m"] {
        write(output, id, b"x").expect_err("control characters are in no id");
    }
    write(output, "\u{1b}]8;;http://x\u{7}12:00:00 INFO  done", b"x")
}

/// Nothing in it is obeyed by a terminal, and some is not to be seen.
fn partition_that_is_not_seen(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    for id in ["a\u{202e}b", "c\u{2028}12:00:00 INFO  done", "\u{200b}"] {
        write(output, id, b"x")?;
    }
    Ok(())
}

fn partition_of_the_hosts(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    write(output, ".wpipe/set.json", b"{}")
}

/// Both are fine; side by side they are not.
fn partition_file_and_folder(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    write(output, "a", b"file")?;
    write(output, "a/b", b"within it")
}

fn partition_twice_at_once(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    let _first = output.open_partition("a").map_err(say)?;
    write(output, "a", b"second")
}

/// The sandbox does not know what storage makes of an id.
fn partition_climbs_out(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    write(output, "../x", b"outside")?;
    write(output, "/etc/x", b"far outside")
}

fn partition_of_no_name(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    write(output, "", b"nowhere")?;
    write(output, "a\0b", b"cut off")
}

fn partition_of_a_long_name(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    write(output, &"x".repeat(1 << 20), b"long")
}

fn partition_in_too_many(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    (0..100_000).try_for_each(|id| write(output, &format!("{id}"), b"one of many"))
}

/// Empty partitions: the output's limit does not know of them, but their ids are as long as ids may be.
fn partition_ids_without_end(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    (0..1 << 20).try_for_each(|id| write(output, &format!("{id:01024}"), b""))
}

fn partition_writers_without_end(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    (0..1 << 20).try_for_each(|id| {
        core::mem::forget(output.open_partition(&format!("{id}")).map_err(say)?);
        Ok(())
    })
}

fn partition_unfinished(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    write(output, "a", b"finished")?;
    let writer = output.open_partition("b").map_err(say)?;
    writer.write(b"but not finished").map_err(say)?;
    core::mem::forget(writer);
    Ok(())
}

fn partition_dropped(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    drop(output.open_partition("a").map_err(say)?);
    write(output, "a", b"once more")
}

fn partition_of_a_whole(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    output.open().map_err(say).map(drop)
}

/// All partitions of an output share its limit.
fn partition_over_quota(_: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    let piece = vec![1; 1 << 20];
    (0..100).try_for_each(|id| write(output, &format!("{id}"), &piece))
}

fn partition_after_it_is_gone(inputs: Vec<(String, Buffer)>, _: &Output) -> Result<(), String> {
    let handle = inputs[0].1.handle();
    drop(inputs);
    // SAFETY: none. The handle is gone, and using it all the same is the attack.
    let stale = unsafe { Buffer::from_handle(handle) };
    stale.read(0, 1).map_err(say).map(drop)
}

fn partition_over_another(inputs: Vec<(String, Buffer)>, _: &Output) -> Result<(), String> {
    let address = grow(inputs[0].1.size());
    inputs[0].1.attach(address).map_err(say)?;
    inputs[1].1.attach(address).map_err(say)
}

/// No attack, but not how the SDK does it: attached all at once, let go of from the middle, written side by side.
fn partitions_in_odd_orders(mut inputs: Vec<(String, Buffer)>, output: &Output) -> Result<(), String> {
    let mut places = Vec::new();
    for (id, buffer) in &inputs {
        let address = grow(buffer.size());
        buffer.attach(address).map_err(say)?;
        buffer.attach(grow(buffer.size())).expect_err("attached twice");
        assert!(matches!(buffer.read(0, 1), Err(AccessError::Unavailable(_))), "read while it is attached");
        places.push((id.clone(), address, buffer.size()));
    }
    let middle = inputs.len() / 2;
    let (_, address, len) = places.remove(middle);
    drop(inputs.remove(middle));
    // SAFETY: the range was grown for this alone, and reads as zeros now.
    let zeros = unsafe { core::slice::from_raw_parts(address as *const u8, len as usize) };
    assert!(zeros.iter().all(|byte| *byte == 0), "a window is zero when its buffer is gone");

    let writers = places.iter().map(|(id, ..)| Ok((id, output.open_partition(id).map_err(say)?)));
    let mut writers = writers.collect::<Result<Vec<_>, String>>()?;
    for ((_, writer), (_, address, len)) in writers.iter().zip(&places).rev() {
        // SAFETY: the range was grown for this alone, and its buffer is attached still.
        let bytes = unsafe { core::slice::from_raw_parts(*address as *const u8, *len as usize) };
        writer.write(bytes).map_err(say)?;
    }
    drop(inputs);
    let last = writers.pop();
    for ((_, writer), (_, _, len)) in writers.into_iter().zip(&places) {
        Writer::finish(writer, *len).map_err(say)?;
    }
    // The last one is shorter than what was written.
    last.map_or(Ok(()), |(_, writer)| Writer::finish(writer, 1).map_err(say))
}
