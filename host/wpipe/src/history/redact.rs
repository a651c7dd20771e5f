//! Keeping secrets out of journals.

use serde_json::{Map, Value};

/// Words in a parameter's name that say that its value is nobody's business.
const SECRET: [&str; 8] = ["password", "passwd", "secret", "token", "credential", "api_key", "apikey", "access_key"];
const HIDDEN: &str = "***";

/// `params` without the values whose names say that they are secret.
pub(super) fn redacted(params: &Map<String, Value>) -> Map<String, Value> {
    params
        .iter()
        .map(|(name, value)| (name.clone(), if is_secret(name) { HIDDEN.into() } else { inside(value) }))
        .collect()
}

/// Parameters by their dotted paths, and as TOML has them, without the values that may be nobody's business.
pub(crate) fn given_params(given: &[(String, String)]) -> Vec<(String, Option<String>)> {
    let may_be_secret = |path: &str, value: &str| is_secret(path) || (value.contains('{') && is_secret(value));
    given.iter().map(|(path, value)| (path.clone(), (!may_be_secret(path, value)).then(|| value.clone()))).collect()
}

/// Whether anything of a parameter may be kept, by its name in a node's inputs.
pub(crate) fn keeps_param(name: &str, value: Option<&Value>) -> bool {
    !is_secret(name) && value.is_none_or(|value| inside(value) == *value)
}

fn inside(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(redacted(map)),
        Value::Array(items) => items.iter().map(inside).collect(),
        value => value.clone(),
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    SECRET.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_at_every_depth() {
        let params = json!({ "rate": 1, "db": { "Password": "p", "hosts": [{ "api-key": 7 }] } });
        let hidden = json!({ "rate": 1, "db": { "Password": "***", "hosts": [{ "api-key": "***" }] } });
        assert_eq!(Value::Object(redacted(params.as_object().unwrap())), hidden);
    }

    #[test]
    fn of_given_secrets_only_the_names_are_kept() {
        let given =
            [("rate", "1"), ("db.Password", "p"), ("token.of.it", "t"), ("db", "{ api-key = 7 }"), ("x", "{y}")];
        let given = given.map(|(path, value)| (path.to_owned(), value.to_owned()));
        let kept: Vec<_> = given_params(&given).into_iter().map(|(_, value)| value).collect();
        assert_eq!(kept, [Some("1".to_owned()), None, None, None, Some("{y}".to_owned())]);
    }
}
