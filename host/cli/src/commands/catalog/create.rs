//! `wpipe catalog create`

use std::process::ExitCode;

use wpipe::{CreateEntries, NewEntries};

use super::super::build::build_stale;
use super::super::host::host;
use super::super::plan::kind;
use crate::arguments::Format;
use crate::error::Error;
use crate::terminal::{note, say, say_json, table};

/// Adds entries to the manifest, or shows what would be added.
pub(super) fn create(entries: &CreateEntries, dry_run: bool, build: bool, format: Format) -> Result<ExitCode, Error> {
    let project = entries.open()?;
    if build && !project.pipeline().datasets_without_entry().is_empty() {
        build_stale(&project)?;
    }
    let new = entries.prepare(&host().build()?)?;
    if !dry_run {
        new.write()?;
    }
    match format {
        Format::Json => say_json(new.to_json().to_string()),
        Format::Text if new.entries().is_empty() => {
            say("every dataset has an entry, or a pattern that fits it: nothing to add");
        }
        Format::Text if dry_run => say(new.diff().trim_end()),
        Format::Text => say(&added(&new)),
    }
    new.notes().iter().for_each(|text| note(&format!("note: {text}")));
    Ok(ExitCode::SUCCESS)
}

fn added(new: &NewEntries) -> String {
    let entries = new.entries();
    let rows =
        entries.iter().map(|entry| [entry.name.clone(), kind(&entry.kind, entry.suffix.is_some()), entry.path.clone()]);
    let number = if entries.len() == 1 { "1 entry".to_owned() } else { format!("{} entries", entries.len()) };
    let made = if new.is_new() { "made, with" } else { "has" };
    let rows = table(["dataset", "type", "path"], rows);
    format!("`{}` {made} {number} more\n{}", new.path().display(), rows.trim_end())
}
