//! Checks multipipelines: their nodes, the datasets that these are called for, and the settings of some partitions.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::paths::{look_up, paths};
use super::relations::Relations;
use crate::dataset_name::{ALL_PARAMETERS, PARAMETER_PREFIX, is_parameter};
use crate::manifest::{Binding, Manifest, MultipipelineSpec, NodeSpec};
use crate::problem::Problem;
use crate::resolved::{DatasetId, Names};
use wpipe_text::did_you_mean_or_list;

/// A multipipeline with the nodes that it has.
struct Group<'m> {
    spec: &'m MultipipelineSpec,
    nodes: Vec<&'m NodeSpec>,
    /// The datasets that these make, in any format.
    made: HashMap<DatasetId, (&'m NodeSpec, &'m Binding)>,
    names: &'m Names,
}

pub(super) fn check(manifest: &Manifest, relations: &Relations, out: &mut Vec<Problem>) {
    check_names(&manifest.multipipelines, out);
    check_nodes(manifest, out);
    for (index, spec) in manifest.multipipelines.iter().enumerate() {
        let nodes = relations.groups.members(index).iter().map(|&node| &manifest.nodes[node]).collect();
        let group = Group::new(spec, nodes, &relations.names);
        // Without nodes there is nothing to check, and their problems are reported elsewhere.
        if !group.nodes.is_empty() {
            group.check_over(out);
            group.check_called(out);
            group.check_configure(&manifest.params, out);
        }
    }
}

fn check_names(specs: &[MultipipelineSpec], out: &mut Vec<Problem>) {
    let mut first: HashMap<&str, &MultipipelineSpec> = HashMap::new();
    for spec in specs {
        let Some(earlier) = first.insert(&spec.name, spec) else { continue };
        out.push(
            Problem::new("wpipe::graph::two_multipipelines", format!("two multipipelines are named `{}`", spec.name))
                .label(&spec.spans.keys.entry, "named again here")
                .label(&earlier.spans.keys.entry, "named here")
                .help("give one of them another name: a `[multinodes]` entry has the name of its node".to_owned()),
        );
    }
}

/// Checks that every name is that of a node, and that no node is named twice.
fn check_nodes(manifest: &Manifest, out: &mut Vec<Problem>) {
    let names: Vec<_> = manifest.nodes.iter().map(|node| node.name.as_str()).collect();
    let known: BTreeSet<_> = names.iter().copied().collect();
    let mut first: HashMap<&str, (&MultipipelineSpec, &Binding)> = HashMap::new();
    for spec in &manifest.multipipelines {
        for Binding { name, span, .. } in spec.nodes.iter().filter(|name| !known.contains(name.name.as_str())) {
            // A multinode bears the name of its node.
            let message = if *span == spec.spans.keys.entry {
                format!("there is no node `{name}` for the multinode of that name")
            } else {
                format!("multipipeline `{}` names `{name}`, which is no node", spec.name)
            };
            out.push(
                Problem::new("wpipe::graph::unknown_node", message)
                    .label(span, "no node of that name")
                    .help(did_you_mean_or_list(name, "nodes", &names)),
            );
        }
        for binding in &spec.nodes {
            let Some((other, earlier)) = first.insert(&binding.name, (spec, binding)) else { continue };
            let message = if other.name == spec.name {
                format!("multipipeline `{}` names node `{}` twice", spec.name, binding.name)
            } else {
                format!("node `{}` is in two multipipelines, `{}` and `{}`", binding.name, other.name, spec.name)
            };
            out.push(
                Problem::new("wpipe::graph::two_multipipelines", message)
                    .label(&binding.span, "named again here")
                    .label(&earlier.span, "named here")
                    .help("a node is in one multipipeline: remove one of the two".to_owned()),
            );
        }
    }
}

impl<'m> Group<'m> {
    fn new(spec: &'m MultipipelineSpec, nodes: Vec<&'m NodeSpec>, names: &'m Names) -> Self {
        let outputs = nodes.iter().flat_map(|node| node.outputs.iter().map(move |output| (*node, output)));
        let made = outputs.filter_map(|(node, output)| Some((names.dataset(&output.name)?, (node, output)))).collect();
        Self { spec, nodes, made, names }
    }

    /// Returns true if its nodes make a dataset, in any format.
    fn makes(&self, name: &str) -> bool {
        self.names.dataset(name).is_some_and(|dataset| self.made.contains_key(&dataset))
    }

