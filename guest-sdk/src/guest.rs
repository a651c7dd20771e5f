//! The component's exports: the contract's types on one side, the SDK's on the other.

use core::marker::PhantomData;
use std::panic::{self, PanicHookInfo};

use wpipe_data as data;

use crate::call::{Argument, Call};
use crate::contract::bindings::exports::wpipe::node::nodes::{self as contract, Signature};
use crate::contract::bindings::wpipe::node::types::{Kind, Port};
use crate::contract::{OutputPort, telemetry};
use crate::node::{self, Node};

/// A crate with nodes.
pub trait Component {
    /// The nodes, as `export!` lists them.
    const NODES: &'static [fn() -> Node];
}

/// The exports that the host calls.
#[derive(Debug)]
pub struct Guest<C>(PhantomData<C>);

impl<C: Component> contract::Guest for Guest<C> {
    fn describe() -> Vec<Signature> {
        panic::set_hook(Box::new(report));
        C::NODES.iter().map(|node| signature(node().signature())).collect()
    }

    fn run(node: String, arguments: Vec<contract::Argument>, outputs: Vec<OutputPort>) -> Result<(), String> {
        panic::set_hook(Box::new(report));
        let arguments = arguments.into_iter().map(argument).collect();
        node::run(C::NODES, &node, Call::new(arguments, outputs))
    }
}

/// Reports a panic to the host. An abort follows, which reports nothing.
fn report(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a value that is no text");
    let (file, line, column) = info.location().map_or(("?", 0, 0), |at| (at.file(), at.line(), at.column()));
    telemetry::panicked(message, file, line, column);
}

fn argument(argument: contract::Argument) -> Argument {
    match argument {
        contract::Argument::Single(buffer) => Argument::Single(buffer),
        contract::Argument::Partitioned(buffers) => Argument::Partitioned(buffers),
        contract::Argument::Parameter(json) => Argument::Parameter(json),
    }
}

fn signature(signature: data::Signature) -> Signature {
    let data::Signature { name, doc, inputs, outputs } = signature;
    let ports = |ports: Vec<data::Port>| ports.into_iter().map(port).collect();
    Signature { name, doc, inputs: ports(inputs), outputs: ports(outputs) }
}

fn port(port: data::Port) -> Port {
    let kind = match port.kind {
        data::Kind::Single => Kind::Single,
        data::Kind::Partitioned => Kind::Partitioned,
        data::Kind::Parameter => Kind::Parameter,
    };
    Port { name: port.name, kind, schema: port.schema, fingerprint: port.fingerprint }
}
