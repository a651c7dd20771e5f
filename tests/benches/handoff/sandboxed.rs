//! wpipe: every call in a sandbox of its own, the data by one of the transports.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wpipe_buffer::{Buffer, Counters, Readers, Transport, Transports};
use wpipe_sandbox::{Argument, Call, Component, Engine, EngineConfig, Limits, Outcome, Produced, Silent};
use wpipe_tests::guest;

use crate::arm::Arm;
use crate::payload::Payload;

pub(crate) const LIMITS: Limits =
    Limits { memory: 4 << 30, time: Duration::from_secs(600), log: 1 << 20, output: 2 << 30 };

/// From so many bytes on guests write in windows; below they hand over a copy.
const WINDOW_FROM: usize = 64 << 10;

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
    let engine = Engine::new(EngineConfig { transports, ..EngineConfig::default() })?;
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
            Transport::Copy => Counters { copied: payload + copied, ..Counters::default() },
            Transport::Map | Transport::File | Transport::Store => {
                Counters { copied, mapped: payload, ..Counters::default() }
            }
            Transport::Move => Counters { copied, moved: payload, ..Counters::default() },
        }
    }

    fn consume(&self, node: &str, data: &Data) -> f64 {
        let len = data.len;
        let argument = match self.transport {
            Transport::Move => match data.buffer().take().map(Buffer::into_movable) {
                Some(Ok(movable)) => Argument::Moved(movable),
                other => panic!("{}: {other:?} cannot be moved", self.name),
            },
            _ => Argument::Single(data.buffer().clone().unwrap_or_else(|| panic!("{}: no data", self.name))),
        };
        let outcome = run(&self.consumer, node, vec![argument], Readers::One);
        let expected = self.counters(len as u64, RESULT);
        let (name, counters) = (self.name, outcome.counters);
        assert!(counters == expected, "{name}: `{node}` counted {counters:?} instead of {expected:?}");
        number(node, &outcome)
    }
}

/// A buffer; a moved one is gone with its consumer.
pub(crate) struct Data {
    buffer: Mutex<Option<Buffer>>,
    len: usize,
}

impl Data {
    fn buffer(&self) -> MutexGuard<'_, Option<Buffer>> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arm for Sandboxed {
    type Data = Data;

    fn name(&self) -> &'static str {
        self.name
    }

    fn takes(&self, payload: Payload) -> bool {
        self.transport == Transport::Copy || payload.bytes >= WINDOW_FROM
    }

    fn produce(&self, payload: Payload) -> Data {
        let buffer = self.buffer(payload);
        Data { len: buffer.len(), buffer: Mutex::new(Some(buffer)) }
    }

    fn renew(&self, data: &Data, payload: Payload) {
        data.buffer().get_or_insert_with(|| self.buffer(payload));
    }

    fn touch(&self, data: &Data) -> f64 {
        self.consume("touch", data)
    }

    fn total(&self, data: &Data) -> f64 {
        self.consume("total", data)
    }

    fn len(&self, data: &Data) -> usize {
        data.len
    }

    fn expected_len(&self, payload: Payload) -> usize {
        payload.bytes
    }
}

impl Sandboxed {
    fn buffer(&self, payload: Payload) -> Buffer {
        let readers = if self.transport == Transport::Move { Readers::One } else { Readers::Several };
        let parameter = Argument::Parameter(payload.numbers().to_string());
        let outcome = run(&self.producer, "produce", vec![parameter], readers);
        let expected = self.counters(payload.bytes as u64, 0);
        let (name, counters) = (self.name, outcome.counters);
        assert!(counters == expected, "{name}: `produce` counted {counters:?} instead of {expected:?}");
        match take_only_output("produce", outcome) {
            buffer if buffer.transport() == self.transport => buffer,
            buffer => panic!("{name}: the buffer goes by {}", buffer.transport()),
        }
    }
}

/// Runs a node that must not fail.
pub(crate) fn run(component: &Component, node: &str, arguments: Vec<Argument>, readers: Readers) -> Outcome {
    let (readers, telemetry) = (vec![readers], Arc::new(Silent));
    let call = Call {
        component,
        node,
        arguments,
        readers,
        takers: Vec::new(),
        limits: LIMITS,
        telemetry,
        cancel: Arc::default(),
    };
    call.run().unwrap_or_else(|error| panic!("`{node}` failed: {error}"))
}

pub(crate) fn only_output<'a>(node: &str, outcome: &'a Outcome) -> &'a Buffer {
    match outcome.outputs.as_slice() {
        [Produced::Single(buffer)] => buffer,
        outputs => panic!("`{node}` has one output, not {outputs:?}"),
    }
}

/// The only handle to a node's output.
fn take_only_output(node: &str, mut outcome: Outcome) -> Buffer {
    match (outcome.outputs.pop(), outcome.outputs.is_empty()) {
        (Some(Produced::Single(buffer)), true) => buffer,
        other => panic!("`{node}` has one output, not {other:?}"),
    }
}

fn number(node: &str, outcome: &Outcome) -> f64 {
    let bytes = only_output(node, outcome).bytes();
    let bytes = bytes.unwrap_or_else(|error| panic!("the output of `{node}` cannot be read: {error}"));
    f64::from_le_bytes(bytes.try_into().unwrap_or_else(|_| panic!("the output of `{node}` is {bytes:?}, not a number")))
}
