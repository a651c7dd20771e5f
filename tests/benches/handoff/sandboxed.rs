//! wpipe: every call in a sandbox of its own, the data by one of the transports.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use wpipe_buffer::{Buffer, Counters, Transport, Transports};
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Outcome, Produced, Silent};
use wpipe_tests::guest;

use crate::arm::Arm;
use crate::payload::Payload;

pub(crate) const LIMITS: Limits =
    Limits { memory: 4 << 30, time: Duration::from_secs(600), log: 1 << 20, output: 2 << 30 };

/// Bytes of a consumer's own output, one number, which is always copied.
const RESULT: u64 = 8;

/// A transport, between nodes of one component.
#[derive(Debug)]
pub(crate) struct Sandboxed {
    name: &'static str,
    transport: Transport,
    /// In an engine whose outputs use the transport.
    producer: Component,
    consumer: Component,
}

/// The component of the nodes that are measured, in an engine of its own.
pub(crate) fn load(transports: Transports) -> Result<Component, Box<dyn Error>> {
    let engine = Engine::new(EngineConfig { cache: None, transports })?;
    Ok(Component::from_file(&engine, "well_behaved", &guest("well_behaved"))?)
}

impl Sandboxed {
    pub(crate) fn new(
        name: &'static str,
        transport: Transport,
        transports: Transports,
        consumer: &Component,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self { name, transport, producer: load(transports)?, consumer: consumer.clone() })
    }

    /// The counters of a call through which `payload` bytes went by the transport, and `copied` ones beside them.
    fn counters(&self, payload: u64, copied: u64) -> Counters {
        match self.transport {
            Transport::Copy => Counters { copied: payload + copied, mapped: 0 },
            Transport::Map | Transport::File => Counters { copied, mapped: payload },
        }
    }

    fn consume(&self, node: &str, data: &Buffer) -> f64 {
        let outcome = run(&self.consumer, node, vec![Argument::Single(data.clone())]);
        let expected = self.counters(data.len() as u64, RESULT);
        let (name, counters) = (self.name, outcome.counters);
        assert!(counters == expected, "{name}: `{node}` counted {counters:?} instead of {expected:?}");
        number(node, &outcome)
    }
}

impl Arm for Sandboxed {
    type Data = Buffer;

    fn name(&self) -> &'static str {
        self.name
    }

    fn produce(&self, payload: Payload) -> Buffer {
        let outcome = run(&self.producer, "produce", vec![Argument::Parameter(payload.numbers().to_string())]);
        let expected = self.counters(payload.bytes as u64, 0);
        let (name, counters) = (self.name, outcome.counters);
        assert!(counters == expected, "{name}: `produce` counted {counters:?} instead of {expected:?}");
        let buffer = only_output("produce", &outcome);
        assert!(buffer.transport() == self.transport, "{name}: the buffer goes by {}", buffer.transport());
        buffer.clone()
    }

    fn touch(&self, data: &Buffer) -> f64 {
        self.consume("touch", data)
    }

    fn total(&self, data: &Buffer) -> f64 {
        self.consume("total", data)
    }

    fn len(&self, data: &Buffer) -> usize {
        data.len()
    }

    fn expected_len(&self, payload: Payload) -> usize {
        payload.bytes
    }
}

/// Runs a node that must not fail.
pub(crate) fn run(component: &Component, node: &str, arguments: Vec<Argument>) -> Outcome {
    let telemetry = Arc::new(Silent);
    let call = Call { component, node, arguments, limits: LIMITS, telemetry, cancel: Arc::default() };
    call.run().unwrap_or_else(|error| panic!("`{node}` failed: {error}"))
}

pub(crate) fn only_output<'a>(node: &str, outcome: &'a Outcome) -> &'a Buffer {
    match outcome.outputs.as_slice() {
        [Produced::Single(buffer)] => buffer,
        outputs => panic!("`{node}` has one output, not {outputs:?}"),
    }
}

fn number(node: &str, outcome: &Outcome) -> f64 {
    let bytes = only_output(node, outcome).bytes();
    let bytes = bytes.unwrap_or_else(|error| panic!("the output of `{node}` cannot be read: {error}"));
    f64::from_le_bytes(bytes.try_into().unwrap_or_else(|_| panic!("the output of `{node}` is {bytes:?}, not a number")))
}
