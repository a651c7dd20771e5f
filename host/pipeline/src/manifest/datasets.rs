//! `[datasets]`: where each dataset is stored and in which format.

use std::collections::BTreeSet;

use serde_json::Map;

use super::amounts::{rate, time};
use super::fields::{Fields, conflict};
use super::partitioned::{self, PartitionedSpec};
use super::paths::{Purpose, check_of_dataset};
use super::spec::{DatasetSpec, DelaySpec, KeySpans, Location};
use super::tree::{Data, Entry, Table, Value};
use super::written::Written;
use crate::pattern::{self, Pattern};
use crate::problem::Problem;
use crate::source::Span;
use wpipe_text::{did_you_mean_or_list, nearest};

/// The type of a dataset that is stored nowhere.
const MEMORY: &str = "memory";
/// The type of a dataset that is in a database, and so has no key in its store.
const IN_DATABASE: &str = "sql";

/// Reads all of `[datasets]`.
pub(crate) fn datasets(table: &Table, stores: &[&str], out: &mut Vec<Problem>) -> Vec<DatasetSpec> {
    let specs: Vec<_> = table.entries.iter().filter_map(|entry| dataset(entry, stores, out)).collect();
    refuse_second_catch_all(&specs, out);
    specs
}

fn dataset(entry: &Entry, stores: &[&str], out: &mut Vec<Problem>) -> Option<DatasetSpec> {
    let mut fields = Fields::of(format!("dataset `{}`", entry.key), entry, out)?;
    check_pattern(entry, out);
    let mut missing = Vec::new();
    let kind = fields.required_string("type", &mut missing);
    if missing.is_empty() {
        let (kind, _) = kind?;
        return if kind == MEMORY { in_memory(entry, fields, out) } else { stored(entry, fields, kind, stores, out) };
    }
    // Without a type nothing else can be judged. Report only that, and its likely cause.
    let unquoted = fields.rest().find(|part| matches!(part.value.data, Data::Table(_)));
    out.extend(missing.into_iter().map(|problem| match unquoted {
        Some(part) => {
            problem.help(format!("a name with a dot needs quotes: `[datasets.\"{}.{}\"]`", entry.key, part.key))
        }
        None => problem,
    }));
    None
}

fn stored(
    entry: &Entry,
    mut fields: Fields<'_>,
    kind: &str,
    stores: &[&str],
    out: &mut Vec<Problem>,
) -> Option<DatasetSpec> {
    let location = match kind {
        IN_DATABASE => in_database(&mut fields, stores, out),
        _ => location(&entry.key, &mut fields, stores, out),
    };
    let versioned = fields.boolean("versioned", out).unwrap_or_default();
    let persist = fields.choice("persist", out);
    let reload = fields.boolean("reload", out).unwrap_or_default();
    let partitioned = partitioned::partitioned(&mut fields, out);
    let follow_links = follow_links(&mut fields, versioned || partitioned.is_some(), out);
    let delay = fields.optional("delay").map(|delay_entry| delay(fields.owner(), delay_entry, out));
    let rest = fields.rest();
    let options = rest.map(|option| (option.key.clone(), option.value.to_json(out))).collect();
    Some(DatasetSpec {
        versioned,
        persist,
        reload,
        partitioned,
        follow_links,
        delay,
        options,
        ..spec(entry, kind, location?)
    })
}

/// Returns true if links out of a folder of partitions or versions are followed.
fn follow_links(fields: &mut Fields<'_>, has_folder: bool, out: &mut Vec<Problem>) -> bool {
    let entry = fields.optional("follow_links");
    let follows = fields.boolean("follow_links", out).unwrap_or_default();
    if let (Some(entry), false) = (entry, has_folder) {
        let owner = fields.owner();
        let message = format!("{owner} has a `follow_links`, and is neither partitioned nor versioned");
        let problem = Problem::new("wpipe::manifest::conflicting_keys", message);
        let problem = problem.label(&entry.key_span, "a link to a file is always followed");
        out.push(problem.help("remove the key".to_owned()));
    }
    follows
}

fn delay(owner: &str, entry: &Entry, out: &mut Vec<Problem>) -> DelaySpec {
    let Some(mut fields) = Fields::of(format!("`delay` of {owner}"), entry, out) else {
        return DelaySpec::default();
    };
    let delay = DelaySpec {
        load: time(&mut fields, "load", out),
        save: time(&mut fields, "save", out),
        latency: time(&mut fields, "latency", out),
        bandwidth: rate(&mut fields, "bandwidth", out),
        fail_rate: fields.fraction("fail_rate", out),
        seed: fields.whole("seed", out),
    };
    fields.refuse_rest(out);
    delay
}

