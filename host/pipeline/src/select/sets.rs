//! The sets of nodes that a selection's filters mean.

use std::collections::BTreeSet;

use glob::Pattern;

use super::selection::{Selection, SelectionError};
use crate::dataset_name::{FORMAT_SEPARATOR, base_name};
use crate::graph::Edges;
use crate::pipeline::Pipeline;
use crate::suggest::did_you_mean_or_list;

/// Indices into the pipeline's nodes.
type Set = BTreeSet<usize>;

impl Pipeline {
    /// The part of the pipeline that `selection` asks for: its nodes in the order of the whole, and datasets with the
    /// roles that they have within it.
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
    /// When a name is unknown, and when no node is left.
    pub fn select(&self, selection: &Selection) -> Result<Self, SelectionError> {
        if selection.is_everything() {
            return Ok(self.clone());
        }
        let graph = Graph::new(self);
        let sets = [
            graph.tags("--tags", &selection.tags),
            graph.nodes("--from-nodes", &selection.from_nodes).map(|seeds| graph.descendants(seeds)),
            graph.nodes("--to-nodes", &selection.to_nodes).map(|seeds| graph.ancestors(seeds)),
            graph.nodes_with_neighbours("--nodes", &selection.nodes),
            graph.readers("--from-inputs", &selection.from_inputs).map(|seeds| graph.descendants(seeds)),
            graph.makers("--to-outputs", &selection.to_outputs).map(|seeds| graph.ancestors(seeds)),
            graph.namespaces("--namespaces", &selection.namespaces),
        ];
        let mut left: Set = (0..self.nodes().len()).collect();
        let mut applied = Vec::new();
        for ((flag, items), set) in selection.filters().into_iter().zip(sets) {
            let set = set?;
            if items.is_empty() {
                continue;
            }
            applied.push(flag);
            left.retain(|node| set.contains(node));
            if left.is_empty() {
                return Err(SelectionError::Empty { reason: emptied(&applied, items, &set) });
            }
        }
        for node in graph.nodes_with_neighbours("--exclude", &selection.exclude)? {
            left.remove(&node);
        }
        if left.is_empty() {
            let reason = "`--exclude` names everything that was selected".to_owned();
            return Err(SelectionError::Empty { reason });
        }
        Ok(self.part(&left))
    }
}

/// Which filter left nothing, and why.
fn emptied(applied: &[&str], items: &[String], set: &Set) -> String {
    let [before @ .., flag] = applied else { return "there is no node".to_owned() };
    let items = items.join(",");
    if set.is_empty() {
        return format!("`{flag} {items}` selects none");
    }
    let before: Vec<_> = before.iter().map(|flag| format!("`{flag}`")).collect();
    format!("what `{flag} {items}` selects has nothing in common with {}", before.join(" and "))
}

/// A pipeline's nodes by index, with who depends on whom.
pub(super) struct Graph<'p> {
    pub(super) pipeline: &'p Pipeline,
    pub(super) children: Vec<Set>,
    pub(super) parents: Vec<Set>,
}

impl<'p> Graph<'p> {
    pub(super) fn new(pipeline: &'p Pipeline) -> Self {
        let by_spec = Edges::new(&pipeline.manifest().nodes).children();
        let mut place = vec![0; by_spec.len()];
        for (index, node) in pipeline.nodes().iter().enumerate() {
            place[node.spec] = index;
        }
        let mut children = vec![Set::new(); by_spec.len()];
        let mut parents = vec![Set::new(); by_spec.len()];
        for (parent, list) in by_spec.iter().enumerate() {
            for &child in list {
                children[place[parent]].insert(place[child]);
                parents[place[child]].insert(place[parent]);
            }
        }
        Self { pipeline, children, parents }
    }

    pub(super) fn descendants(&self, seeds: Set) -> Set {
        closure(seeds, &self.children)
    }

    pub(super) fn ancestors(&self, seeds: Set) -> Set {
        closure(seeds, &self.parents)
    }

    fn nodes(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        let mut found = Set::new();
        for item in items {
            found.extend(self.named(flag, item)?);
        }
        Ok(found)
    }

    /// As `nodes`, where `+` says that neighbours are wanted as well.
    fn nodes_with_neighbours(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        let mut found = Set::new();
        for item in items {
            let (before, name) = item.strip_prefix('+').map_or((false, item.as_str()), |name| (true, name));
            let (behind, name) = name.strip_suffix('+').map_or((false, name), |name| (true, name));
            let seeds = self.named(flag, name)?;
            if before {
                found.extend(self.ancestors(seeds.clone()));
            }
            if behind {
                found.extend(self.descendants(seeds.clone()));
            }
            found.extend(seeds);
        }
        Ok(found)
    }

