//! Limits the description of a component's nodes: it is kept, printed and compared, and a stranger wrote it.

use std::time::Duration;

use crate::bindings::wpipe::node::types::{Port, Signature};

/// The limits of the description of a component's nodes, and of the call that returns it. No toolchain makes components
/// that say so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescribeLimits {
    /// Bytes of linear memory and tables. Default 256 MiB.
    pub memory: u64,
    /// Time from instantiation to the end. Default 10 seconds.
    pub time: Duration,
    /// Nodes of one component. Default 4096.
    pub nodes: usize,
    /// Inputs and outputs of one node. Default 1024.
    pub ports: usize,
    /// Bytes of the name of a node, a port or a type. Default 256.
    pub name: usize,
    /// Bytes of the documentation of one node. Default 64 KiB.
    pub doc: usize,
    /// Bytes of all signatures, as the host keeps them: a guest may repeat a little of its memory many times over.
    /// Default 4 MiB.
    pub all: usize,
}

impl Default for DescribeLimits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            time: Duration::from_secs(10),
            nodes: 4096,
            ports: 1024,
            name: 256,
            doc: 64 << 10,
            all: 4 << 20,
        }
    }
}

/// A count that is beyond its limit.
pub(crate) struct Excess {
    pub(crate) what: String,
    pub(crate) found: usize,
    pub(crate) limit: usize,
}

/// Counts and measures the description of a component's nodes.
///
/// # Errors
///
/// Returns the first that exceeds its limit.
pub(crate) fn check(signatures: &[Signature], limits: &DescribeLimits) -> Result<(), Excess> {
    within(signatures.len(), limits.nodes, || "the number of nodes is".to_owned())?;
    for (number, signature) in (1..).zip(signatures) {
        let of = |what: &str| format!("the length of {what} of node {number} in bytes is");
        within(signature.name.len(), limits.name, || of("the name"))?;
        within(signature.doc.len(), limits.doc, || of("the documentation"))?;
        let ports = signature.inputs.len() + signature.outputs.len();
        within(ports, limits.ports, || format!("the number of inputs and outputs of node {number} is"))?;
        for Port { name, schema, .. } in signature.inputs.iter().chain(&signature.outputs) {
            within(name.len(), limits.name, || of("a port's name"))?;
            within(schema.len(), limits.name, || of("a port's type"))?;
        }
    }
    Ok(())
}

fn within(found: usize, limit: usize, what: impl FnOnce() -> String) -> Result<(), Excess> {
    if found > limit { Err(Excess { what: what(), found, limit }) } else { Ok(()) }
}
