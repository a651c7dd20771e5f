//! The description of a component's nodes: the host checks every edge against it before any data flows.

use serde::{Deserialize, Serialize};

/// The way in which a port carries its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One buffer.
    Single,
    /// A buffer per partition id.
    Partitioned,
    /// JSON text from the manifest's `[params]`.
    Parameter,
}

/// One input or output of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// The argument's name.
    pub name: String,
    /// The way in which the data arrives.
    pub kind: Kind,
    /// The name of the data's type; empty for a parameter.
    pub schema: String,
    /// A digest of the type's layout; 0 for a parameter.
    pub fingerprint: u64,
}

/// One node of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The node's name within its component.
    pub name: String,
    /// The first paragraph of the function's documentation.
    pub doc: String,
    /// Inputs, in the order of the function's arguments.
    pub inputs: Vec<Port>,
    /// Outputs, in the order in which the function returns them.
    pub outputs: Vec<Port>,
}
