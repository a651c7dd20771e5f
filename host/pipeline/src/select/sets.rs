//! Computes the sets of nodes that a selection's filters mean.

use std::collections::{BTreeMap, BTreeSet};

use glob::Pattern;

use super::selection::{Selection, SelectionError};
use crate::pipeline::Pipeline;
use crate::resolved::{Node, NodeId, ResolvedGraph};
use wpipe_text::did_you_mean_or_list;

/// Nodes of the pipeline.
type Set = BTreeSet<NodeId>;

/// The names of nodes, such as tags, and the nodes that bear each.
type Index<'p> = BTreeMap<&'p str, Vec<NodeId>>;

impl Pipeline {
    /// Returns the selected part of the pipeline: its nodes in the order of the whole, and datasets with their roles
    /// within the part.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wpipe_pipeline::{Pipeline, Selection, Source};
    ///
    /// let text = r#"
    ///     [pipeline]
    ///     name = "greetings"
    ///     [components.c]
    ///     path = "c.wasm"
    ///     [nodes.greet]
    ///     inputs = ["names"]
    ///     outputs = ["greetings"]
    ///     [nodes.send]
    ///     inputs = ["greetings"]
    /// "#;
    /// let pipeline = Pipeline::load(Arc::new(Source::new("pipeline.toml", text)))?;
    /// let selection = Selection { from_nodes: vec!["send".into()], ..Selection::default() };
    /// assert_eq!(pipeline.select(&selection).unwrap().inputs(), ["greetings"]);
    /// # Ok::<(), wpipe_pipeline::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if a name is unknown, or if no node is left.
    pub fn select(&self, selection: &Selection) -> Result<Self, SelectionError> {
        if selection.is_everything() {
            return Ok(self.clone());
        }
        let graph = Filters { graph: self.graph() };
        // All names are looked up first: a slip explains an empty selection better than its filters do.
        let sets = [
            graph.tags("--tags", &selection.tags)?,
            graph.descendants(graph.nodes("--from-nodes", &selection.from_nodes)?),
            graph.ancestors(graph.nodes("--to-nodes", &selection.to_nodes)?),
            graph.nodes_with_neighbours("--nodes", &selection.nodes)?,
            graph.descendants(graph.users("--from-inputs", &selection.from_inputs, |node| &node.inputs)?),
            graph.ancestors(graph.users("--to-outputs", &selection.to_outputs, |node| &node.outputs)?),
            graph.namespaces("--namespaces", &selection.namespaces)?,
        ];
        let excluded = graph.nodes_with_neighbours("--exclude", &selection.exclude)?;
        let mut left: Set = self.graph().nodes().keys().collect();
        let mut applied = Vec::new();
        for ((flag, items), set) in selection.filters().into_iter().zip(sets) {
            if items.is_empty() {
                continue;
            }
            left.retain(|node| set.contains(node));
            if left.is_empty() {
                return Err(SelectionError::Empty { reason: emptied(&applied, flag, items, &set) });
            }
            applied.push(format!("`{flag} {}`", items.join(",")));
        }
        left.retain(|node| !excluded.contains(node));
        if left.is_empty() {
            let reason = "`--exclude` names everything that was selected".to_owned();
            return Err(SelectionError::Empty { reason });
        }
        Ok(self.part(&left))
    }
}

/// Explains why nothing is left after the filter of `flag`, which selects `set`, behind those that were `applied`
/// before.
fn emptied(applied: &[String], flag: &str, items: &[String], set: &Set) -> String {
    let filter = format!("`{flag} {}`", items.join(","));
    if set.is_empty() {
        // Other filters refuse names that fit no node.
        let does = if flag == "--from-inputs" { "reads" } else { "makes" };
        return format!("no node {does} what {filter} names");
    }
    format!("{filter} selects nothing of what is left by {}", applied.join(" and "))
}

/// The meaning of a selection's filters in a graph.
struct Filters<'p> {
    graph: &'p ResolvedGraph,
}

impl<'p> Filters<'p> {
    fn descendants(&self, seeds: Set) -> Set {
        closure(seeds, |node| &self.graph[node].children)
    }

    fn ancestors(&self, seeds: Set) -> Set {
        closure(seeds, |node| &self.graph[node].parents)
    }

    fn nodes(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        if items.is_empty() {
            return Ok(Set::new());
        }
        let index = self.nodes_by_name();
        let found: Result<Vec<_>, _> = items.iter().map(|item| self.node(flag, item, &index)).collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// Returns the nodes that a name or a glob stands for; `index` is that of the nodes.
    fn node(&self, flag: &'static str, item: &str, index: &Index<'_>) -> Result<Vec<NodeId>, SelectionError> {
        let node = |name| index.get(name).filter(|_| self.graph.find_node(name).is_some());
        if let Some(name) = item.strip_prefix('=') {
            return node(name).cloned().ok_or_else(|| unknown(flag, "node", name, index));
        }
        let is_of_it_alone = |nodes: &[NodeId]| matches!(nodes, [only] if self.graph[*only].name == item);
        let mut groups = self.graph.groups().iter();
        let is_multipipeline = groups.any(|group| group.name == item && !is_of_it_alone(&group.nodes));
        if is_multipipeline && node(item).is_some() {
            return Err(SelectionError::Ambiguous { flag, name: item.to_owned() });
        }
        find(flag, "node", item, index)
    }

    /// Returns nodes by their own names and those of their multipipelines. A shared name is the node's.
    fn nodes_by_name(&self) -> Index<'p> {
        let mut index = self.index(|node| node.multipipeline.as_deref());
        index.extend(self.index(|node| [node.name.as_str()]));
        index
    }

