//! WASI with nothing granted.

use crate::support::{call, component, engine, only_output};

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
