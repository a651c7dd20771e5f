//! Cells as text, so that they read the same again.

use std::fmt::{self, Write};
use std::ops::Range;

use wpipe_data::table::{
    ClockTime, Decimal, Duration, DurationMillis, DurationNanos, DurationSeconds, Elapsed, Instant, Time, TimeNanos,
    Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds, Value,
};
use wpipe_data::{ColumnKind, Date, Table, TableError, TimeUnit};

use super::Cell;
use super::cell::{ItemAt, Items};

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
        Cell::List(items) => {
            to.write_char('[')?;
            for (at, item) in items.iter().enumerate() {
                to.write_str(if at > 0 { ", " } else { "" })?;
                match item {
                    Some(Cell::Text(text)) => write!(to, "{text:?}")?,
                    Some(item) => print(item, to)?,
                    None => to.write_str("null")?,
                }
            }
            to.write_char(']')
        }
    }
}

/// The cells by position; `None` if a value is missing.
pub(crate) type CellAt<'t> = Box<dyn Fn(usize) -> Option<Cell<'t>> + 't>;

impl ItemAt for CellAt<'_> {
    fn item(&self, at: usize) -> Option<Cell<'_>> {
        self(at)
    }
}

/// The cells of a column.
pub(crate) struct Cells<'t>(Of<'t>);

enum Of<'t> {
    Values(CellAt<'t>),
    Lists { ranges: Ranges<'t>, items: CellAt<'t> },
}

/// The positions of a row's items; `None` if the list is missing.
type Ranges<'t> = Box<dyn Fn(usize) -> Option<Range<usize>> + 't>;

impl Cells<'_> {
    /// Returns the cell in a row; `None` if the value is missing.
    pub(crate) fn at(&self, row: usize) -> Option<Cell<'_>> {
        match &self.0 {
            Of::Values(cell) => cell(row),
            Of::Lists { ranges, items } => {
                ranges(row).map(|range| Cell::List(Items::new(items, range.start, range.end)))
            }
        }
    }
}

/// Returns every column's cells. Everything in them has been checked.
pub(crate) fn cells<'t>(table: &'t Table<'_>) -> Result<Vec<Cells<'t>>, TableError> {
    let cells = table.columns().enumerate().map(|(at, column)| match column.kind {
        ColumnKind::List(item) => {
            let lists = Lists { table, at };
            Ok(Cells(Of::Lists { ranges: lists.ranges()?, items: cells_of(&lists, item.kind())? }))
        }
        kind => cells_of(&Values { table, at }, kind).map(|cell| Cells(Of::Values(cell))),
    });
    cells.collect()
}

/// A source of cells: a column, or the items of its lists.
trait Source<'t> {
    fn values<T: Value>(&self, cell: impl Fn(T) -> Cell<'t> + 't) -> Result<CellAt<'t>, TableError>;
    fn bools(&self) -> Result<CellAt<'t>, TableError>;
    fn texts(&self) -> Result<CellAt<'t>, TableError>;
    fn binary(&self) -> Result<CellAt<'t>, TableError>;
}

