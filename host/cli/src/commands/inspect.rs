//! `wpipe inspect`

use std::process::ExitCode;

use wpipe::{ColumnStats, Inspect, InspectedColumn, InspectedDataset, Inspection};

use crate::arguments::{InspectArguments, InspectFormat};
use crate::error::Error;
use crate::terminal::{columns, count, print, say, say_json, size, tell_failure};

pub(crate) fn inspect(arguments: &InspectArguments) -> Result<ExitCode, Error> {
    let project = arguments.manifest.open()?;
    let mut what = Inspect::default();
    what.partition.clone_from(&arguments.partition);
    what.version.clone_from(&arguments.load_version);
    (what.rows, what.stats) = (arguments.rows, arguments.stats);
    let inspected = project.inspect(&arguments.dataset, &what)?;
    match (&inspected.found, arguments.format) {
        (_, InspectFormat::Json) => say_json(inspected.to_json().to_string()),
        (Ok(found), InspectFormat::Text) => say(described(&inspected, found).trim_end()),
        (Ok(found), InspectFormat::Csv) => print(&found.to_csv()),
        (Err(_), _) => {}
    }
    Ok(match &inspected.found {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => tell_failure(&format!("dataset `{}`: {error}", inspected.name), error.help()),
    })
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
