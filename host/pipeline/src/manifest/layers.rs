//! Manifests over manifests: the changes by `--env` and `--params`.

use std::sync::Arc;

use super::tree::{Data, Entry, Table};
use crate::source::Source;

/// A manifest and the layers over it, the last one on top.
///
/// Under `[components]`, `[nodes]`, `[multipipelines]`, `[multinodes]`, `[stores]` and `[datasets]`, an entry replaces
/// the whole entry of the same name, as in Kedro: half of one dataset and half of another make none. Everywhere else,
/// keys replace keys.
#[derive(Debug, Clone)]
pub struct Layers {
    pub(super) base: Arc<Source>,
    pub(super) over: Vec<Layer>,
}

/// A layer over a manifest.
#[derive(Debug, Clone)]
pub(super) enum Layer {
    /// The text of another manifest.
    Text(Arc<Source>),
    /// A parameter that is set for a run, as it is given.
    Param {
        /// Its dotted path.
        path: String,
        /// Its new value.
        value: String,
    },
}

impl Layers {
    /// Returns a manifest without layers.
    pub fn new(base: Arc<Source>) -> Self {
        Self { base, over: Vec::new() }
    }

    /// Lays the text of another manifest over it, such as that of an environment.
    #[must_use]
    pub fn lay(mut self, over: Arc<Source>) -> Self {
        self.over.push(Layer::Text(over));
        self
    }

    /// Sets parameters for a run, each by its dotted path and a value as TOML has it; what TOML does not know is text.
    #[must_use]
    pub fn set<'a>(mut self, params: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let params = params.into_iter().map(|(path, value)| (path.to_owned(), value.to_owned()));
        self.over.extend(params.map(|(path, value)| Layer::Param { path, value }));
        self
    }
}

/// The tables whose entries are replaced as a whole.
const ENTRIES: [&str; 6] = ["components", "nodes", "multipipelines", "multinodes", "stores", "datasets"];

/// Lays the root table `over` on `base`.
pub(super) fn lay(base: &mut Table, over: Table) {
    for entry in over.entries {
        let depth = if ENTRIES.contains(&entry.key.as_str()) { 1 } else { usize::MAX };
        put(base, entry, depth);
    }
}

/// Puts an entry into a table, down to `depth` nested tables.
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
