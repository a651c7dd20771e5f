//! Joins the bindings of a node with the ports of its function.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_data::{Kind, Port, Signature};

use crate::dataset_name::is_parameter;
use crate::manifest::{Binding, Bindings, NodeSpec};
use crate::problem::Problem;
use crate::resolved::NodeId;
use crate::source::Span;
use wpipe_text::{list, nearest};

/// A node whose function the component exports, with those of its bindings that found a port.
pub(super) struct Checked<'p> {
    pub(super) node: NodeId,
    pub(super) signature: &'p Signature,
    pub(super) inputs: Vec<Bound<'p>>,
    pub(super) outputs: Vec<Bound<'p>>,
}

/// A port and its binding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'p> {
    pub(super) side: Side,
    pub(super) node: &'p NodeSpec,
    pub(super) port: &'p Port,
    pub(super) binding: &'p Binding,
}

/// The side of a function's ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Input,
    Output,
}

impl Side {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

impl Bound<'_> {
    /// Returns the place as "input `x` of `iris/predict`".
    pub(super) fn place(&self) -> String {
        let NodeSpec { component, function, .. } = self.node;
        format!("{} `{}` of `{component}/{function}`", self.side.noun(), self.port.name)
    }
}

/// Returns the ports of one side in the order of the signature, each with its binding. A port without a binding is a
/// problem, and so is a binding without a port.
pub(super) fn bind<'p>(
    node: &'p NodeSpec,
    side: Side,
    signature: &'p Signature,
    out: &mut Vec<Problem>,
) -> Vec<Bound<'p>> {
    let (bindings, ports, span) = match side {
        Side::Input => (&node.inputs, &signature.inputs, &node.spans.inputs),
        Side::Output => (&node.outputs, &signature.outputs, &node.spans.outputs),
    };
    let span = span.as_ref().unwrap_or(&node.spans.name);
    let joined = match bindings {
        Bindings::Positional(bindings) => by_position(node, side, bindings, ports, span, out),
        Bindings::Named(bindings) => by_name(node, side, bindings, ports, span, out),
    };
    let bound: Vec<_> = joined.into_iter().map(|(port, binding)| Bound { side, node, port, binding }).collect();
    out.extend(bound.iter().filter_map(wrong_kind));
    bound
}

fn by_position<'p>(
    node: &NodeSpec,
    side: Side,
    bindings: &'p [Binding],
    ports: &'p [Port],
    span: &Span,
    out: &mut Vec<Problem>,
) -> Vec<(&'p Port, &'p Binding)> {
    if bindings.len() == ports.len() {
        return ports.iter().zip(bindings).collect();
    }
    let noun = side.noun();
    let plural = if ports.len() == 1 { "" } else { "s" };
    out.push(
        Problem::new(
            "wpipe::types::arity",
            format!(
                "`{}/{}` has {} {noun}{plural}, and node `{}` binds {}",
                node.component,
                node.function,
                ports.len(),
                node.name,
                bindings.len()
            ),
        )
        .label(span, format!("expected {}", shape(ports)))
        .help(match ports {
            [] => format!("leave out `{noun}s`"),
            _ => format!("bind its {noun}s in this order, or by name: `{noun}s = {{ port = \"dataset\" }}`"),
        }),
    );
    Vec::new()
}

/// Returns the ports as "`iris`, `test_ratio` (a parameter)".
fn shape(ports: &[Port]) -> String {
    if ports.is_empty() {
        return "nothing".to_owned();
    }
    let ports = ports.iter().map(|port| match port.kind {
        Kind::Single => format!("`{}`", port.name),
        Kind::Partitioned => format!("`{}` (partitioned)", port.name),
        Kind::Parameter => format!("`{}` (a parameter)", port.name),
    });
    ports.collect::<Vec<_>>().join(", ")
}

fn by_name<'p>(
    node: &NodeSpec,
    side: Side,
    bindings: &'p [(String, Binding)],
    ports: &'p [Port],
    span: &Span,
    out: &mut Vec<Problem>,
) -> Vec<(&'p Port, &'p Binding)> {
    let function = format!("`{}/{}`", node.component, node.function);
    let noun = side.noun();
    let bound: BTreeMap<&str, &Binding> = bindings.iter().map(|(name, binding)| (name.as_str(), binding)).collect();
    let mut open: BTreeSet<&str> = ports.iter().map(|port| port.name.as_str()).collect();
    open.retain(|port| !bound.contains_key(port));

    let is_unknown = |name: &str| !ports.iter().any(|port| port.name == name);
    for (name, binding) in bindings.iter().filter(|(name, _)| is_unknown(name)) {
        let at = binding.port_span.as_ref().unwrap_or(&binding.span);
        let meant = nearest(name, open.iter().copied());
        // One slip of the pen is one problem: the port that was meant is not missing as well.
        open.retain(|port| Some(*port) != meant);
        let names: Vec<_> = ports.iter().map(|port| port.name.as_str()).collect();
        out.push(
            Problem::new("wpipe::types::unknown_port", format!("{function} has no {noun} `{name}`"))
                .label(at, format!("not an {noun} of the function"))
                .help(match meant {
                    Some(port) => format!("did you mean `{port}`?"),
                    None => format!("{noun}s: {}", list(&names)),
                }),
        );
    }
    out.extend(ports.iter().filter(|port| open.contains(port.name.as_str())).map(|port| {
        let name = &port.name;
        Problem::new("wpipe::types::missing_port", format!("{noun} `{name}` of {function} is not bound"))
            .label(span, format!("node `{}` does not mention `{name}`", node.name))
            .help(match port.kind {
                Kind::Parameter => format!("add `{name} = \"params:…\"`"),
                Kind::Single | Kind::Partitioned => format!("add `{name} = \"…\"`, the name of a dataset"),
            })
    }));
    ports.iter().filter_map(|port| Some((port, *bound.get(port.name.as_str())?))).collect()
}

/// Reports a parameter that is bound to a dataset, or the other way round. The check of the graph covers outputs.
fn wrong_kind(bound: &Bound<'_>) -> Option<Problem> {
    let name = &bound.binding.name;
    let wants_parameter = bound.port.kind == Kind::Parameter;
    if bound.side == Side::Output || wants_parameter == is_parameter(name) {
        return None;
    }
    let place = bound.place();
    let (message, label, help) = if wants_parameter {
        (
            format!("{place} is a parameter, and `{name}` is a dataset"),
            "expected `params:…` or `parameters`",
            format!("write `params:{name}` if it stands in `[params]`"),
        )
    } else {
        (
            format!("{place} is data, and `{name}` is a parameter"),
            "expected the name of a dataset",
            "a parameter only fits where the function takes one".to_owned(),
        )
    };
    Some(Problem::new("wpipe::types::kind", message).label(&bound.binding.span, label).help(help))
}
