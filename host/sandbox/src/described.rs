//! How much a component may say of its nodes: it is kept, printed and compared, and a stranger wrote it.

use crate::bindings::wpipe::node::types::{Port, Signature};

/// Nodes of one component.
const MAX_NODES: usize = 4096;
/// Inputs and outputs of one node.
const MAX_PORTS: usize = 1024;
/// Bytes of the name of a node, a port or a type.
const MAX_NAME: usize = 256;
/// Bytes of what one node says of itself.
const MAX_DOC: usize = 64 << 10;

/// What there is too much of.
pub(crate) struct Excess {
    pub(crate) what: String,
    pub(crate) found: usize,
    pub(crate) limit: usize,
}

/// Counts and measures what a component says of its nodes.
///
/// # Errors
///
/// The first that exceeds its limit.
pub(crate) fn check(signatures: &[Signature]) -> Result<(), Excess> {
    within(signatures.len(), MAX_NODES, || "the number of nodes is".to_owned())?;
    for (number, signature) in (1..).zip(signatures) {
        let of = |what: &str| format!("the length of {what} of node {number} in bytes is");
        within(signature.name.len(), MAX_NAME, || of("the name"))?;
        within(signature.doc.len(), MAX_DOC, || of("the documentation"))?;
        let ports = signature.inputs.len() + signature.outputs.len();
        within(ports, MAX_PORTS, || format!("the number of inputs and outputs of node {number} is"))?;
        for Port { name, schema, .. } in signature.inputs.iter().chain(&signature.outputs) {
            within(name.len(), MAX_NAME, || of("a port's name"))?;
            within(schema.len(), MAX_NAME, || of("a port's type"))?;
        }
    }
    Ok(())
}

fn within(found: usize, limit: usize, what: impl FnOnce() -> String) -> Result<(), Excess> {
    if found > limit { Err(Excess { what: what(), found, limit }) } else { Ok(()) }
}
