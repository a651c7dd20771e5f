//! Manifests over manifests: what `--env` and `--params` change.

use std::sync::Arc;

use super::tree::{Data, Entry, Table};
use crate::source::Source;

/// A manifest and what is laid over it, the last one on top.
///
/// Under `[components]`, `[nodes]`, `[multipipelines]`, `[multinodes]`, `[stores]` and `[datasets]`, an entry replaces the one of the same name as a whole,
/// as Kedro has it: half of one dataset and half of another make none. Everywhere else, keys replace keys.
#[derive(Debug, Clone)]
pub struct Layers {
    pub(super) base: Arc<Source>,
    pub(super) over: Vec<Layer>,
}

/// A text over a manifest.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) source: Arc<Source>,
    /// Whether it sets parameters for a run, and is no manifest that somebody wrote.
    pub(super) is_set: bool,
}

impl Layers {
    /// A manifest on its own.
    pub fn new(base: Arc<Source>) -> Self {
        Self { base, over: Vec::new() }
    }

    /// Lays the text of another manifest over it, such as that of an environment.
    #[must_use]
    pub fn lay(self, over: Arc<Source>) -> Self {
        self.over(Layer { source: over, is_set: false })
    }

    fn over(mut self, layer: Layer) -> Self {
        self.over.push(layer);
        self
    }

    /// Sets parameters, each by its dotted path and a value as TOML has it; what TOML does not know is text.
    #[must_use]
    pub fn set<'a>(self, params: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let lines = params.into_iter().map(|(path, value)| {
            let path: Vec<_> = path.split('.').map(|part| toml::Value::from(part).to_string()).collect();
            let is_value = format!("value = {value}").parse::<toml::Table>().is_ok_and(|table| table.len() == 1);
            let value = if is_value { value.to_owned() } else { toml::Value::from(value).to_string() };
            format!("params.{} = {value}\n", path.join("."))
        });
        let text: String = lines.collect();
        if text.is_empty() {
            return self;
        }
        self.over(Layer { source: Arc::new(Source::new("--params", text)), is_set: true })
    }
}

/// Tables of entries, each of which is one thing.
const ENTRIES: [&str; 6] = ["components", "nodes", "multipipelines", "multinodes", "stores", "datasets"];

/// Lays the root table `over` on `base`.
pub(super) fn lay(base: &mut Table, over: Table) {
    for entry in over.entries {
        let depth = if ENTRIES.contains(&entry.key.as_str()) { 1 } else { usize::MAX };
        put(base, entry, depth);
    }
}

/// Puts an entry into a table, down to tables of `depth` within each other.
fn put(table: &mut Table, entry: Entry, depth: usize) {
    let Some(old) = table.entries.iter_mut().find(|old| old.key == entry.key) else {
        table.entries.push(entry);
        return;
    };
    match (&mut old.value.data, entry.value.data) {
        (Data::Table(below), Data::Table(above)) if depth > 0 => {
            for inner in above.entries {
                put(below, inner, depth - 1);
            }
        }
        (_, data) => {
            old.key_span = entry.key_span;
            old.value.span = entry.value.span;
            old.value.data = data;
        }
    }
}