/// Reads a dataset that is stored nowhere. Its only keys are its type and `partitioned`.
fn in_memory(entry: &Entry, mut fields: Fields<'_>, out: &mut Vec<Problem>) -> Option<DatasetSpec> {
    let is_partitioned = fields.boolean("partitioned", out).unwrap_or_default();
    out.extend(fields.rest().map(|written| {
        match written.key.as_str() {
            key @ ("path" | "url" | "store") => Problem::new(
                "wpipe::manifest::conflicting_keys",
                format!("{} lives in memory and has a `{key}`", fields.owner()),
            )
            .label(&written.key_span, "nothing is stored here")
            .help(format!("remove the `{key}`, or give the dataset the type of its file")),
            key if partitioned::KEYS.contains(&key) => Problem::new(
                "wpipe::manifest::conflicting_keys",
                format!("{} lives in memory and has a `{key}`", fields.owner()),
            )
            .label(&written.key_span, "this is about storage")
            .help(format!("remove the `{key}`, or give the dataset the type of its files")),
            _ => fields.unknown(written),
        }
    }));
    let partitioned = is_partitioned.then(PartitionedSpec::default);
    Some(DatasetSpec { partitioned, ..spec(entry, MEMORY, Location::Memory) })
}

fn spec(entry: &Entry, kind: &str, location: Location) -> DatasetSpec {
    DatasetSpec {
        name: entry.key.clone(),
        kind: kind.to_owned(),
        location,
        versioned: false,
        persist: None,
        reload: false,
        partitioned: None,
        follow_links: false,
        delay: None,
        options: Map::new(),
        written: Written::of(entry),
        spans: KeySpans::of(entry),
    }
}

fn location(name: &str, fields: &mut Fields<'_>, stores: &[&str], out: &mut Vec<Problem>) -> Option<Location> {
    let (store, path, url) = (fields.optional("store"), fields.optional("path"), fields.optional("url"));
    if let Some(connection) = fields.optional("connection") {
        let message = format!("{} has a `connection`, and is in no database", fields.owner());
        let problem = Problem::new("wpipe::manifest::conflicting_keys", message);
        let help = format!("write `type = \"{IN_DATABASE}\"`, or `path` in its place");
        out.push(problem.label(&connection.key_span, "only datasets of the type `sql` have this key").help(help));
        return None;
    }
    match (store, path, url) {
        (_, Some(path), Some(url)) => {
            out.push(conflict(fields.owner(), path, url));
            None
        }
        (Some(store), None, Some(url)) => {
            out.push(
                conflict(fields.owner(), store, url).help("write `path`: a key below the store's prefix".to_owned()),
            );
            None
        }
        (Some(_), path, None) => {
            let store = fields.string("store", out).and_then(|(name, span)| known_store(name, span, stores, out));
            if path.is_none() {
                out.push(fields.missing("`path`", &["path"]));
            }
            let path = fields.string("path", out)?;
            check_of_dataset(fields, name, path, Purpose::Key, out);
            Some(Location::Store { store: store?, path: path.0.to_owned() })
        }
        (None, Some(_), None) => {
            let path = fields.string("path", out)?;
            check_of_dataset(fields, name, path, Purpose::Dataset, out);
            Some(Location::Path(path.0.to_owned()))
        }
        (None, None, Some(_)) => {
            let (text, _) = fields.string("url", out)?;
            Some(Location::Url(text.to_owned()))
        }
        (None, None, None) => {
            out.push(fields.missing("`path` or `url`", &["path", "url"]));
            None
        }
    }
}

/// The database of a dataset. What has no meaning there is told by whoever opens it.
fn in_database(fields: &mut Fields<'_>, stores: &[&str], out: &mut Vec<Problem>) -> Option<Location> {
    let (store, connection) = (fields.optional("store"), fields.optional("connection"));
    let others = [fields.optional("path"), fields.optional("url")];
    if let Some(other) = others.into_iter().flatten().next() {
        let message = format!("{} is in a database and has a `{}`", fields.owner(), other.key);
        let problem = Problem::new("wpipe::manifest::conflicting_keys", message);
        let help = "write `connection = \"sqlite:data/sales.db\"` or `connection = \"postgresql://host/database\"`, and \
                    `table = \"…\"`";
        out.push(problem.label(&other.key_span, "databases are not found by it").help(help.to_owned()));
        return None;
    }
    match (store, connection) {
        (Some(store), Some(connection)) => {
            out.push(conflict(fields.owner(), store, connection));
            None
        }
        (Some(_), None) => {
            let store = fields.string("store", out).and_then(|(name, span)| known_store(name, span, stores, out));
            Some(Location::Store { store: store?, path: String::new() })
        }
        (None, Some(_)) => fields.string("connection", out).map(|(text, _)| Location::Connection(text.to_owned())),
        (None, None) => {
            out.push(fields.missing("`connection`", &["connection"]));
            None
        }
    }
}

