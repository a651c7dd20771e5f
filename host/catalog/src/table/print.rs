//! Cells as text, so that they read the same again.

use std::fmt::{self, Write};

use wpipe_data::table::{
    ClockTime, Decimal, Duration, DurationMillis, DurationNanos, DurationSeconds, Elapsed, Instant, Time, TimeNanos,
    Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds, Value,
};
use wpipe_data::{ColumnKind, Date, Table, TableError, TimeUnit};

use super::Cell;

/// Writes a cell's text: floats in the shortest form that reads back as the same number, and never like a whole
/// number; binary as hexadecimal digits.
pub(crate) fn print(cell: Cell<'_>, to: &mut impl Write) -> fmt::Result {
    match cell {
        Cell::Bool(value) => write!(to, "{value}"),
        Cell::I32(value) => write!(to, "{value}"),
        Cell::I64(value) => write!(to, "{value}"),
        Cell::U64(value) => write!(to, "{value}"),
        Cell::F32(value) => write!(to, "{value:?}"),
        Cell::F64(value) => write!(to, "{value:?}"),
        Cell::Text(text) | Cell::Hex(text) => to.write_str(text),
        Cell::Binary(bytes) => bytes.iter().try_for_each(|byte| write!(to, "{byte:02x}")),
        Cell::Date(date) => write!(to, "{date}"),
        Cell::Time(time) => write!(to, "{time}"),
        Cell::Timestamp(instant) => write!(to, "{instant}"),
        Cell::Duration(elapsed) => write!(to, "{elapsed}"),
        Cell::Decimal(decimal) => write!(to, "{decimal}"),
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
    use TimeUnit::{Micro, Milli, Nano, Second};
    let column = Column { table, at };
    match kind {
        ColumnKind::Bool => {
            let column = table.nullable_bools(at)?;
            Ok(Box::new(move |row| column.get(row).map(Cell::Bool)))
        }
        ColumnKind::I32 => column.values(Cell::I32),
        ColumnKind::I64 => column.values(Cell::I64),
        ColumnKind::U64 => column.values(Cell::U64),
        ColumnKind::F32 => column.values(Cell::F32),
        ColumnKind::F64 => column.values(Cell::F64),
        ColumnKind::Date => column.values(|date: Date| Cell::Date(date)),
        ColumnKind::Time(Nano) => column.values(|time: TimeNanos| Cell::Time(ClockTime::new(time.0, Nano))),
        ColumnKind::Time(_) => column.values(|time: Time| Cell::Time(ClockTime::new(time.0, Micro))),
        ColumnKind::Timestamp(unit, zone) => {
            let cell = move |count| Cell::Timestamp(Instant { count, unit, zone });
            match unit {
                Second => column.values(move |timestamp: TimestampSeconds| cell(timestamp.0)),
                Milli => column.values(move |timestamp: TimestampMillis| cell(timestamp.0)),
                Micro => column.values(move |timestamp: Timestamp| cell(timestamp.0)),
                Nano => column.values(move |timestamp: TimestampNanos| cell(timestamp.0)),
            }
        }
        ColumnKind::Duration(unit) => {
            let cell = move |count| Cell::Duration(Elapsed::new(count, unit));
            match unit {
                Second => column.values(move |duration: DurationSeconds| cell(duration.0)),
                Milli => column.values(move |duration: DurationMillis| cell(duration.0)),
                Micro => column.values(move |duration: Duration| cell(duration.0)),
                Nano => column.values(move |duration: DurationNanos| cell(duration.0)),
            }
        }
        ColumnKind::Decimal(_, scale) => {
            column.values(move |unscaled: i128| Cell::Decimal(Decimal::new(unscaled, scale)))
        }
        ColumnKind::Binary => {
            let column = table.nullable_binary(at)?;
            Ok(Box::new(move |row| column.get(row).map(Cell::Binary)))
        }
        _ => {
            let column = table.nullable_text(at)?;
            Ok(Box::new(move |row| column.get(row).map(Cell::Text)))
        }
    }
}

struct Column<'t> {
    table: &'t Table<'t>,
    at: usize,
}

impl<'t> Column<'t> {
    fn values<T: Value>(&self, cell: impl Fn(T) -> Cell<'t> + 't) -> Result<CellAt<'t>, TableError> {
        let column = self.table.nullable::<T>(self.at)?;
        Ok(Box::new(move |row| column.get(row).map(&cell)))
    }
}
