//! An engine, and calls with limits that tests reach quickly.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wpipe_buffer::{Buffer, Transports};
use wpipe_sandbox::{
    Argument, Call, CallError, Component, Engine, EngineConfig, Level, Limits, Outcome, Produced, Telemetry,
};
use wpipe_tests::guest;
use wpipe_text::GuestText;

/// The time is more than any machine needs, however busy it is: what is to reach that limit gets a limit of its own.
pub(crate) const LIMITS: Limits =
    Limits { memory: 256 << 20, time: Duration::from_secs(600), log: 64 << 10, output: 8 << 20 };

pub(crate) fn engine() -> Engine {
    Engine::new(EngineConfig::default()).unwrap()
}

pub(crate) fn component(engine: &Engine, name: &str) -> Component {
    Component::from_file(engine, name, &guest(name)).unwrap()
}

pub(crate) fn buffer(bytes: &[u8]) -> Buffer {
    Buffer::copy_from(bytes, &Transports::detect()).unwrap()
}

/// Calls a node with buffers as inputs.
pub(crate) fn call(component: &Component, node: &str, inputs: &[&Buffer]) -> Result<Outcome, CallError> {
    call_logged(component, node, inputs, Arc::default())
}

pub(crate) fn call_logged(
    component: &Component,
    node: &str,
    inputs: &[&Buffer],
    telemetry: Arc<Notes>,
) -> Result<Outcome, CallError> {
    let arguments = inputs.iter().map(|&buffer| Argument::Single(buffer.clone())).collect();
    call_within(component, node, arguments, LIMITS, telemetry)
}

pub(crate) fn call_within(
    component: &Component,
    node: &str,
    arguments: Vec<Argument>,
    limits: Limits,
    telemetry: Arc<Notes>,
) -> Result<Outcome, CallError> {
    Call {
        component,
        node,
        arguments,
        readers: Vec::new(),
        takers: Vec::new(),
        limits,
        telemetry,
        cancel: Arc::default(),
    }
    .run()
}

pub(crate) fn only_output(outcome: &Outcome) -> &[u8] {
    match outcome.outputs.as_slice() {
        [Produced::Single(buffer)] => buffer.bytes().unwrap(),
        other => panic!("one output expected, not {other:?}"),
    }
}

/// What a node logged.
#[derive(Default)]
pub(crate) struct Notes(pub(crate) Mutex<Vec<String>>);

impl Telemetry for Notes {
    fn log(&self, level: Level, message: &GuestText) {
        self.0.lock().unwrap().push(format!("{level}: {message}"));
    }

    fn progress(&self, completed: u64, total: u64) {
        self.0.lock().unwrap().push(format!("progress: {completed}/{total}"));
    }

    fn metric(&self, name: &GuestText, value: f64) {
        self.0.lock().unwrap().push(format!("metric: {name} = {value}"));
    }
}
