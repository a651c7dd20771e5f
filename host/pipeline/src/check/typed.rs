//! The check as a whole, and its result.

use std::collections::BTreeMap;

use wpipe_data::Signature;

use crate::pipeline::{Dataset, Multipipeline, Pipeline};
use crate::problem::{Problem, Problems};
use crate::resolved::{CalledPer, Node, NodeId, ResolvedGraph};
use wpipe_text::{did_you_mean, list};

use super::bind::{Bound, Checked, Side, bind};
use super::passing::{Passing, passings};
use super::{edges, stored};

/// A pipeline whose every edge fits, with the arguments of each node.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// In the order of execution.
    pub nodes: Vec<TypedNode>,
    /// The pipeline's graph, with the way each node is called, and the stages of multipipelines.
    pub graph: ResolvedGraph,
}

/// A node with its bindings in the order of its component's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedNode {
    /// The full name.
    pub name: String,
    /// Datasets and parameters, one for each input of the signature.
    pub inputs: Vec<String>,
    /// Datasets, one for each output of the signature.
    pub outputs: Vec<String>,
    /// The function's signature, as the component exports it.
    pub signature: Signature,
    /// The unit that it is called for.
    pub called_per: CalledPer,
    /// The way in which each of `inputs` reaches it.
    pub passing: Vec<Passing>,
}

impl Multipipeline {
    /// Returns the same, with the nodes known that are called once per slice: such a node also sees partitions that it
    /// would not be called for.
    pub fn typed(&self, typed: &Typed) -> Self {
        let by_slice = typed.nodes.iter().filter(|node| node.called_per == CalledPer::Slice);
        Self { by_slice: by_slice.map(|node| node.name.clone()).collect(), ..self.clone() }
    }
}

impl Pipeline {
    /// Checks every node against `signatures`, by component, and every edge at both ends. `stored_schema` returns the
    /// schema that a stored dataset has because of its format (a table for `csv`), or `None` for a format or a dataset
    /// that takes anything.
    ///
    /// Leaves out nodes of a component that `signatures` lacks: the loader has reported it.
    ///
    /// # Errors
    ///
    /// Returns every function that is not exported, every port without its binding and binding without its port, and
    /// every edge whose ends differ.
    pub fn check(
        &self,
        signatures: &BTreeMap<String, Vec<Signature>>,
        stored_schema: &dyn Fn(&Dataset) -> Option<String>,
    ) -> Result<Typed, Problems> {
        let mut problems = Vec::new();
        let checked: Vec<_> = self
            .graph()
            .nodes()
            .iter_enumerated()
            .filter_map(|(id, node)| self.check_node(id, signatures.get(&node.component)?, &mut problems))
            .collect();
        edges::check(self, &checked, stored_schema, &mut problems);
        stored::check(self, &checked, stored_schema, &mut problems);
        let passings = passings(self, &checked, &mut problems);
        Problems::check(&self.manifest().source.name, problems)?;
        let calls = checked.iter().zip(&passings).map(|(checked, (called_per, _))| (checked.node, *called_per));
        let graph = self.graph().with_calls(calls);
        Ok(Typed { nodes: checked.iter().zip(passings).map(|found| typed(&graph, found)).collect(), graph })
    }

    fn check_node<'p>(&'p self, id: NodeId, exports: &'p [Signature], out: &mut Vec<Problem>) -> Option<Checked<'p>> {
        let node = &self.graph()[id];
        let Some(signature) = exports.iter().find(|signature| signature.name == node.function) else {
            out.push(self.not_exported(id, node, exports));
            return None;
        };
        Some(Checked {
            node: id,
            signature,
            inputs: bind(self.spec(id), Side::Input, signature, out),
            outputs: bind(self.spec(id), Side::Output, signature, out),
        })
    }

    fn not_exported(&self, id: NodeId, node: &Node, exports: &[Signature]) -> Problem {
        let Node { component, function, .. } = node;
        let names: Vec<_> = exports.iter().map(|signature| signature.name.as_str()).collect();
        let exported = format!("`{component}` exports {}", list(&names));
        let help = match did_you_mean(function, names) {
            Some(meant) => format!("{meant} {exported}"),
            None => exported,
        };
        Problem::new("wpipe::types::unknown_function", format!("component `{component}` exports no node `{function}`"))
            .label(self.spec(id).function_span(), "not among the component's nodes")
            .help(help)
    }
}

fn typed(
    graph: &ResolvedGraph,
    (checked, (called_per, passing)): (&Checked<'_>, (CalledPer, Vec<Passing>)),
) -> TypedNode {
    let names = |bound: &[Bound<'_>]| bound.iter().map(|bound| bound.binding.name.clone()).collect();
    TypedNode {
        name: graph[checked.node].name.clone(),
        inputs: names(&checked.inputs),
        outputs: names(&checked.outputs),
        signature: checked.signature.clone(),
        called_per,
        passing,
    }
}