fn known_store(name: &str, span: &Span, stores: &[&str], out: &mut Vec<Problem>) -> Option<String> {
    if stores.contains(&name) {
        return Some(name.to_owned());
    }
    let help = match stores {
        [] => format!("add `[stores.{name}]` with its `url`"),
        stores => did_you_mean_or_list(name, "stores", stores),
    };
    let problem = Problem::new("wpipe::manifest::unknown_store", format!("there is no store `{name}`"));
    out.push(problem.label(span, "no entry of `[stores]` has this name").help(help));
    None
}

/// Checks a name with braces: it must be a pattern, and the entry may use its placeholders only.
fn check_pattern(entry: &Entry, out: &mut Vec<Problem>) {
    if !pattern::is_pattern(&entry.key) {
        return;
    }
    match Pattern::parse(&entry.key) {
        Ok(pattern) => check_placeholders(&entry.key, &pattern.placeholders(), &entry.value, out),
        Err(fault) => out.push(
            Problem::new("wpipe::manifest::bad_pattern", format!("`{}` is not a pattern for datasets", entry.key))
                .label(&entry.key_span, fault)
                .help("write each placeholder once, as `{name}`".to_owned()),
        ),
    }
}

fn check_placeholders(name: &str, known: &BTreeSet<&str>, value: &Value, out: &mut Vec<Problem>) {
    match &value.data {
        Data::String(text) => check_template(name, known, text, &value.span, out),
        Data::Array(items) => items.iter().for_each(|item| check_placeholders(name, known, item, out)),
        Data::Table(Table { entries }) => {
            let values = entries.iter().map(|entry| &entry.value);
            values.for_each(|value| check_placeholders(name, known, value, out));
        }
        _ => {}
    }
}

fn check_template(name: &str, known: &BTreeSet<&str>, text: &str, span: &Span, out: &mut Vec<Problem>) {
    let bad = |message: String, label: String| Problem::new("wpipe::manifest::bad_pattern", message).label(span, label);
    match pattern::placeholders(text) {
        Ok(used) => {
            let strangers = used.iter().filter(|name| !known.contains(name.as_str()));
            let known: Vec<_> = known.iter().copied().collect();
            out.extend(strangers.map(|stranger| {
                bad(
                    format!("the pattern `{name}` has no placeholder `{{{stranger}}}`"),
                    format!("nothing says what `{{{stranger}}}` stands for"),
                )
                .help(match nearest(stranger, known.iter().copied()) {
                    Some(name) => format!("did you mean `{{{name}}}`?"),
                    None => format!("the name has {}", braced(&known)),
                })
            }));
        }
        Err(fault) => out.push(
            bad(format!("a text of the pattern `{name}` has unpaired braces"), fault)
                .help("write `{{` and `}}` for braces that are no placeholder".to_owned()),
        ),
    }
}

/// Returns the names as "`{a}`, `{b}`".
fn braced(names: &[&str]) -> String {
    let braced: Vec<_> = names.iter().map(|name| format!("`{{{name}}}`")).collect();
    braced.join(", ")
}

/// Refuses a second catch-all: the first matches every name, so it would never be used.
fn refuse_second_catch_all(specs: &[DatasetSpec], out: &mut Vec<Problem>) {
    let mut catch_alls =
        specs.iter().filter(|spec| Pattern::parse(&spec.name).is_ok_and(|pattern| pattern.is_catch_all()));
    let Some(first) = catch_alls.next() else {
        return;
    };
    out.extend(catch_alls.map(|second| {
        Problem::new("wpipe::manifest::bad_pattern", "two patterns match every dataset")
            .label(&second.spans.entry, "nothing is left for this one")
            .label(&first.spans.entry, "this one matches every name")
            .help("keep one of them, or give one some literal text".to_owned())
    }));
}