    /// Returns the nodes like `nodes`, and their neighbours where there is a `+`.
    fn nodes_with_neighbours(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        let (mut found, mut upwards, mut downwards) = (Set::new(), Set::new(), Set::new());
        if items.is_empty() {
            return Ok(found);
        }
        let index = self.nodes_by_name();
        for item in items {
            let (up, name) = item.strip_prefix('+').map_or((false, item.as_str()), |name| (true, name));
            let (down, name) = name.strip_suffix('+').map_or((false, name), |name| (true, name));
            let seeds = self.node(flag, name, &index)?;
            if up {
                upwards.extend(&seeds);
            }
            if down {
                downwards.extend(&seeds);
            }
            found.extend(seeds);
        }
        found.extend(self.ancestors(upwards));
        found.extend(self.descendants(downwards));
        Ok(found)
    }

    fn tags(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        find_all(flag, "tag", items, || self.index(|node| node.tags.iter().map(String::as_str)))
    }

    /// Returns the nodes in namespaces: a node is in its own and in all that enclose it.
    fn namespaces(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        find_all(flag, "namespace", items, || self.index(|node| node.namespace.iter().flat_map(|own| prefixes(own))))
    }

    /// Returns the nodes that have datasets on one `side`. A bare name means all formats, a name with `@format` only
    /// that.
    fn users(
        &self,
        flag: &'static str,
        items: &[String],
        side: impl Fn(&'p Node) -> &'p Vec<String>,
    ) -> Result<Set, SelectionError> {
        find_all(flag, "dataset", items, || {
            let mut index = self.index(|node| side(node).iter().flat_map(|name| [name.as_str(), self.bare(name)]));
            // A name that occurs on the other side only is known, but selects nothing.
            for name in self.graph.nodes().iter().flat_map(|node| node.inputs.iter().chain(&node.outputs)) {
                index.entry(name).or_default();
                index.entry(self.bare(name)).or_default();
            }
            index
        })
    }

    /// Returns the name without a format; that of a parameter unchanged.
    fn bare(&self, name: &'p str) -> &'p str {
        self.graph.find_dataset(name).map_or(name, |dataset| &self.graph[dataset].name)
    }

    fn index<N: IntoIterator<Item = &'p str>>(&self, names: impl Fn(&'p Node) -> N) -> Index<'p> {
        let mut index = Index::new();
        for (id, node) in self.graph.nodes().iter_enumerated() {
            for name in names(node) {
                index.entry(name).or_default().push(id);
            }
        }
        index
    }
}

/// Returns the prefixes of `a.b.c`: `a`, `a.b`, `a.b.c`.
fn prefixes(namespace: &str) -> impl Iterator<Item = &str> {
    let dots = namespace.match_indices('.').map(|(index, _)| index);
    dots.chain([namespace.len()]).map(|end| &namespace[..end])
}

fn closure<'p>(seeds: Set, next: impl Fn(NodeId) -> &'p Vec<NodeId>) -> Set {
    let mut open: Vec<_> = seeds.iter().copied().collect();
    let mut found = seeds;
    while let Some(node) = open.pop() {
        open.extend(next(node).iter().copied().filter(|&other| found.insert(other)));
    }
    found
}

/// Returns the nodes that any of the names or globs stands for.
fn find_all<'p>(
    flag: &'static str,
    what: &'static str,
    items: &[String],
    index: impl FnOnce() -> Index<'p>,
) -> Result<Set, SelectionError> {
    let mut found = Set::new();
    if items.is_empty() {
        return Ok(found);
    }
    let index = index();
    for item in items {
        found.extend(find(flag, what, item, &index)?);
    }
    Ok(found)
}

/// Returns the nodes that a name or a glob stands for.
fn find(flag: &'static str, what: &'static str, item: &str, index: &Index<'_>) -> Result<Vec<NodeId>, SelectionError> {
    if !item.contains(['*', '?', '[']) {
        let found = index.get(item).cloned();
        return found.ok_or_else(|| unknown(flag, what, item, index));
    }
    let pattern = Pattern::new(item).map_err(|error| SelectionError::Pattern {
        flag,
        pattern: item.to_owned(),
        reason: error.msg.to_owned(),
    })?;
    let mut fitting = index.iter().filter(|(name, _)| pattern.matches(name)).peekable();
    if fitting.peek().is_none() {
        return Err(unknown(flag, what, item, index));
    }
    Ok(fitting.flat_map(|(_, nodes)| nodes).copied().collect())
}

fn unknown(flag: &'static str, what: &'static str, item: &str, index: &Index<'_>) -> SelectionError {
    let useful: Vec<_> = index.iter().filter(|(_, nodes)| !nodes.is_empty()).map(|(name, _)| *name).collect();
    // People forget the namespace.
    let in_namespace = useful.iter().find(|name| name.rsplit_once('.').is_some_and(|(_, last)| last == item));
    let help = match in_namespace {
        Some(name) => format!("did you mean `{name}`?"),
        None => did_you_mean_or_list(item, &format!("{what}s"), &useful),
    };
    SelectionError::Unknown { flag, what, name: item.to_owned(), help }
}
