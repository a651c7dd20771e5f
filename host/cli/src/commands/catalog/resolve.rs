//! `wpipe catalog resolve`

use std::process::ExitCode;

use serde_json::Value;
use wpipe::pipeline::FoundEntry;
use wpipe::{Project, found_entry_json};

use crate::arguments::Format;
use crate::error::Error;
use crate::terminal::{say, say_json};

/// Prints the entry that holds for each of `datasets`, or of all.
pub(super) fn resolve(project: &Project, datasets: &[String], format: Format) -> Result<ExitCode, Error> {
    let found = project.found_entries(datasets)?;
    match format {
        Format::Text => {
            let entries: Vec<_> = found.iter().map(|(name, entry)| told(name, entry.as_ref())).collect();
            say(entries.join("\n").trim_end());
        }
        Format::Json => {
            let entries = found.iter().map(|(name, entry)| found_entry_json(name, entry.as_ref()));
            say_json(entries.collect::<Value>().to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An entry to be pasted, under a comment that says where it is from.
fn told(dataset: &str, found: Option<&FoundEntry>) -> String {
    let Some(FoundEntry { pattern, place, text, .. }) = found else {
        return format!("# {dataset}: in memory, no entry and no pattern fits it\n");
    };
    let place = format!("{}:{}", place.source().name, place.line());
    match pattern {
        Some(pattern) => format!("# {place}: by the pattern `{pattern}`\n{text}"),
        None => format!("# {place}\n{text}"),
    }
}
