//! From a table to JSON.
//!
//! serde_json writes names and texts. It does not write numbers: it has `1e+300` where `csv` has `1e300`, and makes NaN
//! a missing value.

use std::collections::HashSet;

use wpipe_data::Table;

use super::form::{Form, Orient};
use crate::fault::{At, Fault};
use crate::table::{Cell, Cells, cells, print};

/// Returns the text of `table` in `form`.
pub(super) fn save(table: &Table<'_>, form: &Form) -> Result<String, Fault> {
    let writer = Writer::new(table, form)?;
    let mut json = String::new();
    match form.orient {
        Orient::Records { lines: true } => {
            for row in 0..writer.rows {
                writer.record(&mut json, row)?;
                json.push('\n');
            }
        }
        Orient::Records { lines: false } => {
            let broken = if writer.rows == 0 { "" } else { "\n" };
            json.push('[');
            json.push_str(broken);
            joined(&mut json, ",\n", 0..writer.rows, |json, row| writer.record(json, row))?;
            json.push_str(broken);
            json.push_str("]\n");
        }
        Orient::Split => writer.split(&mut json)?,
        Orient::Columns => writer.columns(&mut json)?,
        Orient::Index => {
            json.push('{');
            joined(&mut json, ",\n", writer.names()?.iter().enumerate(), |json, (row, name)| {
                json.push_str(name);
                json.push(':');
                writer.record(json, row)
            })?;
            json.push_str("}\n");
        }
    }
    Ok(json)
}

/// Writes each item, and `between` in between.
fn joined<T>(
    json: &mut String,
    between: &str,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            json.push_str(between);
        }
        write(json, item)?;
    }
    Ok(())
}

struct Writer<'t> {
    rows: usize,
    columns: Vec<Column<'t>>,
    /// The column beside the others that has the names of rows.
    index: Option<Column<'t>>,
    allows_nan: bool,
}

struct Column<'t> {
    name: &'t str,
    /// The key as JSON.
    key: String,
    cell: Cells<'t>,
}

impl<'t> Writer<'t> {
    fn new(table: &'t Table<'_>, form: &Form) -> Result<Self, Fault> {
        let names = table.columns().map(|column| column.name);
        let mut columns: Vec<_> =
            names.zip(cells(table)?).map(|(name, cell)| Column { name, key: quoted(name), cell }).collect();
        let index = match form.index.as_deref() {
            None => None,
            Some(index) => match columns.iter().position(|column| column.name == index) {
                Some(at) => Some(columns.remove(at)),
                None => {
                    let fault = Fault::new(format!("the table has no column `{index}`, whose values name the rows"));
                    return Err(fault.help("leave the option `index` out: rows are called 0, 1, 2 and so on"));
                }
            },
        };
        Ok(Self { rows: table.rows(), columns, index, allows_nan: form.allows_nan })
    }

    fn record(&self, json: &mut String, row: usize) -> Result<(), Fault> {
        json.push('{');
        joined(json, ",", &self.columns, |json, column| {
            json.push_str(&column.key);
            json.push(':');
            self.cell(json, column, row)
        })?;
        json.push('}');
        Ok(())
    }

    fn split(&self, json: &mut String) -> Result<(), Fault> {
        json.push_str("{\"columns\":[");
        joined(json, ",", &self.columns, |json, column| {
            json.push_str(&column.key);
            Ok(())
        })?;
        if let Some(index) = &self.index {
            json.push_str("],\n\"index\":[");
            joined(json, ",", 0..self.rows, |json, row| self.cell(json, index, row))?;
        }
        json.push_str("],\n\"data\":[");
        joined(json, ",\n", 0..self.rows, |json, row| {
            json.push('[');
            joined(json, ",", &self.columns, |json, column| self.cell(json, column, row))?;
            json.push(']');
            Ok(())
        })?;
        json.push_str("]}\n");
        Ok(())
    }

    fn columns(&self, json: &mut String) -> Result<(), Fault> {
        let names = self.names()?;
        json.push('{');
        joined(json, ",\n", &self.columns, |json, column| {
            json.push_str(&column.key);
            json.push_str(":{");
            joined(json, ",", names.iter().enumerate(), |json, (row, name)| {
                json.push_str(name);
                json.push(':');
                self.cell(json, column, row)
            })?;
            json.push('}');
            Ok(())
        })?;
        json.push_str("}\n");
        Ok(())
    }

    /// Returns the names of rows, each of one row: values of an object's names.
    fn names(&self) -> Result<Vec<String>, Fault> {
        let Some(index) = &self.index else {
            return Ok((0..self.rows).map(|row| quoted(&row.to_string())).collect());
        };
        let mut seen = HashSet::new();
        let mut names = Vec::with_capacity(self.rows);
        for row in 0..self.rows {
            let refuse = |words: String| Err(Fault::new(words).at(At::Row(row as u64 + 1)).column(index.name));
            let mut name = String::new();
            match index.cell.at(row) {
                None => return refuse("it is missing, and names the row".to_owned()),
                Some(Cell::Text(text)) => name.push_str(text),
                Some(cell) => drop(print(cell, &mut name)),
            }
            if !seen.insert(name.clone()) {
                return refuse(format!("`{name}` names two rows, and of two equal names readers keep one"));
            }
            names.push(quoted(&name));
        }
        Ok(names)
    }

    fn cell(&self, json: &mut String, column: &Column<'_>, row: usize) -> Result<(), Fault> {
        let written = write_cell(json, column.cell.at(row), self.allows_nan);
        written.map_err(|fault| fault.at(At::Row(row as u64 + 1)).column(column.name))
    }
}

/// Returns a text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn write_cell(json: &mut String, cell: Option<Cell<'_>>, allows_nan: bool) -> Result<(), Fault> {
    match cell {
        None => json.push_str("null"),
        Some(Cell::Text(text)) => json.push_str(&quoted(text)),
        Some(Cell::List(items)) => {
            json.push('[');
            joined(json, ",", items.iter(), |json, item| write_cell(json, item, allows_nan))?;
            json.push(']');
        }
        Some(Cell::F64(value)) if !value.is_finite() => json.push_str(no_number(value, allows_nan)?),
        Some(Cell::F32(value)) if !value.is_finite() => json.push_str(no_number(value.into(), allows_nan)?),
        Some(
            cell @ (Cell::Binary(_)
            | Cell::Hex(_)
            | Cell::Date(_)
            | Cell::Time(_)
            | Cell::Timestamp(_)
            | Cell::Duration(_)),
        ) => {
            json.push('"');
            // A `String` takes every text, and none has anything to escape.
            let _ = print(cell, json);
            json.push('"');
        }
        Some(cell) => drop(print(cell, json)),
    }
    Ok(())
}

/// Returns Python's word for a float that JSON does not know.
fn no_number(value: f64, is_allowed: bool) -> Result<&'static str, Fault> {
    if !is_allowed {
        let fault = Fault::new(format!("json has no {value}"));
        return Err(fault.help(
            "write it as Python does with `allow_nan = true`, use another type, such as parquet or csv, or leave the \
             value out",
        ));
    }
    Ok(match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    })
}
