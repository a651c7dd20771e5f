//! A node as the host sees it: its ports, and its code.

use wpipe_data::{Kind, Port, Produce, Signature, View};

use crate::call::Call;

/// The companion that `#[node]` puts beside a function.
#[derive(Debug)]
pub struct Node {
    /// The function's name.
    pub name: &'static str,
    /// The first paragraph of its docs.
    pub doc: &'static str,
    /// The ports of its arguments.
    pub inputs: fn() -> Vec<Port>,
    /// The ports of its outputs.
    pub outputs: fn() -> Vec<Port>,
    /// The code that calls it.
    pub run: fn(&mut Call) -> Result<(), String>,
}

impl Node {
    /// Returns the component's description of the node.
    pub fn signature(&self) -> Signature {
        Signature {
            name: self.name.to_owned(),
            doc: self.doc.to_owned(),
            inputs: (self.inputs)(),
            outputs: (self.outputs)(),
        }
    }
}

/// Returns the port of `name: &T`.
pub fn input<T: View + ?Sized>(name: &str) -> Port {
    viewed::<T>(name, Kind::Single)
}

/// Returns the port of `name: Partitions<T>`.
pub fn partitions<T: View + ?Sized>(name: &str) -> Port {
    viewed::<T>(name, Kind::Partitioned)
}

/// Returns the port of `name: Output<T>`, or of a returned `T`.
pub fn output<T: Produce + ?Sized>(name: &str) -> Port {
    produced::<T>(name, Kind::Single)
}

/// Returns the port of `name: PartitionedOutput<T>`, or of a returned `Partitioned<T>`.
pub fn partitioned_output<T: Produce + ?Sized>(name: &str) -> Port {
    produced::<T>(name, Kind::Partitioned)
}

fn viewed<T: View + ?Sized>(name: &str, kind: Kind) -> Port {
    Port { name: name.to_owned(), kind, schema: T::NAME.to_owned(), fingerprint: T::FINGERPRINT }
}

fn produced<T: Produce + ?Sized>(name: &str, kind: Kind) -> Port {
    Port { name: name.to_owned(), kind, schema: T::NAME.to_owned(), fingerprint: T::FINGERPRINT }
}

/// Returns the port of a parameter.
pub fn parameter(name: &str) -> Port {
    Port { name: name.to_owned(), kind: Kind::Parameter, schema: String::new(), fingerprint: 0 }
}

/// Runs the node `name`.
///
/// # Errors
///
/// Fails if there is none, if the arguments do not fit, or if the node fails.
pub fn run(nodes: &[fn() -> Node], name: &str, mut call: Call) -> Result<(), String> {
    let node = nodes.iter().map(|node| node()).find(|node| node.name == name);
    let Some(node) = node else {
        let names: Vec<_> = nodes.iter().map(|node| format!("`{}`", node().name)).collect();
        return Err(format!("there is no node `{name}` in this component, which exports {}", names.join(", ")));
    };
    (node.run)(&mut call)
}
