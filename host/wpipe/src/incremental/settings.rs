//! The settings in the manifest that a result, or its form in storage, depends on: of nodes, multipipelines and
//! datasets.
//!
//! Every setting counts, unless it is known not to (`wpipe_pipeline::immaterial`): a new key or option cannot be
//! forgotten. A path or URL counts as the place that it means, so that no credential counts and every variable of the
//! environment in it does.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{Dataset, Location, Multipipeline, Node, Written, immaterial};

use super::key::digest_of_text;

/// Keys and the digests of their values.
pub(crate) type Settings = BTreeMap<String, String>;

/// Settings of a set about the choice of its partitions, not about the content of each.
const NOT_OF_A_PARTITION: [&str; 6] = ["prune", "checkpoint", "hidden", "glob", "exclude", "follow_links"];
/// Settings that the key of a node's call has anyway.
const NAMED_IN_KEYS: [&str; 3] = ["uses", "inputs", "outputs"];

/// Returns the settings that count of a dataset that is opened as `stored`, or lives in memory.
pub(crate) fn of_dataset(dataset: &Dataset, stored: Option<&StoredDataset>) -> Settings {
    let mut settings = Settings::new();
    let Some(spec) = &dataset.spec else { return settings };
    let written = spec.written.iter().filter(|(key, _)| !immaterial::OF_A_DATASET.contains(key));
    settings.extend(written.map(|(key, value)| (key.to_owned(), digest(value))));
    // Its readers or its maker may set this as well.
    settings.insert("partitioned".to_owned(), digest(&json!(dataset.is_partitioned)));
    let place = stored.map(|stored| stored.address().digest());
    match (&spec.location, place) {
        (Location::Url(url), Some(place)) => {
            // A query may choose the answer.
            let query = url.split_once('?').map(|(_, query)| query);
            settings.insert("url".to_owned(), digest(&json!([place, query])));
        }
        // A file of SQLite's is kept as written as well; all else may have credentials in it.
        (Location::Connection(text), Some(place)) if !text.starts_with("sqlite") || text.contains("${") => {
            settings.insert("connection".to_owned(), digest(&json!(place)));
        }
        (Location::Store { .. }, Some(place)) => drop(settings.insert("store".to_owned(), digest(&json!(place)))),
        // A path is kept as written when the project moves elsewhere.
        _ => {}
    }
    settings
}

/// Returns the settings that count of a dataset for each of its partitions.
pub(crate) fn of_partition(of_dataset: &Settings) -> Settings {
    let counts = |(key, _): &(&String, &String)| !NOT_OF_A_PARTITION.contains(&key.as_str());
    of_dataset.iter().filter(counts).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Returns the settings that count of a node with the keys `written` in the manifest, besides its inputs and outputs.
pub(crate) fn of_node(node: &Node, written: &Written) -> Settings {
    let is_left_out = |key: &str| immaterial::OF_A_NODE.contains(&key) || NAMED_IN_KEYS.contains(&key);
    let counting = written.iter().filter(|(key, _)| !is_left_out(key));
    let mut settings: Settings = counting.map(|(key, value)| (key.to_owned(), digest(value))).collect();
    // The port that a name is bound to; a list is bound in its order, which the key has.
    let ports = ["inputs", "outputs"].into_iter().filter_map(|key| Some((key, written.get(key)?)));
    let ports = ports.filter(|(_, names)| names.is_object());
    settings.extend(ports.map(|(key, names)| (key.to_owned(), digest(names))));
    if let Some(memory) = node.limits.memory {
        settings.insert("limits.memory".to_owned(), digest(&json!(memory)));
    }
    settings
}

/// Returns the settings that count of a multipipeline; `slices` is their largest number, for a node that sees them.
pub(crate) fn of_multipipeline(multipipeline: &Multipipeline, slices: Option<usize>) -> Settings {
    let written = multipipeline.written.iter().filter(|(key, _)| !immaterial::OF_A_MULTIPIPELINE.contains(key));
    let mut settings: Settings = written.map(|(key, value)| (key.to_owned(), digest(value))).collect();
    if let Some(slices) = slices {
        settings.insert("slices".to_owned(), digest(&json!(slices)));
        let balance = multipipeline.written.get("balance").cloned().unwrap_or_default();
        settings.insert("balance".to_owned(), digest(&balance));
    }
    settings
}

/// Returns the digest of a value, whatever the order of its keys.
fn digest(value: &Value) -> String {
    let mut digest = digest_of_text(&sorted(value).to_string());
    // This length tells values apart, and there are many.
    digest.truncate(32);
    digest
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<_, _> = map.iter().map(|(key, value)| (key, sorted(value))).collect();
            json!(map)
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        value => value.clone(),
    }
}
