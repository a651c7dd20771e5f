//! `wpipe inspect`

use std::process::ExitCode;

use serde_json::json;
use wpipe::text::size;
use wpipe::{
    ColumnStats, DatasetInRun, DatasetTransfer, Error, Inspect, InspectedColumn, InspectedDataset, Inspection, Since,
};

use crate::arguments::{InspectArguments, InspectFormat, LATEST};
use crate::terminal::{columns, count, print, say, say_json, tell_failure};

pub(crate) fn inspect(arguments: &InspectArguments) -> Result<ExitCode, crate::error::Error> {
    let project = arguments.manifest.open()?;
    let mut what = Inspect::default();
    what.partition.clone_from(&arguments.partition);
    what.version.clone_from(&arguments.load_version);
    (what.rows, what.stats) = (arguments.rows, arguments.stats);
    let in_run = match arguments.run.as_deref() {
        None => None,
        Some(run) => {
            let name = &arguments.dataset;
            let run = Some(run).filter(|run| *run != LATEST);
            let Some(found) = project.dataset_in_run(name, run)? else {
                let help = "`wpipe runs show` says what it did".to_owned();
                return Ok(tell_failure(&format!("the run neither read nor made `{name}`"), Some(help)));
            };
            what.version = what.version.or_else(|| found.version().cloned());
            Some(found)
        }
    };
    let inspected = match (project.inspect(&arguments.dataset, &what), &in_run) {
        // What lived in memory cannot be looked into any more, but the journal knows of it.
        (Err(Error::NotStored { .. }), Some(in_run)) if arguments.format != InspectFormat::Csv => {
            match arguments.format {
                InspectFormat::Json => {
                    say_json(json!({ "name": arguments.dataset, "run": in_run.to_json() }).to_string())
                }
                _ => say(format!("{} (memory)\n{}", arguments.dataset, of_run(in_run)).trim_end()),
            }
            return Ok(ExitCode::SUCCESS);
        }
        (inspected, _) => inspected?,
    };
    if let (Some(in_run), InspectFormat::Text) = (&in_run, arguments.format) {
        say(of_run(in_run).trim_end());
    }
    match (&inspected.found, arguments.format) {
        (_, InspectFormat::Json) => {
            let mut json = inspected.to_json();
            if let Some(in_run) = &in_run {
                json["run"] = in_run.to_json();
            }
            say_json(json.to_string());
        }
        (Ok(found), InspectFormat::Text) => say(described(&inspected, found).trim_end()),
        (Ok(found), InspectFormat::Csv) => print(&found.to_csv()),
        (Err(_), _) => {}
    }
    Ok(match &inspected.found {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => tell_failure(&format!("dataset `{}`: {error}", inspected.name), error.help()),
    })
}

/// Says what a run did with a dataset.
fn of_run(of: &DatasetInRun) -> String {
    let mut text = format!("run {} ({}):\n", of.run, of.state);
    let mut line = |words: String| text += &format!("  {words}\n");
    let told = |one: &DatasetTransfer| {
        let version = one.version.as_ref().map_or_else(String::new, |version| format!(", version {version}"));
        let error = one.error.as_ref().map_or_else(String::new, |error| format!("; failed: {error}"));
        format!("{} ({}, {}, {:.3} s{version}){error}", one.location, one.format, size(one.bytes), one.seconds)
    };
    of.loads.iter().for_each(|load| line(format!("loaded from {}", told(load))));
    if let Some(bytes) = of.attached {
        line(format!("attached from the shared store, {}", size(bytes)));
    }
    if let Some(bytes) = of.made {
        line(format!("made in memory, {}, handed over by {}", size(bytes), of.transports.join(", ")));
    }
    if let Some(bytes) = of.shared {
        let object = of.object.as_ref().map_or_else(String::new, |object| format!(", object {object}"));
        line(format!("left in the shared store, {}{object}", size(bytes)));
    }
    of.saves.iter().for_each(|save| line(format!("saved to {}", told(save))));
    match of.since {
        _ if of.saves.is_empty() && of.loads.is_empty() => {
            line("kept nowhere: an entry in [datasets] would keep it".to_owned());
        }
        Since::Unchanged => line("the place has the same now".to_owned()),
        Since::Changed => line("the place has something else now".to_owned()),
        Since::Gone => line("there is nothing any more".to_owned()),
        Since::Unknown => line("whether the place has the same now is not known".to_owned()),
    }
    text
}

fn described(inspected: &InspectedDataset, found: &Inspection) -> String {
    let InspectedDataset { name, kind, location, maker, readers, .. } = inspected;
    let Inspection { partition, version, bytes, rows, columns: all, head, .. } = found;
    let mut text = format!("{name} ({kind}, {location})\n");
    let made = maker.as_ref().map_or("made by no node".to_owned(), |maker| format!("made by {maker}"));
    let read =
        if readers.is_empty() { "read by no node".to_owned() } else { format!("read by {}", readers.join(", ")) };
    text += &format!("{made}, {read}\n");
    if let Some((id, of)) = partition {
        text += &format!("partition {id} of {of}\n");
    }
    if let Some(version) = version {
        text += &format!("version {version}\n");
    }
    let rows = usize::try_from(*rows).unwrap_or(usize::MAX);
    text += &format!("{}, {}, {} as stored\n\n", count(rows, "row"), count(all.len(), "column"), size(*bytes));
    let has_stats = all.iter().any(|column| column.stats.is_some());
    let titles: &[&str] = if has_stats {
        &["column", "type", "missing", "distinct", "least", "greatest"]
    } else {
        &["column", "type", "missing"]
    };
    text += &columns(titles, all.iter().map(figures));
    if !head.is_empty() {
        let names: Vec<&str> = all.iter().map(|column| column.name.as_str()).collect();
        let shown = head.iter().map(|row| row.iter().map(|cell| shown(cell.as_deref())).collect());
        text += &format!("\n{}", columns(&names, shown));
    }
    if rows > head.len() && !head.is_empty() {
        text += &format!("  … {} more\n", count(rows - head.len(), "row"));
    }
    text
}

fn figures(column: &InspectedColumn) -> Vec<String> {
    let mut cells = vec![column.name.clone(), column.kind.to_string(), column.missing.to_string()];
    if let Some(ColumnStats { min, max, distinct, .. }) = &column.stats {
        let or_more = if *distinct >= ColumnStats::MOST_DISTINCT { " or more" } else { "" };
        cells.extend([format!("{distinct}{or_more}"), shown(min.as_deref()), shown(max.as_deref())]);
    }
    cells
}

/// The most characters of a value that a person sees.
const WIDEST: usize = 40;

/// Returns a value in a table for people; a dash if it is missing.
fn shown(value: Option<&str>) -> String {
    let Some(value) = value else { return "-".to_owned() };
    let mut text: String = value.chars().take(WIDEST).collect();
    if value.chars().nth(WIDEST).is_some() {
        text.push('…');
    }
    text.replace(['\n', '\r', '\t'], " ")
}
