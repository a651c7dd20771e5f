//! Nodes that never end, in every way in which code can go on: all of them are ended, wherever compilers leave out what they
//! think is done twice.

use std::sync::Arc;
use std::time::Duration;

use wasm_encoder::{BlockType, Instruction as I, MemArg};
use wpipe_sandbox::{CallError, Component, Limits};
use wpipe_tests::crafted::{Crafted, Described, signatures};

use crate::support::{LIMITS, call_within, engine};

/// The function `run` itself, and its six arguments.
const RUN: u32 = 2;
const ARGUMENTS: [I<'static>; 6] =
    [I::I32Const(0), I::I32Const(0), I::I32Const(0), I::I32Const(0), I::I32Const(0), I::I32Const(0)];

/// Asserts that a node of this code ends with its time.
fn assert_ended(run: Vec<I<'static>>) {
    let memory = signatures(&[Described { name: "n", ..Described::default() }]);
    let crafted = Crafted { memory, run, realloc: vec![I::I32Const(4096)], ..Crafted::default() };
    let component = Component::from_bytes(&engine(), "crafted", &crafted.encode()).unwrap();
    let limits = Limits { time: Duration::from_millis(100), ..LIMITS };
    let error = call_within(&component, "n", Vec::new(), limits, Arc::default()).expect_err("it never ends");
    assert_eq!(error, CallError::TimedOut { limit: limits.time });
}

const LOOP: I<'static> = I::Loop(BlockType::Empty);

#[test]
fn a_loop_is_ended() {
    assert_ended(vec![LOOP, I::Br(0), I::End, I::Unreachable]);
}

#[test]
fn a_loop_within_loops_is_ended_though_nothing_is_stored_between_their_heads() {
    assert_ended(vec![LOOP, LOOP, LOOP, I::Br(0), I::End, I::Br(0), I::End, I::Br(0), I::End, I::Unreachable]);
}

#[test]
fn the_last_of_more_loops_than_there_are_addresses_to_poll_is_ended() {
    let many = (0..5000).flat_map(|_| [LOOP, I::End]);
    let run = [LOOP].into_iter().chain(many).chain([LOOP, I::Br(0), I::End, I::Br(0), I::End, I::Unreachable]);
    assert_ended(run.collect());
}

#[test]
fn a_loop_by_a_table_of_branches_is_ended() {
    assert_ended(vec![LOOP, I::I32Const(0), I::BrTable([0, 0].as_slice().into(), 0), I::End, I::Unreachable]);
}

#[test]
fn calls_that_multiply_are_ended_though_the_stack_holds_them() {
    let depth = MemArg { offset: 2048, align: 2, memory_index: 0 };
    let deeper =
        |by| vec![I::I32Const(0), I::I32Const(0), I::I32Load(depth), I::I32Const(by), I::I32Add, I::I32Store(depth)];
    let call = || [ARGUMENTS.to_vec(), vec![I::Call(RUN), I::Drop]].concat();
    let is_deep = vec![I::I32Const(0), I::I32Load(depth), I::I32Const(80), I::I32GeU];
    let returned = vec![I::If(BlockType::Empty), I::I32Const(0), I::Return, I::End];
    assert_ended([is_deep, returned, deeper(1), call(), call(), deeper(-1), vec![I::I32Const(0)]].concat());
}

#[test]
fn calls_that_take_each_others_place_on_the_stack_are_ended() {
    assert_ended([ARGUMENTS.to_vec(), vec![I::ReturnCall(RUN)]].concat());
}
