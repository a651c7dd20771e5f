//! Puts entries into the text of a manifest.

use toml_edit::Document;

use super::entry::NewDataset;
use super::place::{Form, Place, place};

/// Inserts entries into `[datasets]` of a manifest's text, in the form that the others there have. Everything else stays
/// as it is, byte by byte: comments, order, quotes and line ends.
///
/// ```
/// use wpipe_pipeline::{NewDataset, insert_datasets};
///
/// let text = "[datasets]\na = { type = \"csv\", path = \"a.csv\" } # by hand\n";
/// let new = NewDataset { name: "b".into(), kind: "parquet".into(), path: "b.parquet".into(), suffix: None };
/// let text = insert_datasets(text, &[new])?;
/// assert!(text.ends_with("# by hand\nb = { type = \"parquet\", path = \"b.parquet\" }\n"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// Fails if the text is no TOML, if its `datasets` is no table, or if it has one of the entries already.
pub fn insert_datasets(text: &str, entries: &[NewDataset]) -> Result<String, String> {
    let document = Document::parse(text).map_err(|error| error.message().to_owned())?;
    let known = |name: &str| document.get("datasets").and_then(|datasets| datasets.get(name)).is_some();
    if let Some(entry) = entries.iter().find(|entry| known(&entry.name)) {
        return Err(format!("there is an entry of `{}` already", entry.name));
    }
    let Some(place) = place(text, &document).filter(|_| !entries.is_empty()) else {
        return if entries.is_empty() { Ok(text.to_owned()) } else { Err("`datasets` is no table".to_owned()) };
    };
    let inserted = match place.form {
        Form::Inline { is_first, has_lines } => within_braces(text, &place, entries, is_first, has_lines),
        _ => lines(text, &place, entries),
    };
    let edited = format!("{}{inserted}{}", &text[..place.at], &text[place.at..]);
    check(text, &edited, entries)?;
    Ok(edited)
}

/// Returns the lines of entries, with the line ends of the text.
fn lines(text: &str, place: &Place, entries: &[NewDataset]) -> String {
    let line_end = line_end(text);
    let (before, after) = text.split_at(place.at);
    let indent = indent(before);
    let mut inserted = String::new();
    if !before.is_empty() && !before.ends_with('\n') {
        inserted += line_end;
    }
    for entry in entries {
        let written = match place.form {
            Form::Row(prefix) => vec![entry.row(prefix)],
            Form::Dotted(prefix) => entry.dotted(prefix),
            _ => {
                let is_after_blank = inserted.is_empty() && (before.is_empty() || ends_with_blank(before));
                if !is_after_blank {
                    inserted += line_end;
                }
                entry.section()
            }
        };
        for line in written {
            inserted += &format!("{indent}{line}{line_end}");
        }
    }
    // The next section keeps its distance.
    if place.form == Form::Section && after.lines().next().is_some_and(|line| !line.trim().is_empty()) {
        inserted += line_end;
    }
    inserted
}

/// Returns what is put between the braces of `datasets = { … }`.
fn within_braces(text: &str, place: &Place, entries: &[NewDataset], is_first: bool, has_lines: bool) -> String {
    let rows: Vec<_> = entries.iter().map(|entry| entry.row("")).collect();
    let separator = match has_lines && !is_first {
        true => format!(",{}{}", line_end(text), indent(&text[..place.at])),
        false => ", ".to_owned(),
    };
    if is_first { format!(" {} ", rows.join(&separator)) } else { format!("{separator}{}", rows.join(&separator)) }
}

/// Returns the line end that most lines of a text have.
fn line_end(text: &str) -> &'static str {
    let windows = text.matches("\r\n").count();
    if windows * 2 > text.matches('\n').count() { "\r\n" } else { "\n" }
}

/// Returns the blanks before the last line of a text that says something.
fn indent(before: &str) -> &str {
    let line = before.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn ends_with_blank(before: &str) -> bool {
    before.lines().next_back().is_some_and(|line| line.trim().is_empty())
}

/// Makes sure that the edited text says what the old one said, and the new entries.
fn check(old: &str, edited: &str, entries: &[NewDataset]) -> Result<(), String> {
    let read = |text: &str| text.parse::<toml::Table>().map_err(|error| error.message().to_owned());
    let (mut old, edited) = (read(old)?, read(edited)?);
    let datasets = old.entry("datasets").or_insert_with(|| toml::Table::new().into()).as_table_mut();
    let datasets = datasets.ok_or("`datasets` is no table")?;
    for entry in entries {
        let added = read(&entry.section().join("\n"))?;
        datasets.insert(entry.name.clone(), added["datasets"][entry.name.as_str()].clone());
    }
    if old == edited { Ok(()) } else { Err("the entries would change other parts of it".to_owned()) }
}
