//! Dotted paths into parameters.

use serde_json::{Map, Value};

use crate::dataset_name::{ALL_PARAMETERS, PARAMETER_PREFIX};

/// Returns the value of a binding of parameters: all of them, or the one at a dotted path.
pub fn look_up(binding: &str, params: &Map<String, Value>) -> Option<Value> {
    if binding == ALL_PARAMETERS {
        return Some(Value::Object(params.clone()));
    }
    let path = binding.strip_prefix(PARAMETER_PREFIX)?;
    at_path(path, params).cloned()
}

/// Finds the value at a dotted path. A key may itself have dots, so every way to cut the path is tried, whole keys
/// first.
fn at_path<'p>(path: &str, map: &'p Map<String, Value>) -> Option<&'p Value> {
    if let Some(value) = map.get(path) {
        return Some(value);
    }
    path.rmatch_indices('.').find_map(|(at, _)| {
        let inner = map.get(&path[..at])?.as_object()?;
        at_path(&path[at + 1..], inner)
    })
}

/// Returns the value below nested keys.
pub(crate) fn at_keys<'p>(keys: &[String], map: &'p Map<String, Value>) -> Option<&'p Value> {
    let (first, rest) = keys.split_first()?;
    let value = map.get(first)?;
    if rest.is_empty() { Some(value) } else { at_keys(rest, value.as_object()?) }
}

/// Returns every dotted path that leads to a value.
pub(crate) fn paths(map: &Map<String, Value>) -> Vec<String> {
    let mut all = Vec::new();
    for (key, value) in map {
        all.push(key.clone());
        let inner = value.as_object().map(paths).unwrap_or_default();
        all.extend(inner.into_iter().map(|path| format!("{key}.{path}")));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(binding: &str) -> Option<Value> {
        let params = json!({"a": {"b": 1, "c.d": 2}, "a.b": 3, "e": null});
        look_up(binding, params.as_object().expect("a map"))
    }

    #[test]
    fn dotted_paths_reach_into_tables() {
        assert_eq!(value("params:a.c.d"), Some(json!(2)));
        assert_eq!(value("params:e"), Some(Value::Null));
        assert_eq!(value("params:a"), Some(json!({"b": 1, "c.d": 2})));
    }

    #[test]
    fn a_whole_key_beats_a_path() {
        assert_eq!(value("params:a.b"), Some(json!(3)));
    }

    #[test]
    fn what_is_not_there_has_no_value() {
        assert_eq!(value("params:a.x"), None);
        assert_eq!(value("params:e.x"), None);
        assert_eq!(value("params:"), None);
        assert_eq!(value("a"), None);
    }

    #[test]
    fn all_parameters_are_one_object() {
        assert_eq!(value("parameters").and_then(|all| all["e"].as_null()), Some(()));
    }
}
