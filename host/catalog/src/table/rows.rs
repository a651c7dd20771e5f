//! Building a table cell by cell. A first pass over the source counts, so that the second writes every value to
//! its place in the buffer.

use wpipe_buffer::Buffer;
use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, TableError, TableMut, TableSpec};

use super::Cell;
use crate::destination::Destination;
use crate::fault::Fault;

/// A column that is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    /// How many values are missing.
    pub(crate) nulls: usize,
    /// The bytes of all texts together.
    pub(crate) text_bytes: usize,
}

/// A table's columns, being filled from the first row to the last.
#[derive(Debug)]
pub(crate) struct Rows<'t, 's> {
    columns: &'t mut [ColumnMut<'s>],
    row: usize,
}

/// Lays out a table of `rows` rows and has `fill` write all of its cells.
pub(crate) fn build(
    rows: usize,
    columns: &[Column],
    to: &Destination,
    fill: impl FnOnce(Rows<'_, '_>) -> Result<(), Fault>,
) -> Result<Buffer, Fault> {
    let mut spec = TableSpec::new(rows);
    for Column { name, kind, nulls, text_bytes } in columns {
        spec = match kind {
            ColumnKind::Text => spec.text(name, *text_bytes),
            kind => spec.column(name, *kind),
        };
        if *nulls > 0 {
            spec = spec.nullable();
        }
    }
    let mut area = to.area();
    let mut table: TableMut<'_> = spec.build_in(&mut area)?;
    fill(Rows { columns: table.columns_mut(), row: 0 })?;
    let size = table.finish()?;
    area.finish(size).map_err(|error| Fault::memory(size, &error))
}

impl Rows<'_, '_> {
    /// Writes a cell of the current row; `None` where the value is missing. Each cell is written once.
    pub(crate) fn set(&mut self, column: usize, cell: Option<Cell<'_>>) -> Result<(), TableError> {
        let row = self.row;
        let column = &mut self.columns[column];
        match cell {
            Some(Cell::Bool(value)) => column.bools()?.set(row, value),
            Some(Cell::I32(value)) => column.values()?[row] = value,
            Some(Cell::I64(value)) => column.values()?[row] = value,
            Some(Cell::F32(value)) => column.values()?[row] = value,
            Some(Cell::F64(value)) => column.values()?[row] = value,
            Some(Cell::Date(value)) => column.values()?[row] = value,
            Some(Cell::Timestamp(value)) => column.values()?[row] = value,
            Some(Cell::Text(text)) => column.text()?.push(text)?,
            None if column.kind() == ColumnKind::Text => column.text()?.push_option(None)?,
            None => column.validity()?.set(row, false),
        }
        Ok(())
    }

    /// Goes on with the next row.
    pub(crate) fn next_row(&mut self) {
        self.row += 1;
    }
}
