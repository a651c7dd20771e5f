//! From a table to JSON records.
//!
//! Names and texts are serde_json's to write. Numbers are not: it has `1e+300` where `csv` has `1e300`, and makes NaN a
//! missing value.

use wpipe_data::Table;

use crate::fault::{At, Fault};
use crate::table::{Cell, cells, print};

/// The records of `table`: one a line, or an array of them.
pub(super) fn save(table: &Table<'_>, lines: bool) -> Result<Vec<u8>, Fault> {
    let (opening, between, closing) = if lines { ("", "\n", "\n") } else { ("[\n", ",\n", "\n]\n") };
    let (opening, closing) = match (table.rows(), lines) {
        (0, true) => ("", ""),
        (0, false) => ("[", "]\n"),
        _ => (opening, closing),
    };
    let columns = cells(table)?;
    let names: Vec<_> =
        table.columns().map(|column| (column.name, serde_json::Value::from(column.name).to_string())).collect();
    let mut json = opening.to_owned();
    for row in 0..table.rows() {
        if row > 0 {
            json.push_str(between);
        }
        json.push('{');
        for (at, (cell, (name, key))) in columns.iter().zip(&names).enumerate() {
            if at > 0 {
                json.push(',');
            }
            json.push_str(key);
            json.push(':');
            write_cell(&mut json, cell(row)).map_err(|fault| fault.at(At::Row(row as u64 + 1)).column(*name))?;
        }
        json.push('}');
    }
    json.push_str(closing);
    Ok(json.into_bytes())
}

fn write_cell(json: &mut String, cell: Option<Cell<'_>>) -> Result<(), Fault> {
    match cell {
        None => json.push_str("null"),
        Some(Cell::Text(text)) => json.push_str(&serde_json::Value::from(text).to_string()),
        Some(Cell::F64(value)) if !value.is_finite() => return Err(no_form(value)),
        Some(Cell::F32(value)) if !value.is_finite() => return Err(no_form(value.into())),
        Some(
            cell @ (Cell::Binary(_)
            | Cell::Hex(_)
            | Cell::Date(_)
            | Cell::Time(_)
            | Cell::Timestamp(_)
            | Cell::Duration(_)),
        ) => {
            json.push('"');
            // A `String` takes everything, and none has anything to escape.
            let _ = print(cell, json);
            json.push('"');
        }
        Some(cell) => drop(print(cell, json)),
    }
    Ok(())
}

fn no_form(value: f64) -> Fault {
    Fault::new(format!("json has no {value}")).help("use another type, such as parquet or csv, or leave the value out")
}
