//! Nodes that attack the host, written against the bare contract: the SDK would not let them.
//!
//! Every node takes one buffer `input` and has one output `output`, both of the schema "bytes". Those whose names begin
//! with `partition` take and make partitions.

#![cfg(target_arch = "wasm32")]

mod attacks;
mod bindings;
mod partitions;
mod texts;

use bindings::exports::wpipe::node::nodes::{Argument, Guest, Output, Signature};
use bindings::wpipe::node::buffers::Buffer;
use bindings::wpipe::node::types::{Kind, Port};

struct Hostile;

impl Guest for Hostile {
    fn describe() -> Vec<Signature> {
        let port = |name: &str, kind| Port { name: name.into(), kind, schema: "bytes".into(), fingerprint: 0 };
        let signature = |name: &str, kind| Signature {
            name: name.into(),
            doc: String::new(),
            inputs: vec![port("input", kind)],
            outputs: vec![port("output", kind)],
        };
        let single = attacks::ALL.iter().chain(texts::ALL).map(|(name, _)| signature(name, Kind::Single));
        let partitioned = partitions::ALL.iter().map(|(name, _)| signature(name, Kind::Partitioned));
        single.chain(partitioned).collect()
    }

    fn run(node: String, arguments: Vec<Argument>, outputs: Vec<Output>) -> Result<(), String> {
        let output = outputs.into_iter().next().ok_or("no output")?;
        match arguments.into_iter().next() {
            Some(Argument::Single(buffer)) => {
                let mut all = attacks::ALL.iter().chain(texts::ALL);
                let (_, attack) = all.find(|(name, _)| *name == node).ok_or("no such attack")?;
                attack(buffer, &output)
            }
            Some(Argument::Partitioned(buffers)) => {
                let (_, attack) = partitions::ALL.iter().find(|(name, _)| *name == node).ok_or("no such attack")?;
                attack(buffers, &output)
            }
            _ => Err("no input".into()),
        }
    }
}

bindings::export!(Hostile with_types_in bindings);
