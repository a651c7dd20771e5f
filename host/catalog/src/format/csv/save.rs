//! From a table to delimited text.
//!
//! This is not the `csv` crate's work, because a field's text does not tell whether it needs quotes here: `NA` is quoted
//! where it is a text, and plain where it stands for a missing value; nor may a record with one empty field become `""`.

use wpipe_data::Table;

use super::dialect::Dialect;
use crate::fault::Fault;
use crate::table::{Cell, cells, print};

/// The text of `table`, which reads back as an equal table.
pub(super) fn save(table: &Table<'_>, dialect: &Dialect) -> Result<String, Fault> {
    if table.columns().len() == 0 {
        return Err(Fault::new("a csv file has at least one column, the table has none"));
    }
    let columns = cells(table)?;
    let mut text = String::new();
    if dialect.header {
        let names = table.columns().map(|column| Some(column.name));
        record(&mut text, dialect, names, |text, name| field(text, dialect, name, is_plain_name(name)));
    }
    for row in 0..table.rows() {
        record(&mut text, dialect, columns.iter().map(|cell| cell(row)), |text, cell| write_cell(text, dialect, cell));
    }
    Ok(text)
}

/// One line; what is missing is written as such.
fn record<T>(
    text: &mut String,
    dialect: &Dialect,
    values: impl Iterator<Item = Option<T>>,
    write: impl Fn(&mut String, T),
) {
    for (at, value) in values.enumerate() {
        if at > 0 {
            text.push(char::from(dialect.delimiter));
        }
        match value {
            Some(value) => write(text, value),
            None => text.push_str(&dialect.nulls[0]),
        }
    }
    text.push('\n');
}

fn write_cell(text: &mut String, dialect: &Dialect, cell: Cell<'_>) {
    if let Cell::Text(value) = cell {
        return field(text, dialect, value, !dialect.is_null(value));
    }
    let start = text.len();
    // A `String` takes everything.
    let _ = print(cell, text);
    // A delimiter may be a digit's neighbour, such as `.` or `-`; no bytes are not a missing value.
    let is_null = matches!(cell, Cell::Binary(_)) && dialect.is_null(&text[start..]);
    if is_null || holds_special(dialect, &text[start..]) {
        let value = text.split_off(start);
        field(text, dialect, &value, false);
    }
}

fn field(text: &mut String, dialect: &Dialect, value: &str, plain: bool) {
    let quote = char::from(dialect.quote);
    if plain && !holds_special(dialect, value) {
        return text.push_str(value);
    }
    text.push(quote);
    for piece in value.split_inclusive(quote) {
        text.push_str(piece);
        if piece.ends_with(quote) {
            text.push(quote);
        }
    }
    text.push(quote);
}

/// Whether a name keeps all of its characters without quotes.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.trim() == name
}

fn holds_special(dialect: &Dialect, value: &str) -> bool {
    let special = [dialect.delimiter, dialect.quote, b'\n', b'\r'];
    // At the file's start, a byte order mark would be taken for one.
    value.starts_with('\u{feff}') || value.bytes().any(|byte| special.contains(&byte))
}
