//! From a table to delimited text.
//!
//! This is not the `csv` crate's work, because a field's text does not tell whether it needs quotes here: `NA` is
//! quoted if it is a text, and plain if it stands for a missing value; nor may a record with one empty field become
//! `""`.

use wpipe_data::{ColumnKind, Table};

use super::dialect::Dialect;
use crate::fault::{At, Fault};
use crate::table::{Cell, cells};

/// The most lines that are written before a header.
const MOST_SKIPPED: usize = 1 << 16;

/// Returns the text of `table`, which reads back as an equal table.
pub(super) fn save(table: &Table<'_>, dialect: &Dialect) -> Result<String, Fault> {
    if table.columns().len() == 0 {
        return Err(Fault::new("a csv file has at least one column, the table has none"));
    }
    if let Some(column) = table.columns().find(|column| matches!(column.kind, ColumnKind::List(_))) {
        let fault = Fault::new(format!("it holds {}, and a csv file has no lists", column.kind)).column(column.name);
        return Err(fault.help("keep it as parquet, arrow or json, or leave the column out of what is written"));
    }
    let columns = cells(table)?;
    let names: Vec<&str> = table.columns().map(|column| column.name).collect();
    // Readers of the file skip as many.
    let skipped = usize::try_from(dialect.skip_rows).ok().filter(|rows| *rows <= MOST_SKIPPED);
    let skipped = skipped.ok_or_else(|| Fault::new(format!("`skip_rows` is more than {MOST_SKIPPED}")))?;
    let mut text = "\n".repeat(skipped);
    if dialect.header {
        record(&mut text, dialect, names.iter().map(Some), |text, _, name| {
            field(text, dialect, name, is_plain_name(name));
            Ok(())
        })?;
    }
    for row in 0..table.rows() {
        record(&mut text, dialect, columns.iter().map(|cells| cells.at(row)), |text, at, cell| {
            write_cell(text, dialect, cell).map_err(|fault| fault.at(At::Row(row as u64 + 1)).column(names[at]))
        })?;
    }
    Ok(text)
}

/// Returns one line of plain csv; missing values are empty, and empty texts have quotes.
pub(crate) fn line<'v>(values: impl Iterator<Item = Option<&'v str>>) -> String {
    let (mut text, dialect) = (String::new(), Dialect::default());
    // Texts have a place in every dialect.
    let _ = record(&mut text, &dialect, values, |text, _, value| {
        field(text, &dialect, value, !dialect.is_null(value));
        Ok(())
    });
    text
}

/// Writes one line; missing values are written as such.
fn record<T>(
    text: &mut String,
    dialect: &Dialect,
    values: impl Iterator<Item = Option<T>>,
    write: impl Fn(&mut String, usize, T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let start = text.len();
    for (at, value) in values.enumerate() {
        if at > 0 {
            text.push(char::from(dialect.delimiter));
        }
        match value {
            Some(value) => write(text, at, value)?,
            None => text.push_str(&dialect.nulls[0]),
        }
        if at == 0 {
            no_comment(text, start, dialect);
        }
    }
    text.push('\n');
    Ok(())
}

/// Puts the field that is a record's only one so far into quotes, if the line would be taken for a comment.
fn no_comment(text: &mut String, start: usize, dialect: &Dialect) {
    if dialect.comment.as_ref().is_some_and(|comment| text[start..].starts_with(comment.as_str())) {
        let value = text.split_off(start);
        field(text, dialect, &value, false);
    }
}

fn write_cell(text: &mut String, dialect: &Dialect, cell: Cell<'_>) -> Result<(), Fault> {
    if let Cell::Text(value) = cell {
        field(text, dialect, value, !dialect.is_null(value));
        return Ok(());
    }
    let start = text.len();
    dialect.notation.print(cell, text)?;
    // A delimiter may be a digit's neighbour, such as `.` or `-`; no bytes are not a missing value.
    let is_null = matches!(cell, Cell::Binary(_)) && dialect.is_null(&text[start..]);
    if is_null || holds_special(dialect, &text[start..]) {
        let value = text.split_off(start);
        field(text, dialect, &value, false);
    }
    Ok(())
}

fn field(text: &mut String, dialect: &Dialect, value: &str, plain: bool) {
    let quote = char::from(dialect.quote);
    if plain && !holds_special(dialect, value) {
        return text.push_str(value);
    }
    let escape = dialect.escape.map(char::from);
    text.push(quote);
    for character in value.chars() {
        if character == quote || Some(character) == escape {
            text.push(escape.unwrap_or(quote));
        }
        text.push(character);
    }
    text.push(quote);
}

/// Returns true if a name keeps all of its characters without quotes.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.trim() == name
}

fn holds_special(dialect: &Dialect, value: &str) -> bool {
    let special = [dialect.delimiter, dialect.quote, b'\n', b'\r'];
    // Some readers drop blanks at the beginning of a field.
    (dialect.skip_initial_space && value.starts_with([' ', '\t']))
    // At the file's start, a byte order mark would be taken for one.
    || value.starts_with('\u{feff}') || value.bytes().any(|byte| special.contains(&byte))
}
