//! The written content of an entry, key by key. A later run compares it, to see if it still says the same.

use std::fmt;

use serde_json::{Map, Value};

use super::tree::{Data, Entry};

/// The keys of an entry and their values, as written. A URL among them may hold credentials.
#[derive(Clone, Default)]
pub struct Written(Map<String, Value>);

impl Written {
    /// Returns the keys written in `entry`. A value that JSON has no form for is null: the reader of that key reports
    /// it.
    pub(super) fn of(entry: &Entry) -> Self {
        match &entry.value.data {
            Data::Table(table) => Self(table.to_json(&mut Vec::new())),
            _ => Self::default(),
        }
    }

    /// Returns the value of a key; `None` if it is not written.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Returns every key that is written, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the same keys with other values.
    pub(crate) fn map(&self, other: impl Fn(&Map<String, Value>) -> Map<String, Value>) -> Self {
        Self(other(&self.0))
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
