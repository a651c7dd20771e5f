//! What storage has of datasets: `list`, `describe`, `schema` and `verify`.

use std::fmt::Write;
use std::process::ExitCode;

use serde_json::Value;
use wpipe::text::size;
use wpipe::{
    DatasetDescription, DatasetState, DatasetSummary, Problem, Problems, Project, SetDescription, StoredSchema,
    TableSchema, Verification, Verified,
};

use super::super::plan::{kind, role};
use crate::arguments::Format;
use crate::error::Error;
use crate::terminal::{count, or_nothing, report, say, say_json, table, tell_failure, warn};

/// Prints where every dataset is, and what storage has of it.
pub(super) fn list_all(project: &Project, format: Format) -> Result<ExitCode, Error> {
    let all = project.datasets()?;
    match format {
        Format::Text => say(list(&all).trim_end()),
        Format::Json => say_json(all.iter().map(DatasetSummary::to_json).collect::<Value>().to_string()),
    }
    Ok(tell_unknown(project, all))
}

/// Prints all that is known of datasets without reading them.
pub(super) fn describe_all(project: &Project, datasets: &[String], format: Format) -> Result<ExitCode, Error> {
    let described = project.describe(datasets)?;
    match format {
        Format::Text => say(described.iter().map(describe).collect::<Vec<_>>().join("\n").trim_end()),
        Format::Json => say_json(described.iter().map(DatasetDescription::to_json).collect::<Value>().to_string()),
    }
    Ok(tell_unknown(project, described.into_iter().map(|described| described.summary).collect()))
}

/// Reads the tables of `datasets`, and prints their columns.
pub(super) fn schema(project: &Project, datasets: &[String], format: Format) -> Result<ExitCode, Error> {
    let schemas = project.schemas(datasets)?;
    match format {
        Format::Text => {
            let found = schemas.iter().filter_map(|schema| Some((schema, schema.found.as_ref().ok()?)));
            let tables: Vec<_> = found.map(|(schema, found)| described(schema, found)).collect();
            say(tables.join("\n").trim_end());
        }
        Format::Json => say_json(schemas.iter().map(StoredSchema::to_json).collect::<Value>().to_string()),
    }
    let mut code = ExitCode::SUCCESS;
    for StoredSchema { name, found, .. } in &schemas {
        if let Err(error) = found {
            code = tell_failure(&format!("dataset `{name}`: {error}"), error.help());
        }
    }
    Ok(code)
}

fn described(schema: &StoredSchema, found: &TableSchema) -> String {
    let rows = count(usize::try_from(found.rows).unwrap_or(usize::MAX), "row");
    let of = found.partitions.map(|partitions| format!(" in {}", count(partitions, "partition"))).unwrap_or_default();
    let columns = count(found.columns.len(), "column");
    format!("# {}: {columns}, {rows}{of}\n{}", schema.location, found.to_toml(&schema.name))
}

/// Reads all that is stored, and tells what is damaged.
pub(super) fn verify(project: &Project, datasets: &[String], format: Format) -> Result<ExitCode, Error> {
    let verified = project.verify(datasets)?;
    match format {
        Format::Text => say(verified_table(&verified).trim_end()),
        Format::Json => say_json(verified.iter().map(Verified::to_json).collect::<Value>().to_string()),
    }
    let mut code = ExitCode::SUCCESS;
    for Verified { name, found, .. } in &verified {
        match found {
            Ok(found) => {
                for error in &found.damaged {
                    code = tell_failure(&format!("dataset `{name}`: {error}"), error.help());
                }
                for place in found.foreign.iter().take(SHOWN) {
                    warn(&format!("dataset `{name}`: `{place}` is none of its partitions"));
                }
            }
            Err(error) => code = tell_failure(&format!("dataset `{name}`: {error}"), error.help()),
        }
    }
    Ok(code)
}

fn verified_table(verified: &[Verified]) -> String {
    let rows = verified.iter().map(|Verified { name, location, found, .. }| {
        let (objects, bytes, verdict) = match found {
            Ok(found) => (found.objects.to_string(), size(found.bytes), verdict(found)),
            Err(_) => ("?".to_owned(), "?".to_owned(), "cannot be asked".to_owned()),
        };
        [name.clone(), objects, bytes, verdict, location.clone()]
    });
    table(["dataset", "read", "size", "verdict", "location"], rows)
}

fn verdict(found: &Verification) -> String {
    let mut words = Vec::new();
    match (found.damaged.len(), found.objects) {
        (0, 0) => words.push("nothing stored".to_owned()),
        (0, _) => words.push("whole".to_owned()),
        (damaged, _) => words.push(format!("{damaged} DAMAGED")),
    }
    match found.without_digest.len() {
        0 => {}
        1 if found.objects == 1 => words.push("no digest".to_owned()),
        without => words.push(format!("{without} without digest")),
    }
    if !found.foreign.is_empty() {
        words.push(format!("{} foreign", found.foreign.len()));
    }
    words.join(", ")
}

/// Tells why storage does not say what it has of some datasets.
fn tell_unknown(project: &Project, summaries: Vec<DatasetSummary>) -> ExitCode {
    let problems = summaries.into_iter().filter_map(|summary| match summary.state {
        DatasetState::Unknown(problem) => Some(problem),
        _ => None,
    });
    let problems: Vec<Problem> = problems.collect();
    match Problems::check(&project.pipeline().manifest().source.name, problems) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => report(&Error::from(problems)),
    }
}

