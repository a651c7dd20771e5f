//! Keeping secrets out of journals: by the names of parameters, and by the forms of their values.

use serde_json::{Map, Value};
use wpipe_text::{Name, holds_credential};

const HIDDEN: &str = "***";

/// Returns `params` without the values that are secret.
pub(crate) fn redacted(params: &Map<String, Value>) -> Map<String, Value> {
    params
        .iter()
        .map(|(name, value)| {
            let is_hidden = Name::of(name).hides(value.is_number(), value.is_boolean() || value.is_null());
            (name.clone(), if is_hidden { HIDDEN.into() } else { inside(value) })
        })
        .collect()
}

/// Returns parameters by their dotted paths, in TOML, without the values that may be secret.
pub(crate) fn given_params(given: &[(String, String)]) -> Vec<(String, Option<String>)> {
    given.iter().map(|(path, value)| (path.clone(), (!may_be_secret(path, value)).then(|| value.clone()))).collect()
}

/// Hides the same values in a journal that has been read: an earlier version did not know all of them as secret.
pub(super) fn masked(given: &mut [(String, Option<String>)]) {
    for (path, value) in given {
        *value = value.take().filter(|value| !may_be_secret(path, value));
    }
}

/// Returns true if anything of a parameter may be kept, by its name in a node's inputs.
pub(crate) fn keeps_param(name: &str, value: Option<&Value>) -> bool {
    Name::of(name) == Name::Plain && value.is_none_or(|value| inside(value) == *value)
}

fn may_be_secret(path: &str, value: &str) -> bool {
    let is_number = value.parse::<f64>().is_ok();
    let is_truth = matches!(value, "true" | "false");
    // Of a table every key counts, and the rest does not matter.
    let is_table_of_secrets = value.contains('{')
        && value
            .split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'))
            .any(|word| Name::of(word) > Name::Plain);
    Name::of(path).hides(is_number, is_truth) || is_table_of_secrets || holds_credential(value)
}

fn inside(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(redacted(map)),
        Value::Array(items) => items.iter().map(inside).collect(),
        Value::String(text) if holds_credential(text) => HIDDEN.into(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_at_every_depth() {
        let params = json!({
            "rate": 1, "db": { "Password": "p", "hosts": [{ "api-key": 7 }] }, "pw": "p", "cookie": "a=b",
            "auth_header": "x", "cred": ["p"], "connection": "postgres://me:p@host/db", "items": ["AKIAIOSFODNN7EXAMPLE"],
        });
        let hidden = json!({
            "rate": 1, "db": { "Password": "***", "hosts": [{ "api-key": "***" }] }, "pw": "***", "cookie": "***",
            "auth_header": "***", "cred": "***", "connection": "***", "items": ["***"],
        });
        assert_eq!(Value::Object(redacted(params.as_object().unwrap())), hidden);
    }

    #[test]
    fn what_is_only_called_alike_is_kept() {
        let params =
            json!({ "tokens_per_batch": 5, "max_tokens": 7, "keyboard": "de", "connection": "s3://a/b", "auth": true });
        assert_eq!(Value::Object(redacted(params.as_object().unwrap())), params);
    }

    #[test]
    fn of_given_secrets_only_the_names_are_kept() {
        let given = [
            ("rate", "1"),
            ("db.Password", "p"),
            ("token.of.it", "t"),
            ("db", "{ api-key = 7 }"),
            ("x", "{y}"),
            ("connection", "\"postgres://me:p@host/db\""),
            ("tokens_per_batch", "5"),
        ];
        let given = given.map(|(path, value)| (path.to_owned(), value.to_owned()));
        let kept: Vec<_> = given_params(&given).into_iter().map(|(_, value)| value).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(kept, [some("1"), None, None, None, some("{y}"), None, some("5")]);
    }
}
