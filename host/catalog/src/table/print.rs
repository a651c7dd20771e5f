//! Cells as text, so that they read the same again.

use std::fmt::{self, Write};

use wpipe_data::{ColumnKind, Date, Table, TableError, Timestamp};

use super::Cell;

/// Writes a cell's text: floats in the shortest form that reads back as the same number, and never like a whole
/// number.
pub(crate) fn print(cell: Cell<'_>, to: &mut impl Write) -> fmt::Result {
    match cell {
        Cell::Bool(value) => write!(to, "{value}"),
        Cell::I32(value) => write!(to, "{value}"),
        Cell::I64(value) => write!(to, "{value}"),
        Cell::F32(value) => write!(to, "{value:?}"),
        Cell::F64(value) => write!(to, "{value:?}"),
        Cell::Text(text) => to.write_str(text),
        Cell::Date(date) => write!(to, "{date}"),
        Cell::Timestamp(timestamp) => write!(to, "{timestamp}"),
    }
}

/// The cells of a column, by row; `None` where a value is missing.
pub(crate) type CellAt<'t> = Box<dyn Fn(usize) -> Option<Cell<'t>> + 't>;

/// Every column's cells. Everything in them has been checked.
pub(crate) fn cells<'t>(table: &'t Table<'_>) -> Result<Vec<CellAt<'t>>, TableError> {
    let columns = table.columns().enumerate();
    columns.map(|(at, column)| cells_of(table, at, column.kind)).collect()
}

fn cells_of<'t>(table: &'t Table<'_>, at: usize, kind: ColumnKind) -> Result<CellAt<'t>, TableError> {
    Ok(match kind {
        ColumnKind::Bool => {
            let column = table.nullable_bools(at)?;
            Box::new(move |row| column.get(row).map(Cell::Bool))
        }
        ColumnKind::I32 => {
            let column = table.nullable::<i32>(at)?;
            Box::new(move |row| column.get(row).map(Cell::I32))
        }
        ColumnKind::I64 => {
            let column = table.nullable::<i64>(at)?;
            Box::new(move |row| column.get(row).map(Cell::I64))
        }
        ColumnKind::F32 => {
            let column = table.nullable::<f32>(at)?;
            Box::new(move |row| column.get(row).map(Cell::F32))
        }
        ColumnKind::F64 => {
            let column = table.nullable::<f64>(at)?;
            Box::new(move |row| column.get(row).map(Cell::F64))
        }
        ColumnKind::Date => {
            let column = table.nullable::<Date>(at)?;
            Box::new(move |row| column.get(row).map(Cell::Date))
        }
        ColumnKind::Timestamp => {
            let column = table.nullable::<Timestamp>(at)?;
            Box::new(move |row| column.get(row).map(Cell::Timestamp))
        }
        _ => {
            let column = table.nullable_text(at)?;
            Box::new(move |row| column.get(row).map(Cell::Text))
        }
    })
}