fn list(all: &[DatasetSummary]) -> String {
    let rows = all.iter().map(|dataset| {
        let (exists, bytes) = match &dataset.state {
            DatasetState::InMemory => ("-", None),
            DatasetState::Absent => ("no", None),
            DatasetState::Unfinished => ("unfinished", None),
            DatasetState::Incomplete { bytes, .. } => ("incomplete", Some(*bytes)),
            DatasetState::Present { bytes } => ("yes", Some(*bytes)),
            _ => ("?", None),
        };
        [
            dataset.name.clone(),
            dataset.role.map_or("not used", role).to_owned(),
            kind(&dataset.kind, dataset.is_partitioned),
            exists.to_owned(),
            bytes.map_or_else(|| "-".to_owned(), size),
            dataset.location.clone().unwrap_or_default(),
        ]
    });
    table(["dataset", "role", "type", "exists", "size", "location"], rows)
}

/// Names that a person reads of many.
const SHOWN: usize = 10;

fn describe(described: &DatasetDescription) -> String {
    let DatasetDescription { summary, versions, set, checkpoint, .. } = described;
    let mut rows = Vec::new();
    let mut row = |what: &str, value: String| rows.push([what.to_owned(), value]);
    row("type", kind(&summary.kind, summary.is_partitioned));
    row("role", summary.role.map_or("not used by any node", role).to_owned());
    if let Some(location) = &summary.location {
        row("location", location.clone());
    }
    match &summary.state {
        DatasetState::InMemory => row("state", "in memory while a run needs it".to_owned()),
        DatasetState::Absent => row("state", "there is nothing".to_owned()),
        DatasetState::Unfinished => row("state", "a run began to write it, and none has completed it".to_owned()),
        DatasetState::Incomplete { bytes, .. } | DatasetState::Present { bytes } => row("size", size(*bytes)),
        _ => row("state", "unknown".to_owned()),
    }
    if summary.is_versioned {
        row("versions", or_nothing(&some(versions.iter().cloned(), versions.len(), "\n")));
    }
    if let Some(set) = set {
        match summary.state {
            // What is there is no set yet, however it came there.
            DatasetState::Unfinished => row("written", or_nothing(&objects(&set.stale))),
            _ => describe_set(set, &mut row),
        }
        describe_rest(set, &mut row);
    }
    if let Some(checkpoint) = checkpoint {
        row("checkpoint", format!("confirmed up to `{checkpoint}`"));
    }
    table(["dataset", &summary.name], rows)
}

fn describe_set(set: &SetDescription, row: &mut impl FnMut(&str, String)) {
    row("partitions", set.count.to_string());
    match (&set.run, set.has_manifest) {
        (Some(run), _) => row("made by", format!("run {run}")),
        (None, true) => row("made by", "no run yet: what was there before is in force".to_owned()),
        (None, false) => row("made by", "others: every object with the suffix is a partition".to_owned()),
    }
    if set.has_manifest {
        let missing = set.missing.iter().map(|(id, reason)| format!("`{id}`: {reason}"));
        row(
            "complete",
            match set.missing.len() {
                0 if set.complete => "yes".to_owned(),
                0 => "no".to_owned(),
                number => {
                    format!("no, {} failed:\n{}", count(number, "partition"), some(missing, number, "\n"))
                }
            },
        );
    }
    if !set.gone.is_empty() {
        let gone = some(set.gone.iter().map(|id| format!("`{id}`")), set.gone.len(), ", ");
        row("gone", format!("the objects of {}: {gone}", count(set.gone.len(), "partition")));
    }
    if !set.stale.is_empty() {
        let what = count(set.stale.len(), "partition");
        row("stale", format!("{what} that the set does not have: {}", objects(&set.stale)));
    }
}

/// What is at a set's root besides the set.
fn describe_rest(set: &SetDescription, row: &mut impl FnMut(&str, String)) {
    for (run, left) in &set.staged {
        let what = count(left.count, "partition");
        row("staged", format!("{what} of run {run} ({}), which did not complete the set", size(left.bytes)));
    }
    if !set.hidden.is_empty() {
        let what = count(set.hidden.len(), "object");
        row("hidden", format!("{what} with names that begin with `.` or `_`: {}", objects(&set.hidden)));
    }
    if !set.excluded.is_empty() {
        let what = count(set.excluded.len(), "object");
        row("excluded", format!("{what} by `glob` or `exclude`: {}", objects(&set.excluded)));
    }
    if !set.others.is_empty() {
        let what = count(set.others.len(), "object");
        row("others", format!("{what} without the suffix: {}", objects(&set.others)));
    }
}

/// Names and sizes.
fn objects(objects: &[(String, u64)]) -> String {
    some(objects.iter().map(|(name, bytes)| format!("`{name}` ({})", size(*bytes))), objects.len(), ", ")
}

/// The first of so many items.
fn some(items: impl Iterator<Item = String>, number: usize, separator: &str) -> String {
    let mut text = items.take(SHOWN).collect::<Vec<_>>().join(separator);
    if number > SHOWN {
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}and {} more: see `--format json`", number - SHOWN);
    }
    text
}
