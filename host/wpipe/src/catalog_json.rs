//! The JSON of `wpipe catalog`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wpipe_pipeline::FoundEntry;

use crate::{DatasetDescription, DatasetState, DatasetSummary, NewEntries, StoredSchema, Verified};

impl DatasetSummary {
    /// Returns the summary of the dataset as `wpipe catalog list --format json` prints it.
    pub fn to_json(&self) -> Value {
        let (state, bytes) = match &self.state {
            DatasetState::InMemory => ("in_memory", None),
            DatasetState::Absent => ("absent", None),
            DatasetState::Unfinished => ("unfinished", None),
            DatasetState::Incomplete { bytes, .. } => ("incomplete", Some(*bytes)),
            DatasetState::Present { bytes } => ("present", Some(*bytes)),
            DatasetState::Unknown(_) => ("unknown", None),
        };
        json!({
            "name": self.name, "role": self.role, "type": self.kind, "location": self.location,
            "partitioned": self.is_partitioned, "versioned": self.is_versioned, "state": state, "bytes": bytes,
        })
    }
}

/// Returns the entry of a dataset as `wpipe catalog resolve --format json` prints it.
pub fn found_entry_json(dataset: &str, found: Option<&FoundEntry>) -> Value {
    let Some(FoundEntry { pattern, place, keys, .. }) = found else {
        return json!({ "name": dataset, "by": "none" });
    };
    let by = if pattern.is_some() { "pattern" } else { "entry" };
    let place = json!({ "file": place.source().name, "line": place.line() });
    json!({ "name": dataset, "by": by, "pattern": pattern, "place": place, "entry": keys })
}

impl NewEntries {
    /// Returns the entries as `wpipe catalog create --format json` prints them.
    pub fn to_json(&self) -> Value {
        let entries = self
            .entries()
            .iter()
            .map(|new| json!({ "name": new.name, "type": new.kind, "path": new.path, "suffix": new.suffix }));
        json!({
            "manifest": self.path(), "is_new": self.is_new(), "entries": entries.collect::<Value>(), "notes": self.notes(),
        })
    }
}

impl DatasetDescription {
    /// Returns the description of the dataset as `wpipe catalog describe --format json` prints it.
    pub fn to_json(&self) -> Value {
        let mut value = self.summary.to_json();
        value["versions"] = json!(self.versions);
        value["checkpoint"] = json!(self.checkpoint);
        value["set"] = self.set.as_ref().map_or(Value::Null, |set| {
            let objects = |all: &[(String, u64)]| {
                all.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect::<Value>()
            };
            let staged = set.staged.iter();
            let staged: BTreeMap<_, _> =
                staged.map(|(run, left)| (run, json!({ "partitions": left.count, "bytes": left.bytes }))).collect();
            json!({
                "has_manifest": set.has_manifest, "run": set.run, "complete": set.complete, "missing": set.missing,
                "partitions": set.count, "bytes": set.bytes, "gone": set.gone, "stale": objects(&set.stale),
                "staged": staged, "hidden": objects(&set.hidden), "excluded": objects(&set.excluded),
                "others": objects(&set.others),
            })
        });
        value
    }
}

impl StoredSchema {
    /// Returns the columns as `wpipe catalog schema --format json` prints them.
    pub fn to_json(&self) -> Value {
        let Self { name, location, found } = self;
        match found {
            Ok(found) => {
                let columns = found.columns.iter().map(|column| {
                    let found = column.found.iter();
                    let found: Value =
                        found.map(|(kind, first)| json!({ "type": kind.to_string(), "first_in": first })).collect();
                    json!({
                        "name": column.name, "type": column.kind.to_string(), "missing": column.missing, "found": found,
                    })
                });
                json!({
                    "name": name, "location": location, "rows": found.rows, "partitions": found.partitions,
                    "columns": columns.collect::<Value>(),
                })
            }
            Err(error) => json!({ "name": name, "location": location, "error": error.to_string() }),
        }
    }
}

impl Verified {
    /// Returns the result as `wpipe catalog verify --format json` prints it.
    pub fn to_json(&self) -> Value {
        let Self { name, location, found } = self;
        match found {
            Ok(found) => json!({
                "name": name, "location": location, "objects": found.objects, "bytes": found.bytes,
                "damaged": found.damaged.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "without_digest": found.without_digest, "foreign": found.foreign,
            }),
            Err(error) => json!({ "name": name, "location": location, "error": error.to_string() }),
        }
    }
}