    fn named(&self, flag: &'static str, item: &str) -> Result<Set, SelectionError> {
        let names = || self.pipeline.nodes().iter().map(|node| node.name.as_str());
        let matches = Matcher::new(flag, item)?;
        let found: Set = names().enumerate().filter(|(_, name)| matches.is(name)).map(|(index, _)| index).collect();
        if found.is_empty() {
            // The last part of a full name is what people forget the namespace of.
            let in_namespace = names().find(|name| name.rsplit('.').next() == Some(item));
            let help = match in_namespace {
                Some(name) => format!("did you mean `{name}`?"),
                None => did_you_mean_or_list(item, "nodes", &names().collect::<Vec<_>>()),
            };
            return Err(unknown(flag, "node", item, help));
        }
        Ok(found)
    }

    fn tags(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        let all: BTreeSet<_> = self.pipeline.nodes().iter().flat_map(|node| &node.tags).map(String::as_str).collect();
        self.any_of(flag, "tag", items, &all, |node, matches| {
            self.pipeline.nodes()[node].tags.iter().any(|tag| matches.is(tag))
        })
    }

    fn namespaces(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        let own = |node: usize| self.pipeline.nodes()[node].namespace.as_deref();
        let all: BTreeSet<_> = (0..self.pipeline.nodes().len()).filter_map(own).flat_map(prefixes).collect();
        self.any_of(flag, "namespace", items, &all, |node, matches| {
            own(node).is_some_and(|namespace| prefixes(namespace).any(|prefix| matches.is(prefix)))
        })
    }

    /// The nodes that any of `items` fits, each of which fits one of `all` at least.
    fn any_of(
        &self,
        flag: &'static str,
        what: &'static str,
        items: &[String],
        all: &BTreeSet<&str>,
        fits: impl Fn(usize, &Matcher) -> bool,
    ) -> Result<Set, SelectionError> {
        let mut found = Set::new();
        for item in items {
            let matches = Matcher::new(flag, item)?;
            if !all.iter().any(|name| matches.is(name)) {
                let all: Vec<_> = all.iter().copied().collect();
                let help = did_you_mean_or_list(item, &format!("{what}s"), &all);
                return Err(unknown(flag, what, item, help));
            }
            found.extend((0..self.pipeline.nodes().len()).filter(|&node| fits(node, &matches)));
        }
        Ok(found)
    }

    /// The readers of datasets. A bare name means all formats, a name with `@format` only that.
    fn readers(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        self.users(flag, items, |node| &self.pipeline.nodes()[node].inputs)
    }

    fn makers(&self, flag: &'static str, items: &[String]) -> Result<Set, SelectionError> {
        self.users(flag, items, |node| &self.pipeline.nodes()[node].outputs)
    }

    fn users<'a>(
        &'a self,
        flag: &'static str,
        items: &[String],
        side: impl Fn(usize) -> &'a Vec<String>,
    ) -> Result<Set, SelectionError> {
        let nodes = self.pipeline.nodes();
        let all: BTreeSet<_> =
            nodes.iter().flat_map(|node| node.inputs.iter().chain(&node.outputs)).map(String::as_str).collect();
        let mut found = Set::new();
        for item in items {
            let matches = Matcher::new(flag, item)?;
            let has_format = item.contains(FORMAT_SEPARATOR);
            let fits = |name: &str| matches.is(name) || (!has_format && matches.is(base_name(name)));
            if !all.iter().any(|name| fits(name)) {
                let help = did_you_mean_or_list(item, "datasets", &all.iter().copied().collect::<Vec<_>>());
                return Err(unknown(flag, "dataset", item, help));
            }
            found.extend((0..nodes.len()).filter(|&node| side(node).iter().any(|name| fits(name))));
        }
        Ok(found)
    }
}

/// `a.b.c`: `a`, `a.b`, `a.b.c`.
fn prefixes(namespace: &str) -> impl Iterator<Item = &str> {
    let dots = namespace.match_indices('.').map(|(index, _)| index);
    dots.chain([namespace.len()]).map(|end| &namespace[..end])
}

fn closure(seeds: Set, next: &[Set]) -> Set {
    let mut open: Vec<_> = seeds.iter().copied().collect();
    let mut found = seeds;
    while let Some(node) = open.pop() {
        open.extend(next[node].iter().copied().filter(|&other| found.insert(other)));
    }
    found
}

fn unknown(flag: &'static str, what: &'static str, name: &str, help: String) -> SelectionError {
    SelectionError::Unknown { flag, what, name: name.to_owned(), help }
}

/// A name, or a glob.
enum Matcher {
    Name(String),
    Glob(Pattern),
}

impl Matcher {
    fn new(flag: &'static str, item: &str) -> Result<Self, SelectionError> {
        if !item.contains(['*', '?', '[']) {
            return Ok(Self::Name(item.to_owned()));
        }
        let bad = |error: glob::PatternError| SelectionError::Pattern {
            flag,
            pattern: item.to_owned(),
            reason: error.msg.to_owned(),
        };
        Pattern::new(item).map(Self::Glob).map_err(bad)
    }

    fn is(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Glob(pattern) => pattern.matches(name),
        }
    }
}
