//! Nodes that attack the host, written against the bare contract: the SDK would not let them.
//!
//! Every node takes one buffer `input` and has one output `output`, both of the schema "bytes".

#![cfg(target_arch = "wasm32")]

mod attacks;
mod bindings;

use bindings::exports::wpipe::node::nodes::{Argument, Guest, Output, Signature};
use bindings::wpipe::node::buffers::Buffer;
use bindings::wpipe::node::types::{Kind, Port};

struct Hostile;

impl Guest for Hostile {
    fn describe() -> Vec<Signature> {
        let port = |name: &str| Port { name: name.into(), kind: Kind::Single, schema: "bytes".into(), fingerprint: 0 };
        let signature = |(name, _): &(&str, attacks::Attack)| Signature {
            name: (*name).into(),
            doc: String::new(),
            inputs: vec![port("input")],
            outputs: vec![port("output")],
        };
        attacks::ALL.iter().map(signature).collect()
    }

    fn run(node: String, arguments: Vec<Argument>, outputs: Vec<Output>) -> Result<(), String> {
        let (_, attack) = attacks::ALL.iter().find(|(name, _)| *name == node).ok_or("no such attack")?;
        let input = match arguments.into_iter().next() {
            Some(Argument::Single(buffer)) => buffer,
            _ => return Err("no input".into()),
        };
        let output = outputs.into_iter().next().ok_or("no output")?;
        attack(input, &output)
    }
}

bindings::export!(Hostile with_types_in bindings);