fn cells_of<'t>(of: &impl Source<'t>, kind: ColumnKind) -> Result<CellAt<'t>, TableError> {
    use TimeUnit::{Micro, Milli, Nano, Second};
    match kind {
        ColumnKind::Bool => of.bools(),
        ColumnKind::I32 => of.values(Cell::I32),
        ColumnKind::I64 => of.values(Cell::I64),
        ColumnKind::U64 => of.values(Cell::U64),
        ColumnKind::F32 => of.values(Cell::F32),
        ColumnKind::F64 => of.values(Cell::F64),
        ColumnKind::Date => of.values(|date: Date| Cell::Date(date)),
        ColumnKind::Time(Nano) => of.values(|time: TimeNanos| Cell::Time(ClockTime::new(time.0, Nano))),
        ColumnKind::Time(_) => of.values(|time: Time| Cell::Time(ClockTime::new(time.0, Micro))),
        ColumnKind::Timestamp(unit, zone) => {
            let cell = move |count| Cell::Timestamp(Instant { count, unit, zone });
            match unit {
                Second => of.values(move |timestamp: TimestampSeconds| cell(timestamp.0)),
                Milli => of.values(move |timestamp: TimestampMillis| cell(timestamp.0)),
                Micro => of.values(move |timestamp: Timestamp| cell(timestamp.0)),
                Nano => of.values(move |timestamp: TimestampNanos| cell(timestamp.0)),
            }
        }
        ColumnKind::Duration(unit) => {
            let cell = move |count| Cell::Duration(Elapsed::new(count, unit));
            match unit {
                Second => of.values(move |duration: DurationSeconds| cell(duration.0)),
                Milli => of.values(move |duration: DurationMillis| cell(duration.0)),
                Micro => of.values(move |duration: Duration| cell(duration.0)),
                Nano => of.values(move |duration: DurationNanos| cell(duration.0)),
            }
        }
        ColumnKind::Decimal(_, scale) => of.values(move |unscaled: i128| Cell::Decimal(Decimal::new(unscaled, scale))),
        ColumnKind::Binary => of.binary(),
        _ => of.texts(),
    }
}

struct Values<'t> {
    table: &'t Table<'t>,
    at: usize,
}

impl<'t> Source<'t> for Values<'t> {
    fn values<T: Value>(&self, cell: impl Fn(T) -> Cell<'t> + 't) -> Result<CellAt<'t>, TableError> {
        let column = self.table.nullable::<T>(self.at)?;
        Ok(Box::new(move |row| column.get(row).map(&cell)))
    }

    fn bools(&self) -> Result<CellAt<'t>, TableError> {
        let column = self.table.nullable_bools(self.at)?;
        Ok(Box::new(move |row| column.get(row).map(Cell::Bool)))
    }

    fn texts(&self) -> Result<CellAt<'t>, TableError> {
        let column = self.table.nullable_text(self.at)?;
        Ok(Box::new(move |row| column.get(row).map(Cell::Text)))
    }

    fn binary(&self) -> Result<CellAt<'t>, TableError> {
        let column = self.table.nullable_binary(self.at)?;
        Ok(Box::new(move |row| column.get(row).map(Cell::Binary)))
    }
}

/// The items of all lists, from that of the first one on.
struct Lists<'t> {
    table: &'t Table<'t>,
    at: usize,
}

impl<'t> Lists<'t> {
    fn ranges(&self) -> Result<Ranges<'t>, TableError> {
        let ranges = self.table.list_ranges(self.at)?;
        Ok(Box::new(move |row| ranges.get(row)))
    }
}

impl<'t> Source<'t> for Lists<'t> {
    fn values<T: Value>(&self, cell: impl Fn(T) -> Cell<'t> + 't) -> Result<CellAt<'t>, TableError> {
        let items = self.table.nullable_lists::<Option<T>>(self.at)?.values().items();
        Ok(Box::new(move |at| items.get(at).map(&cell)))
    }

    fn bools(&self) -> Result<CellAt<'t>, TableError> {
        let items = self.table.nullable_lists::<Option<bool>>(self.at)?.values().items();
        Ok(Box::new(move |at| items.get(at).map(Cell::Bool)))
    }

    fn texts(&self) -> Result<CellAt<'t>, TableError> {
        let items = self.table.nullable_lists::<Option<&str>>(self.at)?.values().items();
        Ok(Box::new(move |at| items.get(at).map(Cell::Text)))
    }

    fn binary(&self) -> Result<CellAt<'t>, TableError> {
        let items = self.table.nullable_lists::<Option<&[u8]>>(self.at)?.values().items();
        Ok(Box::new(move |at| items.get(at).map(Cell::Binary)))
    }
}
