//! What the manifest says of a node, its multipipeline and its datasets that a result, or its form in storage, depends on.
//!
//! Whatever is written counts, unless it is known not to (`wpipe_pipeline::immaterial`): a new key or option cannot be
//! forgotten. Where something is stands for the place that it means, so that no credential counts and every variable of
//! the environment in it does.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{Dataset, Location, Multipipeline, Node, Written, immaterial};

use super::key::digest_of_text;

/// Keys and the digests of their values.
pub(crate) type Settings = BTreeMap<String, String>;

/// Of a set: which partitions there are, and not what becomes of each.
const NOT_OF_A_PARTITION: [&str; 6] = ["prune", "checkpoint", "hidden", "glob", "exclude", "follow_links"];
/// What the key of a node's call has anyway.
const NAMED_IN_KEYS: [&str; 3] = ["uses", "inputs", "outputs"];

/// What counts of a dataset that is opened as `stored`, or lives in memory.
pub(crate) fn of_dataset(dataset: &Dataset, stored: Option<&StoredDataset>) -> Settings {
    let mut settings = Settings::new();
    let Some(spec) = &dataset.spec else { return settings };
    let written = spec.written.iter().filter(|(key, _)| !immaterial::OF_A_DATASET.contains(key));
    settings.extend(written.map(|(key, value)| (key.to_owned(), digest(value))));
    // Whoever reads or makes it may say so as well.
    settings.insert("partitioned".to_owned(), digest(&json!(dataset.is_partitioned)));
    let place = stored.map(|stored| stored.address().digest());
    match (&spec.location, place) {
        (Location::Url(url), Some(place)) => {
            // A query may choose what is answered.
            let query = url.split_once('?').map(|(_, query)| query);
            settings.insert("url".to_owned(), digest(&json!([place, query])));
        }
        // A file of SQLite's stays what it is as well; all else may have credentials in it.
        (Location::Connection(text), Some(place)) if !text.starts_with("sqlite") || text.contains("${") => {
            settings.insert("connection".to_owned(), digest(&json!(place)));
        }
        (Location::Store { .. }, Some(place)) => drop(settings.insert("store".to_owned(), digest(&json!(place)))),
        // A path stays what it is when the project goes elsewhere.
        _ => {}
    }
    settings
}

/// What counts of a dataset for each of its partitions.
pub(crate) fn of_partition(of_dataset: &Settings) -> Settings {
    let counts = |(key, _): &(&String, &String)| !NOT_OF_A_PARTITION.contains(&key.as_str());
    of_dataset.iter().filter(counts).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What counts of a node of which the manifest says what is `written`, besides what it reads and makes.
pub(crate) fn of_node(node: &Node, written: &Written) -> Settings {
    let is_left_out = |key: &str| immaterial::OF_A_NODE.contains(&key) || NAMED_IN_KEYS.contains(&key);
    let counting = written.iter().filter(|(key, _)| !is_left_out(key));
    let mut settings: Settings = counting.map(|(key, value)| (key.to_owned(), digest(value))).collect();
    // Which port a name is bound to; a list is bound in its order, which the key has.
    let ports = ["inputs", "outputs"].into_iter().filter_map(|key| Some((key, written.get(key)?)));
    let ports = ports.filter(|(_, names)| names.is_object());
    settings.extend(ports.map(|(key, names)| (key.to_owned(), digest(names))));
    if let Some(memory) = node.limits.memory {
        settings.insert("limits.memory".to_owned(), digest(&json!(memory)));
    }
    settings
}

/// What counts of a multipipeline; `slices` is how many there are at most, for a node that sees them.
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

/// The digest of a value, in whatever order its keys are written.
fn digest(value: &Value) -> String {
    let mut digest = digest_of_text(&sorted(value).to_string());
    // So much tells values apart, and there are many.
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
