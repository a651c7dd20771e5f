//! The attacks by what a node says, by name.

use core::arch::wasm32;

use crate::Buffer;
use crate::attacks::Attack;
use crate::bindings::wpipe::node::buffers::{Output, Writer};
use crate::bindings::wpipe::node::telemetry::{self, Level};

pub(crate) const ALL: &[(&str, Attack)] = &[
    ("forged_error", forged_error),
    ("forged_panic", forged_panic),
    ("forged_log", forged_log),
    ("huge_error", huge_error),
    ("huge_panic", huge_panic),
    ("panics_without_end", panics_without_end),
    ("million_messages", million_messages),
    ("million_figures", million_figures),
    ("figure_of_a_long_name", figure_of_a_long_name),
    ("escapes_in_a_message", escapes_in_a_message),
    ("figures_that_are_no_numbers", figures_that_are_no_numbers),
    ("chatty", chatty),
];

/// What a terminal would obey, and lines that look like the host's.
const FORGED: &str = "a\r\u{1b}[2K\u{1b}]8;;http://x\u{7}\0\u{9b}\u{202e}\u{2028}\u{200b}\u{e0041}\n12:00:00 INFO  Pipeline execution \
                      completed successfully in 0.1 sec.\n\terror: é 漢字 🎉";

fn forged_error(_: Buffer, _: &Output) -> Result<(), String> {
    Err(FORGED.into())
}

fn forged_panic(_: Buffer, _: &Output) -> Result<(), String> {
    telemetry::panicked(FORGED, "src/a\u{1b}.rs", 1, 2);
    wasm32::unreachable()
}

fn forged_log(_: Buffer, _: &Output) -> Result<(), String> {
    telemetry::log(Level::Info, FORGED);
    telemetry::metric(FORGED, f64::NAN);
    Err("after all".into())
}

fn huge_error(_: Buffer, _: &Output) -> Result<(), String> {
    Err("é".repeat(50 << 20))
}

fn huge_panic(_: Buffer, _: &Output) -> Result<(), String> {
    telemetry::panicked(&"x".repeat(100 << 20), "a.rs", 1, 1);
    wasm32::unreachable()
}

fn million_messages(_: Buffer, _: &Output) -> Result<(), String> {
    (0..1_000_000).for_each(|_| telemetry::log(Level::Info, ""));
    Ok(())
}

fn panics_without_end(_: Buffer, _: &Output) -> Result<(), String> {
    loop {
        telemetry::panicked("again", "a.rs", 1, 1);
    }
}

fn million_figures(_: Buffer, _: &Output) -> Result<(), String> {
    (0..1_000_000).for_each(|_| telemetry::metric("", 1.0));
    Ok(())
}

fn figure_of_a_long_name(_: Buffer, _: &Output) -> Result<(), String> {
    telemetry::metric(&"x".repeat(1 << 20), 1.0);
    Ok(())
}

/// Each character becomes six in a journal.
fn escapes_in_a_message(_: Buffer, _: &Output) -> Result<(), String> {
    telemetry::log(Level::Info, &"\0".repeat(60_000));
    Ok(())
}

/// No attack, but nothing that JSON has numbers for.
fn figures_that_are_no_numbers(_: Buffer, output: &Output) -> Result<(), String> {
    for (name, value) in [("nan", f64::NAN), ("inf", f64::INFINITY), ("-inf", f64::NEG_INFINITY), ("half", 0.5)] {
        telemetry::metric(name, value);
    }
    let writer = output.open().map_err(crate::attacks::say)?;
    Writer::finish(writer, 0).map_err(crate::attacks::say)
}

/// No attack: says what an honest node may say that talks of each of its many rows.
fn chatty(_: Buffer, output: &Output) -> Result<(), String> {
    (0..300_000).for_each(|row| {
        telemetry::log(Level::Debug, &format!("row {row}: nothing odd was found in any of its columns"))
    });
    let writer = output.open().map_err(crate::attacks::say)?;
    Writer::finish(writer, 0).map_err(crate::attacks::say)
}
