//! `${env:NAME}`: a variable of the environment, in a text that may hold one. The code that opens stores and datasets
//! inserts its value; this crate reads no environment.

use super::tree::{Data, Entry, Table, Value};
use crate::problem::Problem;

const OPENING: &str = "${env:";

/// The keys of a store that may hold variables.
const OF_STORES: [&str; 5] = ["url", "endpoint", "access_key_id", "secret_access_key", "session_token"];
/// The keys of a dataset that may hold variables.
const OF_DATASETS: [&str; 2] = ["url", "connection"];

/// Notes every misplaced variable, and every malformed one.
pub(crate) fn refuse_misplaced(root: &Table, out: &mut Vec<Problem>) {
    for section in &root.entries {
        let allowed: &[&str] = match section.key.as_str() {
            "stores" => &OF_STORES,
            "datasets" => &OF_DATASETS,
            _ => &[],
        };
        let Data::Table(entries) = &section.value.data else { continue };
        for entry in &entries.entries {
            match &entry.value.data {
                Data::Table(keys) => keys.entries.iter().for_each(|key| check(key, allowed, out)),
                _ => refuse(&entry.value, out),
            }
        }
    }
}

fn check(key: &Entry, allowed: &[&str], out: &mut Vec<Problem>) {
    match &key.value.data {
        Data::String(text) if allowed.contains(&key.key.as_str()) => {
            if let Some(fault) = fault(text) {
                let problem = Problem::new("wpipe::manifest::bad_value", format!("`{}` holds {fault}", key.key));
                out.push(
                    problem
                        .label(&key.value.span, "expected `${env:NAME}`")
                        .help("a name has letters, digits and `_`, and does not begin with a digit".to_owned()),
                );
            }
        }
        _ => refuse(&key.value, out),
    }
}

/// Notes every variable within `value`.
fn refuse(value: &Value, out: &mut Vec<Problem>) {
    match &value.data {
        Data::String(text) if text.contains(OPENING) => {
            let message = "`${env:…}` is not allowed here";
            let help = "it may stand in `url` and `connection` of datasets, and in `url`, `endpoint`, `access_key_id`, \
                        `secret_access_key` and `session_token` of stores";
            out.push(
                Problem::new("wpipe::manifest::misplaced_variable", message)
                    .label(&value.span, "this is neither a URL nor a credential")
                    .help(help.to_owned()),
            );
        }
        Data::Array(items) => items.iter().for_each(|item| refuse(item, out)),
        Data::Table(table) => table.entries.iter().for_each(|entry| refuse(&entry.value, out)),
        _ => {}
    }
}

/// Returns the fault of the variables in a text that may hold them.
fn fault(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.find(OPENING) {
        let after = &rest[at + OPENING.len()..];
        let Some((name, behind)) = after.split_once('}') else {
            return Some("a `${env:` without a `}`".to_owned());
        };
        let starts_right = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts_right || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Some("a variable without a proper name".to_owned());
        }
        rest = behind;
    }
    None
}
