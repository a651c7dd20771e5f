//! Finds the entry of `[datasets]` that says where a dataset is stored.
//!
//! An entry of exactly that name (with its `@format`) wins, then the best of the patterns that match.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::manifest::{DatasetSpec, Location, PartitionedSpec};
use crate::pattern::{self, Pattern};

/// The entries of `[datasets]`, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    explicit: HashMap<String, DatasetSpec>,
    /// The patterns, best first.
    patterns: Vec<(Pattern, DatasetSpec)>,
}

impl Catalog {
    pub(crate) fn new(specs: &[DatasetSpec]) -> Self {
        let mut explicit = HashMap::new();
        let mut patterns = Vec::new();
        for spec in specs {
            match Pattern::parse(&spec.name) {
                Ok(pattern) => patterns.push((pattern, spec.clone())),
                Err(_) => {
                    explicit.insert(spec.name.clone(), spec.clone());
                }
            }
        }
        patterns.sort_by_key(|(pattern, _)| pattern.rank());
        Self { explicit, patterns }
    }

    /// Puts an entry in place of the one of exactly that name.
    pub(crate) fn put(&mut self, spec: DatasetSpec) {
        self.explicit.insert(spec.name.clone(), spec);
    }

    /// Returns the entry for `dataset`, placeholders filled in; `None` if it is stored nowhere.
    pub(crate) fn resolve(&self, dataset: &str) -> Option<DatasetSpec> {
        self.entry(dataset).filter(|spec| spec.location != Location::Memory)
    }

    /// Returns the entry for `dataset`, in storage or not.
    pub(crate) fn entry(&self, dataset: &str) -> Option<DatasetSpec> {
        self.found(dataset).map(|(spec, _)| spec)
    }

    /// Returns the entry for `dataset`, in storage or not, and the pattern whose entry it is, if it is one's.
    pub(crate) fn found(&self, dataset: &str) -> Option<(DatasetSpec, Option<&str>)> {
        if let Some(spec) = self.explicit.get(dataset) {
            return Some((spec.clone(), None));
        }
        let mut patterns = self.patterns.iter();
        patterns.find_map(|(pattern, spec)| {
            let values = pattern.matches(dataset)?;
            Some((fill_in(spec, dataset, &values), Some(spec.name.as_str())))
        })
    }
}

fn fill_in(spec: &DatasetSpec, dataset: &str, values: &BTreeMap<String, String>) -> DatasetSpec {
    let location = match &spec.location {
        Location::Path(path) => Location::Path(pattern::substitute(path, values)),
        Location::Url(url) => Location::Url(pattern::substitute(url, values)),
        Location::Store { store, path } => {
            Location::Store { store: store.clone(), path: pattern::substitute(path, values) }
        }
        Location::Connection(text) => Location::Connection(pattern::substitute(text, values)),
        Location::Memory => Location::Memory,
    };
    let partitioned = spec.partitioned.as_ref().map(|spec| PartitionedSpec {
        suffix: pattern::substitute(&spec.suffix, values),
        prune: spec.prune,
        checkpoint: spec.checkpoint.as_ref().map(|path| pattern::substitute(path, values)),
        hidden: spec.hidden,
        glob: spec.glob.iter().map(|glob| pattern::substitute(glob, values)).collect(),
        exclude: spec.exclude.iter().map(|glob| pattern::substitute(glob, values)).collect(),
    });
    DatasetSpec {
        name: dataset.to_owned(),
        kind: pattern::substitute(&spec.kind, values),
        location,
        partitioned,
        options: filled_in(&spec.options, values),
        written: spec.written.map(|written| filled_in(written, values)),
        ..spec.clone()
    }
}

fn fill_in_value(value: &Value, values: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(pattern::substitute(text, values)),
        Value::Array(items) => items.iter().map(|item| fill_in_value(item, values)).collect(),
        Value::Object(map) => Value::Object(filled_in(map, values)),
        other => other.clone(),
    }
}

fn filled_in(map: &Map<String, Value>, values: &BTreeMap<String, String>) -> Map<String, Value> {
    map.iter().map(|(key, value)| (key.clone(), fill_in_value(value, values))).collect()
}
