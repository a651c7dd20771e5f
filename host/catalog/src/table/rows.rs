//! Building a table cell by cell. A first pass over the source counts, so that the second writes every value to
//! its place in the buffer.

use wpipe_buffer::Buffer;
use wpipe_data::table::{ClockTime, ColumnMut, Elapsed, Instant};
use wpipe_data::{ColumnKind, Room, TableError, TableMut, TableSpec};

use super::Cell;
use crate::destination::Destination;
use crate::fault::Fault;

/// A column that is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    /// The number of missing values.
    pub(crate) nulls: usize,
    /// The room of all texts, binary values or items together, or more.
    pub(crate) room: Room,
}

/// A table's columns, being filled from the first row to the last.
#[derive(Debug)]
pub(crate) struct Rows<'t, 's> {
    columns: &'t mut [ColumnMut<'s>],
    row: usize,
}

/// Lays out a table of `rows` rows and has `fill` write all of its cells.
pub(crate) fn build<E: From<Fault>>(
    rows: usize,
    columns: &[Column],
    to: &Destination,
    fill: impl FnOnce(Rows<'_, '_>) -> Result<(), E>,
) -> Result<Buffer, E> {
    let mut spec = TableSpec::new(rows);
    for Column { name, kind, nulls, room } in columns {
        spec = spec.column_with(name, *kind, *room);
        if *nulls > 0 {
            spec = spec.nullable();
        }
    }
    let mut area = to.area();
    let mut table: TableMut<'_> = spec.build_in(&mut area).map_err(Fault::from)?;
    fill(Rows { columns: table.columns_mut(), row: 0 })?;
    let size = table.finish().map_err(Fault::from)?;
    Ok(area.finish(size).map_err(|error| Fault::memory(size, &error))?)
}

impl<'t, 's> Rows<'t, 's> {
    /// Returns the columns, to be filled one by one instead.
    pub(crate) fn into_columns(self) -> &'t mut [ColumnMut<'s>] {
        self.columns
    }

    /// Writes a cell of the current row; `None` if the value is missing. Each cell is written once.
    pub(crate) fn set(&mut self, column: usize, cell: Option<Cell<'_>>) -> Result<(), TableError> {
        set(&mut self.columns[column], self.row, cell)
    }

    /// Goes on with the next row.
    pub(crate) fn next_row(&mut self) {
        self.row += 1;
    }
}

/// Writes the cell of a row; those of text and binary come in the order of their rows. Each cell is written once.
pub(crate) fn set(column: &mut ColumnMut<'_>, row: usize, cell: Option<Cell<'_>>) -> Result<(), TableError> {
    match cell {
        Some(Cell::Bool(value)) => column.bools()?.set(row, value),
        Some(Cell::I32(value)) => column.values()?[row] = value,
        Some(Cell::I64(value)) => column.values()?[row] = value,
        Some(Cell::U64(value)) => column.values()?[row] = value,
        Some(Cell::F32(value)) => column.values()?[row] = value,
        Some(Cell::F64(value)) => column.values()?[row] = value,
        Some(Cell::Date(value)) => column.values()?[row] = value,
        Some(Cell::Time(ClockTime { count, .. }))
        | Some(Cell::Timestamp(Instant { count, .. }))
        | Some(Cell::Duration(Elapsed { count, .. })) => set_bytes(column, row, &count.to_le_bytes()),
        Some(Cell::Decimal(value)) => column.values()?[row] = value.unscaled,
        Some(Cell::Text(text)) => column.text()?.push(text)?,
        Some(Cell::Binary(bytes)) => column.binary()?.push(bytes)?,
        Some(Cell::Hex(digits)) => column.binary()?.push(&bytes_of_hex(digits))?,
        Some(Cell::List(items)) => {
            let mut lists = column.lists()?;
            let start = lists.items_written();
            // Before items are written behind the room for them.
            lists.check_room(items.len())?;
            items.iter().zip(start..).try_for_each(|(item, at)| set(lists.items(), at, item))?;
            lists.end(items.len())?;
        }
        None if matches!(column.kind(), ColumnKind::List(_)) => column.lists()?.push_missing()?,
        None if column.kind() == ColumnKind::Text => column.text()?.push_option(None)?,
        None if column.kind() == ColumnKind::Binary => column.binary()?.push_option(None)?,
        None => column.validity()?.set(row, false),
    }
    Ok(())
}

/// Writes a value of a kind whose type depends on its unit.
fn set_bytes(column: &mut ColumnMut<'_>, row: usize, bytes: &[u8; 8]) {
    debug_assert_eq!(column.kind().width(), Some(bytes.len()));
    column.value_bytes()[row * bytes.len()..][..bytes.len()].copy_from_slice(bytes);
}

/// Returns the bytes of hexadecimal digits; the digits have been checked.
fn bytes_of_hex(digits: &str) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
    digits.as_bytes().chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}
