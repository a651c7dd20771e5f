//! Ties the problems that others find to their places in the manifest.

use super::types::Pipeline;
use crate::problem::Problem;
use crate::source::Span;

impl Pipeline {
    /// Returns a problem with a dataset: with one of its keys (such as `path`, `type` or an option), or as a whole.
    ///
    /// A dataset that the catalog does not list is shown where nodes use it.
    pub fn dataset_problem(
        &self,
        dataset: &str,
        key: Option<&str>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Problem {
        let problem = Problem::new("wpipe::catalog::dataset", message).help(help);
        let label = format!("dataset `{dataset}`");
        let spec = self.dataset(dataset).and_then(|dataset| dataset.spec.clone());
        match spec.or_else(|| self.resolve(dataset)) {
            Some(spec) => problem.label(spec.spans.of_key(key), label),
            None => match self.uses(dataset).next() {
                Some((_, binding)) => problem.label(&binding.span, label),
                None => problem,
            },
        }
    }

    /// Returns the same problem, which concerns the entry of another dataset as well.
    #[must_use]
    pub fn also_of_dataset(&self, problem: Problem, dataset: &str, key: Option<&str>) -> Problem {
        let spec = self.dataset(dataset).and_then(|dataset| dataset.spec.as_ref());
        let span = spec.map(|spec| spec.spans.of_key(key));
        // Both may match one pattern.
        let span = span.filter(|span| problem.spans().all(|told| told != *span));
        label(problem, span, format!("dataset `{dataset}`"))
    }

    /// Returns a problem with a store: with one of its keys, or as a whole.
    pub fn store_problem(
        &self,
        store: &str,
        key: Option<&str>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Problem {
        let span = self.manifest.stores.get(store).map(|spec| spec.spans.of_key(key));
        let problem = Problem::new("wpipe::catalog::store", message).help(help);
        label(problem, span, format!("store `{store}`"))
    }

    /// Returns a problem with a component, shown at its origin in the manifest.
    pub fn component_problem(&self, component: &str, message: impl Into<String>, help: Option<String>) -> Problem {
        let span = self.manifest.components.get(component).map(|spec| &spec.spans.origin);
        let problem = Problem::new("wpipe::component", message).help(help);
        label(problem, span, format!("component `{component}`"))
    }

    /// Returns a problem with a node as a whole, shown at its name.
    pub fn node_problem(&self, node: &str, message: impl Into<String>, help: Option<String>) -> Problem {
        let span = self.graph.find_node(node).map(|node| &self.spec(node).spans.name);
        let problem = Problem::new("wpipe::node", message).help(help);
        label(problem, span, format!("node `{node}`"))
    }
}

fn label(problem: Problem, span: Option<&Span>, text: String) -> Problem {
    match span {
        Some(span) => problem.label(span, text),
        None => problem,
    }
}
