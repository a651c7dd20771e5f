//! WASI with nothing granted.

use std::sync::Arc;
use std::time::Duration;

use wpipe_sandbox::{CallError, Limits};

use crate::support::{LIMITS, Notes, call, call_logged, call_within, component, engine, only_output};

#[test]
fn a_node_with_wasi_finds_an_empty_world() {
    let engine = engine();
    let probe = component(&engine, "wasi");
    assert!(probe.imports_wasi());
    let first = call(&probe, "look_around", &[]).unwrap();
    let report = String::from_utf8(only_output(&first).to_vec()).unwrap();
    insta::assert_snapshot!(report);
    let second = call(&probe, "look_around", &[]).unwrap();
    assert_eq!(only_output(&first), only_output(&second), "and the same one each time");
}

#[test]
fn a_node_cannot_sleep_past_its_time_limit() {
    let engine = engine();
    let probe = component(&engine, "wasi");
    let error = call(&probe, "sleep", &[]).unwrap_err();
    assert_eq!(error.to_string(), "trapped: sleeping is not granted to nodes");
    call(&probe, "look_around", &[]).expect("the host goes on");
}

#[test]
fn what_a_node_prints_is_logged_line_by_line_in_its_order() {
    let engine = engine();
    let probe = component(&engine, "wasi");
    let notes = Arc::new(Notes::default());
    call_logged(&probe, "print", &[], notes.clone()).unwrap();
    let told = notes.0.lock().unwrap().clone();
    let expected =
        ["info: é", "info: ", "info: 漢", "warn: odd \u{fffd}", "info: \\u{1b}[2Jno end", "warn: none \u{fffd}"];
    assert_eq!(told, expected);
}

#[test]
fn a_flood_of_line_breaks_is_charged_as_messages_are() {
    let engine = engine();
    let probe = component(&engine, "wasi");
    let notes = Arc::new(Notes::default());
    let error = call_within(&probe, "flood", Vec::new(), LIMITS, notes.clone()).unwrap_err();
    assert_eq!(error, CallError::LogLimit { limit: 64 << 10 });
    assert_eq!(notes.0.lock().unwrap().len(), 512, "each costs 128 bytes");
}

#[test]
fn every_other_flood_ends_as_a_clear_error() {
    let engine = engine();
    let probe = component(&engine, "wasi");
    let mut told = String::new();
    for node in
        ["flood_of_both", "flood_of_bytes", "print_at_once", "print_zeroes", "random_bytes", "handles_without_end"]
    {
        let error = call_within(&probe, node, Vec::new(), LIMITS, Arc::default()).expect_err(node);
        told.push_str(&format!("{node}: {error}\n"));
        call(&probe, "look_around", &[]).expect("the host goes on");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn time_goes_on_while_what_is_printed_is_told() {
    let engine = engine();
    let probe = component(&engine, "wasi");
    let limits = Limits { log: 1 << 40, time: Duration::from_millis(300), ..LIMITS };
    for node in ["flood", "flood_of_both", "print_at_once", "flood_of_bytes"] {
        let error = call_within(&probe, node, Vec::new(), limits, Arc::default()).expect_err(node);
        assert_eq!(error, CallError::TimedOut { limit: limits.time }, "{node}");
    }
}

#[test]
fn a_line_without_end_is_logged_in_pieces_up_to_the_limit() {
    let engine = engine();
    let probe = component(&engine, "wasi");
    let notes = Arc::new(Notes::default());
    let limits = Limits { log: 1 << 20, ..LIMITS };
    let error = call_within(&probe, "flood_without_end", Vec::new(), limits, notes.clone()).unwrap_err();
    assert_eq!(error, CallError::LogLimit { limit: 1 << 20 });
    assert_eq!(notes.0.lock().unwrap().len(), 15);
}
