//! Hostile guests: each attack ends as that node's clear error, and the same host then runs a good node.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use wpipe_buffer::Buffer;
use wpipe_sandbox::{Argument, Call, CallError, Component, Limits};

use crate::support::{LIMITS, Notes, buffer, call, call_within, component, engine, only_output};

/// Small enough to be copied, and large enough to be mapped.
pub(crate) const INPUT_SIZES: [usize; 2] = [100, 300_000];

/// For what nothing else may end.
pub(crate) const SHORT: Limits = Limits { time: Duration::from_millis(300), ..LIMITS };

pub(crate) fn host_is_in_order(hostile: &Component, input: &Buffer) {
    let outcome = call(hostile, "echo", &[input]).expect("a good node runs after an attack");
    assert!(only_output(&outcome) == input.bytes().unwrap(), "nobody has changed the input");
}

#[test]
fn every_attack_ends_as_a_clear_error() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let harmless =
        ["echo", "bulk_writes_over_input", "wild_archive", "attach_over_own_stack", "reattach_over_own_stack"];
    let long = ["huge_error", "huge_panic"];
    let fine = ["keeps_a_window_after_finish", "figures_that_are_no_numbers", "chatty"];
    let single = hostile.signatures().iter().filter(|signature| !signature.name.starts_with("partition"));
    let attacks: Vec<_> = single.map(|signature| signature.name.as_str()).collect();
    for size in INPUT_SIZES {
        let input = buffer(&vec![7; size]);
        let mut told = String::new();
        let fail = |attack: &&&str| [&harmless[..], &long, &fine].iter().all(|others| !others.contains(*attack));
        for attack in attacks.iter().filter(fail) {
            let limits = if *attack == "endless_loop" { SHORT } else { LIMITS };
            let arguments = vec![Argument::Single(input.clone())];
            let error = call_within(&hostile, attack, arguments, limits, Arc::default()).expect_err(attack);
            told.push_str(&format!("{attack}: {error}\n"));
            if let Some(help) = error.help() {
                told.push_str(&format!("    help: {help}\n"));
            }
            host_is_in_order(&hostile, &input);
        }
        // How much at once is the allocator's affair.
        insta::with_settings!({ filters => vec![(r"it asked for [0-9.]+ MiB", "it asked for … MiB")] }, {
            insta::assert_snapshot!("attacks", told);
        });
    }
}

#[test]
fn bulk_instructions_over_an_input_change_only_the_guests_own_view() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    for size in INPUT_SIZES {
        let input = buffer(&vec![7; size]);
        let outcome = call(&hostile, "bulk_writes_over_input", &[&input]).unwrap();
        assert_eq!(only_output(&outcome), [0x55, 1], "the guest's own bytes, and no second way to the buffer's");
        host_is_in_order(&hostile, &input);
    }
}

#[test]
fn a_guest_that_overlays_its_own_stack_harms_nobody_else() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    for size in INPUT_SIZES {
        let input = buffer(&vec![0xAB; size]);
        for attack in ["attach_over_own_stack", "reattach_over_own_stack"] {
            // What becomes of the guest is its own affair, but it has no output.
            let arguments = vec![Argument::Single(input.clone())];
            call_within(&hostile, attack, arguments, SHORT, Arc::default()).expect_err(attack);
            host_is_in_order(&hostile, &input);
        }
    }
}

#[test]
fn long_errors_and_panics_are_cut_and_say_so() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let limits = Limits { log: 1 << 20, ..LIMITS };
    for (attack, end) in [("huge_error", "é… (104792064 bytes more)"), ("huge_panic", "x… (104792064 bytes more)")]
    {
        let arguments = vec![Argument::Single(buffer(b"x"))];
        let told = call_within(&hostile, attack, arguments, limits, Arc::default()).unwrap_err().to_string();
        assert!(told.ends_with(end), "{attack}: {}", told.chars().rev().take(100).collect::<String>());
        assert!(told.len() < (64 << 10) + 100, "{}", told.len());
    }
}

#[test]
fn what_is_written_to_a_window_that_has_become_a_buffer_changes_nothing() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let outcome = call(&hostile, "keeps_a_window_after_finish", &[&buffer(b"x")]).unwrap();
    assert_eq!(only_output(&outcome), [7; 200_000]);
}

#[test]
fn an_honest_node_may_log_300_000_lines_by_default() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let notes = Arc::new(Notes::default());
    let limits = Limits { log: Limits::default().log, ..LIMITS };
    call_within(&hostile, "chatty", vec![Argument::Single(buffer(b"x"))], limits, notes.clone()).unwrap();
    assert_eq!(notes.0.lock().unwrap().len(), 300_000);
}

#[test]
fn a_message_costs_what_a_journal_writes_of_it() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let (text, escaped) = (60_000, 6 * 60_000 + 128);
    for (log, fits) in [(text + 128, false), (escaped - 1, false), (escaped, true)] {
        let arguments = vec![Argument::Single(buffer(b"x"))];
        let limits = Limits { log, ..LIMITS };
        let told = call_within(&hostile, "escapes_in_a_message", arguments, limits, Arc::default()).unwrap_err();
        assert_eq!(told != CallError::LogLimit { limit: log }, fits, "{log}: {told}");
    }
}

#[test]
fn wild_bytes_are_handed_on_as_they_are() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let outcome = call(&hostile, "wild_archive", &[&buffer(b"x")]).unwrap();
    assert_eq!(only_output(&outcome), [0xFF; 4096], "the host does not interpret them; their readers check");
}

#[test]
fn a_running_call_can_be_cancelled() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let cancel = Arc::new(AtomicBool::new(false));
    let call = Call {
        component: &hostile,
        node: "endless_loop",
        arguments: vec![Argument::Single(buffer(b"x"))],
        readers: Vec::new(),
        takers: Vec::new(),
        limits: Limits::default(),
        telemetry: Arc::new(Notes::default()),
        cancel: cancel.clone(),
    };
    thread::scope(|scope| {
        let running = scope.spawn(|| call.run());
        cancel.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(running.join().unwrap().unwrap_err(), CallError::Cancelled);
    });
}

#[test]
fn a_node_is_called_as_it_describes_itself() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    let call = |node, arguments| {
        let telemetry = Arc::new(Notes::default());
        Call {
            component: &hostile,
            node,
            arguments,
            readers: Vec::new(),
            takers: Vec::new(),
            limits: LIMITS,
            telemetry,
            cancel: Arc::default(),
        }
        .run()
    };
    let told = [
        call("no_such_node", vec![]),
        call("echo", vec![]),
        call("echo", vec![Argument::Parameter("1".into())]),
        call("echo", vec![Argument::Partitioned(vec![])]),
    ]
    .map(|result| result.unwrap_err().to_string())
    .join("\n");
    insta::assert_snapshot!(told, @"
    was called wrongly: the component `hostile` exports no node `no_such_node`
    was called wrongly: `echo` takes 1 inputs, not 0
    was called wrongly: the input `input` is of another kind than Single
    was called wrongly: the input `input` is of another kind than Single
    ");
}
