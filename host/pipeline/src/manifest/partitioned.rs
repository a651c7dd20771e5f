//! The keys of a dataset that is partitioned.

use super::fields::{Fields, conflict, wrong_type};
use super::paths::{self, Purpose};
use super::tree::{Data, Entry, Value};
use crate::problem::Problem;

/// The storage of a dataset's partitions: each is an object of its own below the dataset's place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartitionedSpec {
    /// The suffix behind a partition's id in its path, such as `.csv`. It is no part of the id.
    pub suffix: String,
    /// True if a save removes partitions that the newest set does not have, except those that failed.
    pub prune: bool,
    /// The place that keeps the greatest processed id; only greater ids are processed. An id that `filter` or a `skip`
    /// of `configure` leaves out counts as processed. An id that failed, or that an inner join leaves out because
    /// another set does not have it yet, holds it back. An empty text is the default place; `None`: all are processed.
    pub checkpoint: Option<String>,
    /// True if objects count as partitions although a part of their names begins with `.` or `_`.
    pub hidden: bool,
    /// The patterns, one of which a partition has to fit; none at all for every partition.
    pub glob: Vec<String>,
    /// The patterns of partitions that are left out.
    pub exclude: Vec<String>,
}

/// The keys that only a partitioned dataset has.
pub(super) const KEYS: [&str; 6] = ["suffix", "prune", "checkpoint", "hidden", "glob", "exclude"];

/// Reads the keys of a stored dataset.
pub(super) fn partitioned(fields: &mut Fields<'_>, out: &mut Vec<Problem>) -> Option<PartitionedSpec> {
    let flag = fields.optional("partitioned");
    let is_partitioned = fields.boolean("partitioned", out);
    let before = out.len();
    let spec = PartitionedSpec {
        suffix: fields.string("suffix", out).map(|(suffix, _)| suffix.to_owned()).unwrap_or_default(),
        prune: fields.boolean("prune", out).unwrap_or_default(),
        checkpoint: fields.optional("checkpoint").and_then(|entry| checkpoint(fields, entry, out)),
        hidden: fields.boolean("hidden", out).unwrap_or_default(),
        glob: patterns(fields, "glob", out),
        exclude: patterns(fields, "exclude", out),
    };
    if is_partitioned == Some(true) {
        if let Some((flag, versioned)) = flag.zip(fields.optional("versioned")).filter(|(_, entry)| is_true(entry)) {
            let help = "partitions have no versions: keep one of them";
            out.push(conflict(fields.owner(), flag, versioned).help(help.to_owned()));
        }
        return Some(spec);
    }
    // One slip is one problem: with an invalid `partitioned`, the intention is open.
    if out.len() == before && flag.is_none_or(|_| is_partitioned.is_some()) {
        let written: Vec<_> = KEYS.into_iter().filter_map(|key| fields.optional(key)).collect();
        out.extend(written.into_iter().map(|entry| without_partitions(fields.owner(), entry)));
    }
    None
}

fn is_true(entry: &Entry) -> bool {
    matches!(entry.value.data, Data::Boolean(true))
}

/// Reads a checkpoint: a path, a key or a URL, as the dataset itself has one.
fn checkpoint(fields: &mut Fields<'_>, entry: &Entry, out: &mut Vec<Problem>) -> Option<String> {
    let is_local = fields.optional("store").is_none() && fields.optional("url").is_none();
    let owner = fields.owner().to_owned();
    match &entry.value.data {
        Data::Boolean(wanted) => wanted.then(String::new),
        Data::String(path) if path.is_empty() => {
            let message = format!("`checkpoint` of {owner} is empty");
            let problem = Problem::new("wpipe::manifest::bad_value", message);
            out.push(problem.label(&entry.value.span, "expected `true`, or the path of a file"));
            None
        }
        Data::String(path) => {
            if is_local && !path.contains("${") {
                paths::check(fields, "checkpoint", (path, &entry.value.span), Purpose::Local, out);
            }
            Some(path.clone())
        }
        _ => {
            let what = format!("`checkpoint` of {owner}");
            out.push(wrong_type(&what, &entry.value, "`true`, `false`, or the path of a file"));
            None
        }
    }
}

/// Reads the patterns of an optional key: one, or several in an array.
fn patterns(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Vec<String> {
    let Some(entry) = fields.optional(key) else { return Vec::new() };
    let text = |value: &Value| match &value.data {
        Data::String(text) => Some(text.clone()),
        _ => None,
    };
    let patterns = match &entry.value.data {
        Data::Array(items) => items.iter().map(text).collect(),
        _ => text(&entry.value).map(|text| vec![text]),
    };
    patterns.unwrap_or_else(|| {
        let problem =
            wrong_type(&format!("`{key}` of {}", fields.owner()), &entry.value, "a pattern, or an array of them");
        out.push(problem.help(format!("write `{key} = [\"2024/**\"]`")));
        Vec::new()
    })
}

fn without_partitions(owner: &str, entry: &Entry) -> Problem {
    let key = &entry.key;
    Problem::new("wpipe::manifest::conflicting_keys", format!("{owner} has a `{key}` and is not partitioned"))
        .label(&entry.key_span, "only partitioned datasets have this key")
        .help("add `partitioned = true`, or remove the key".to_owned())
}
