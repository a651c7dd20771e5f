//! Free inputs that nobody provides.

use std::collections::{BTreeSet, HashMap};

use super::types::{Dataset, Pipeline};
use crate::manifest::{Binding, DatasetSpec, NodeSpec};
use crate::pattern::is_pattern;
use crate::problem::{Problem, Problems};
use crate::resolved::Role;
use wpipe_data::table::toml_key;
use wpipe_text::nearest;

impl Pipeline {
    /// Checks that every free input is listed in the catalog or is one of `provided`, which an embedding program
    /// passes from memory.
    ///
    /// # Errors
    ///
    /// Returns every free input that is neither.
    pub fn missing_inputs(&self, provided: &BTreeSet<String>) -> Result<(), Problems> {
        let is_missing = |dataset: &&Dataset| {
            dataset.role == Role::FreeInput && dataset.spec.is_none() && !provided.contains(&dataset.name)
        };
        let missing: Vec<_> = self.datasets().filter(is_missing).collect();
        let mut uses: HashMap<_, Vec<_>> = missing.iter().map(|dataset| (dataset.name.as_str(), Vec::new())).collect();
        for (node, binding) in self.bindings() {
            if let Some(uses) = uses.get_mut(binding.name.as_str()) {
                uses.push((node, binding));
            }
        }
        let problems =
            missing.iter().map(|dataset| self.missing_input(dataset, &uses[dataset.name.as_str()], provided));
        Problems::check(&self.manifest.source.name, problems)
    }

    fn missing_input(&self, dataset: &Dataset, uses: &[(&NodeSpec, &Binding)], provided: &BTreeSet<String>) -> Problem {
        let name = &dataset.name;
        let listed = self.entry(name);
        let message = match listed {
            Some(_) => format!("nothing produces `{name}` and the catalog keeps it in memory"),
            None => format!("nothing produces `{name}` and the catalog does not list it"),
        };
        let meant = self.near_miss(dataset, provided);
        let listing = match listed {
            Some(_) => "give it the type and place of a file".to_owned(),
            None => format!("add a `[datasets.{}]` entry", toml_key(name)),
        };
        let otherwise = format!("{listing}, or pass it from memory when embedding");
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`? if not, {otherwise}"),
            None => otherwise,
        };
        let mut problem = Problem::new("wpipe::graph::missing_input", message).help(help);
        for (node, binding) in uses {
            problem = problem.label(&binding.span, format!("`{}` reads it here", node.name));
        }
        if let Some(entry) = listed {
            problem = problem.label(&entry.spans.entry, "listed here");
        } else if let Some((meant, entry)) = meant.and_then(|meant| Some((meant, self.entry(meant)?))) {
            problem = problem.label(&entry.spans.entry, format!("`{meant}` is listed here"));
        }
        problem
    }

    /// Returns the name most like a missing one's, among those that exist and that its readers do not read already.
    fn near_miss<'p>(&'p self, dataset: &Dataset, provided: &'p BTreeSet<String>) -> Option<&'p str> {
        let read: BTreeSet<_> = self.consumers(&dataset.name).flat_map(|node| &node.inputs).collect();
        let made = self.datasets().filter(|dataset| dataset.role != Role::FreeInput);
        let listed = self.manifest.datasets.iter().filter(|spec| !is_pattern(&spec.name));
        let there = made.map(|dataset| &dataset.name).chain(listed.map(|spec| &spec.name)).chain(provided);
        nearest(&dataset.name, there.filter(|name| !read.contains(name)).map(String::as_str))
    }

    /// Returns the entry of exactly that name in `[datasets]`.
    fn entry(&self, name: &str) -> Option<&DatasetSpec> {
        self.manifest.datasets.iter().find(|spec| spec.name == name)
    }

    /// Returns the places where nodes name a dataset, in the order of the manifest.
    pub(super) fn uses(&self, name: &str) -> impl Iterator<Item = (&NodeSpec, &Binding)> {
        self.bindings().filter(move |(_, binding)| binding.name == name)
    }

    fn bindings(&self) -> impl Iterator<Item = (&NodeSpec, &Binding)> {
        let nodes = self.manifest.nodes.iter();
        nodes.flat_map(|node| node.bindings().map(move |binding| (node, binding)))
    }
}
