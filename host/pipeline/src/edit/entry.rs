//! The words of an entry: as a section, as a row, and by dotted keys.

use serde_json::{Map, Value};
use toml_edit::{Array, InlineTable, Key};

/// An entry for a dataset that has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDataset {
    /// The dataset's name.
    pub name: String,
    /// Its `type`.
    pub kind: String,
    /// Its `path`.
    pub path: String,
    /// The suffix of its partitions; `None` if it has none.
    pub suffix: Option<String>,
}

impl NewDataset {
    /// Returns the keys and their values, in the order in which people write them.
    fn keys(&self) -> Vec<(&'static str, toml_edit::Value)> {
        let mut keys = vec![("type", self.kind.as_str().into()), ("path", self.path.as_str().into())];
        if let Some(suffix) = &self.suffix {
            keys.extend([("partitioned", true.into()), ("suffix", suffix.as_str().into())]);
        }
        keys
    }

    /// Returns it as a section: `[datasets.x]` and a line for each key.
    pub(super) fn section(&self) -> Vec<String> {
        let header = format!("[datasets.{}]", quoted(&self.name));
        [header].into_iter().chain(self.keys().into_iter().map(|(key, value)| line(key, &value))).collect()
    }

    /// Returns it as `x = { … }`, with `prefix` before the name.
    pub(super) fn row(&self, prefix: &str) -> String {
        let table: InlineTable = self.keys().into_iter().collect();
        format!("{prefix}{} = {}", quoted(&self.name), table.to_string().trim())
    }

    /// Returns it as `x.type = …` and so on, with `prefix` before the name.
    pub(super) fn dotted(&self, prefix: &str) -> Vec<String> {
        let name = format!("{prefix}{}", quoted(&self.name));
        self.keys().into_iter().map(|(key, value)| format!("{name}.{}", line(key, &value))).collect()
    }
}

/// Returns an entry with these keys as a section of a manifest.
pub(crate) fn written_entry<'k>(name: &str, keys: impl IntoIterator<Item = (&'k str, &'k Value)>) -> String {
    let mut text = format!("[datasets.{}]\n", quoted(name));
    for (key, value) in keys {
        if let Some(value) = to_toml(value) {
            text += &format!("{}\n", line(&quoted(key), &value));
        }
    }
    text
}

/// Returns the keys and values of the one entry in a text that was written so.
pub(crate) fn keys_of(text: &str) -> Map<String, Value> {
    let read = text.parse::<toml::Table>().ok();
    let datasets = read.and_then(|table| serde_json::to_value(table.get("datasets")?).ok());
    match datasets.and_then(|datasets| datasets.as_object()?.values().next().cloned()) {
        Some(Value::Object(keys)) => keys,
        _ => Map::new(),
    }
}

fn line(key: &str, value: &toml_edit::Value) -> String {
    format!("{key} = {}", value.to_string().trim())
}

/// Returns a key as TOML has it, in quotes where it needs them.
fn quoted(name: &str) -> String {
    Key::new(name).display_repr().into_owned()
}

/// Returns a value as TOML has it; `None` for one that TOML has no form for.
fn to_toml(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => (*value).into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64()?.into(),
        },
        Value::Array(items) => items.iter().filter_map(to_toml).collect::<Array>().into(),
        Value::Object(map) => {
            let entries = map.iter().filter_map(|(key, value)| Some((key.as_str(), to_toml(value)?)));
            entries.collect::<InlineTable>().into()
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_written_as_it_is_read() {
        let json =
            json!({"type": "csv", "path": "a \"b\".csv", "types": {"x.y": "f64"}, "nulls": ["", "NA"], "n": 1.5});
        let keys = json.as_object().expect("an object").iter();
        let text = written_entry("eu.sales", keys.map(|(key, value)| (key.as_str(), value)));
        assert!(text.starts_with("[datasets.\"eu.sales\"]\n"), "{text}");
        let read: toml::Table = text.parse().expect("TOML");
        assert_eq!(serde_json::to_value(&read["datasets"]["eu.sales"]).expect("JSON"), json);
    }
}