    /// Returns the datasets that its nodes read.
    fn read(&self) -> impl Iterator<Item = &'m Binding> {
        self.nodes.iter().flat_map(|node| datasets(node))
    }

    /// Checks that `over` has datasets that the group reads and does not make, each once.
    fn check_over(&self, out: &mut Vec<Problem>) {
        let name = &self.spec.name;
        let bad = |message: String, over: &Binding, label: &str| {
            Problem::new("wpipe::graph::bad_over", message).label(&over.span, label)
        };
        let read: BTreeSet<_> = self.read().map(|input| input.name.as_str()).collect();
        let mut seen: HashMap<DatasetId, &Binding> = HashMap::new();
        for over in &self.spec.over {
            let dataset = &over.name;
            let id = self.names.dataset(dataset);
            if let Some((id, earlier)) = id.and_then(|id| Some((id, seen.insert(id, over)?))) {
                let base = self.names.name(id);
                let message = format!("`over` of multipipeline `{name}` names `{base}` twice");
                out.push(bad(message, over, "named again here").label(&earlier.span, "named here"));
            } else if let Some((node, output)) = id.and_then(|id| self.made.get(&id)) {
                let message = format!("multipipeline `{name}` is over `{dataset}` and makes it");
                out.push(
                    bad(message, over, "slices are made of what is there before")
                        .label(&output.span, format!("`{}` makes it here", node.name))
                        .help(format!("remove `{dataset}` from `over`: its readers get partitions in any case")),
                );
            } else if !read.contains(dataset.as_str()) {
                let known: Vec<_> = read.iter().copied().filter(|name| !self.makes(name)).collect();
                let help = match known.iter().find(|known| id.is_some() && self.names.dataset(known) == id) {
                    Some(format) => format!("write it in the format that is read: `{format}`"),
                    None => did_you_mean_or_list(dataset, "its nodes read", &known),
                };
                let message = format!("no node of multipipeline `{name}` reads `{dataset}`");
                out.push(bad(message, over, "in `over`").help(help));
            }
        }
    }

    /// Checks that every node reads something that has partitions within the group.
    fn check_called(&self, out: &mut Vec<Problem>) {
        let over: BTreeSet<_> = self.spec.over.iter().filter_map(|over| self.names.dataset(&over.name)).collect();
        let is_over = |name: &str| self.names.dataset(name).is_some_and(|dataset| over.contains(&dataset));
        for node in &self.nodes {
            if self.spec.over.is_empty() || datasets(node).any(|input| is_over(&input.name) || self.makes(&input.name))
            {
                continue;
            }
            let (name, group) = (&node.name, &self.spec.name);
            let at = node.spans.inputs.as_ref().unwrap_or(&node.spans.name);
            out.push(
                Problem::new(
                    "wpipe::graph::not_partitioned",
                    format!("node `{name}` reads nothing that multipipeline `{group}` has partitions of"),
                )
                .label(at, "it would run many times over the same")
                .label(&self.spec.spans.keys.entry, format!("multipipeline `{group}`"))
                .help("take it out of the multipipeline, or add to `over` what it reads the partitions of".to_owned()),
            );
        }
    }

    /// Checks that nodes read the settings of some partitions, and that these remove no parameter that nodes read.
    fn check_configure(&self, params: &Map<String, Value>, out: &mut Vec<Problem>) {
        let name = &self.spec.name;
        let inputs = self.nodes.iter().flat_map(|node| node.inputs.iter());
        let read: BTreeSet<_> = inputs.map(|input| input.name.as_str()).filter(|name| is_parameter(name)).collect();
        let known: Vec<_> = read.iter().filter_map(|name| name.strip_prefix(PARAMETER_PREFIX)).collect();
        for (entry, span) in self.spec.policy.configure.iter().zip(&self.spec.spans.configure) {
            for path in leaves(&entry.params).into_iter().filter(|path| !is_read(path, &read)) {
                out.push(
                    Problem::new(
                        "wpipe::graph::unread_parameter",
                        format!("no node of multipipeline `{name}` reads the parameter `{path}`"),
                    )
                    .label(span, format!("set for `{}`", entry.pattern))
                    .help(did_you_mean_or_list(&path, "its nodes read", &known)),
                );
            }
            let laid = entry.lay_over(params);
            let lost = read.iter().filter(|name| look_up(name, params).is_some() && look_up(name, &laid).is_none());
            out.extend(lost.map(|binding| {
                Problem::new(
                    "wpipe::graph::unknown_parameter",
                    format!("for `{}` there is no `{binding}`, which multipipeline `{name}` reads", entry.pattern),
                )
                .label(span, "what is set here takes its place")
                .help("set a table where `[params]` has one".to_owned())
            }));
        }
    }
}

/// Returns true if one of the bindings `read` sees the value at `path`.
fn is_read(path: &str, read: &BTreeSet<&str>) -> bool {
    let is_within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    read.iter().any(|name| match name.strip_prefix(PARAMETER_PREFIX) {
        Some(name) => is_within(path, name) || is_within(name, path),
        None => *name == ALL_PARAMETERS,
    })
}

/// Returns the dotted paths of values that are no table, or an empty one.
fn leaves(params: &Map<String, Value>) -> Vec<String> {
    let all = paths(params);
    let is_inner = |path: &String| {
        all.iter().any(|other| other.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.')))
    };
    all.iter().filter(|path| !is_inner(path)).cloned().collect()
}

/// Returns the datasets that a node reads.
fn datasets(node: &NodeSpec) -> impl Iterator<Item = &Binding> {
    node.inputs.iter().filter(|input| !is_parameter(&input.name))
}
