//! Dates and times as fields of rows: of any unit of the column, if each value is whole in that of the field.

use core::marker::PhantomData;

use super::field::Cell;
use super::numbers::fill_values;
use crate::table::rows::Rows;
use crate::table::{
    ClockTime, ColumnKind, ColumnMut, Date, Duration, DurationMillis, DurationNanos, DurationSeconds, Elapsed, Instant,
    Table, TableError, Time, TimeNanos, TimeUnit, Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds, Value,
    bits,
};

/// A time as a count of units.
pub trait Count: Value {
    const UNIT: TimeUnit;

    /// Returns the unit of a column of such times, whatever it is; `None` for a column of anything else.
    fn unit_of(kind: ColumnKind) -> Option<TimeUnit>;

    /// Returns a count of units as people write it.
    fn show(count: i64, unit: TimeUnit) -> String;
}

macro_rules! counts {
    ($($time:ty: $unit:ident of $kind:pat => $of:expr, $shown:ident;)*) => {$(
        impl Count for $time {
            const UNIT: TimeUnit = TimeUnit::$unit;

            fn unit_of(kind: ColumnKind) -> Option<TimeUnit> {
                match kind {
                    $kind => Some($of),
                    _ => None,
                }
            }

            fn show(count: i64, unit: TimeUnit) -> String {
                $shown::new(count, unit).to_string()
            }
        }

        impl<'t> Cell<'t> for $time {
            const NAME: &'static str = stringify!($time);

            type Column = TimeColumn<'t, Self>;

            fn column(table: &'t Table<'_>, at: usize) -> Result<TimeColumn<'t, Self>, TableError> {
                TimeColumn::new(table, at)
            }

            #[inline]
            fn of(time: Self) -> Self {
                time
            }

            fn kind() -> Option<ColumnKind> {
                Some(Self::KIND)
            }

            fn fill<'c>(
                cells: impl Iterator<Item = Option<&'c Self>>,
                to: &mut ColumnMut<'_>,
            ) -> Result<(), TableError> {
                fill_values(cells, to, |time: &Self| *time)
            }
        }
    )*};
}

counts! {
    Timestamp: Micro of ColumnKind::Timestamp(unit, _) => unit, Instant;
    TimestampSeconds: Second of ColumnKind::Timestamp(unit, _) => unit, Instant;
    TimestampMillis: Milli of ColumnKind::Timestamp(unit, _) => unit, Instant;
    TimestampNanos: Nano of ColumnKind::Timestamp(unit, _) => unit, Instant;
    Time: Micro of ColumnKind::Time(unit) => unit, ClockTime;
    TimeNanos: Nano of ColumnKind::Time(unit) => unit, ClockTime;
    Duration: Micro of ColumnKind::Duration(unit) => unit, Elapsed;
    DurationSeconds: Second of ColumnKind::Duration(unit) => unit, Elapsed;
    DurationMillis: Milli of ColumnKind::Duration(unit) => unit, Elapsed;
    DurationNanos: Nano of ColumnKind::Duration(unit) => unit, Elapsed;
}

/// The times of a column in the unit of `T`.
#[derive(Debug, Clone, Copy)]
pub struct TimeColumn<'t, T> {
    counts: &'t [i64],
    /// The unit of the column; each count that is there is whole in that of `T`.
    unit: TimeUnit,
    wanted: PhantomData<T>,
}

impl<'t, T: Count> TimeColumn<'t, T> {
    fn new(table: &'t Table<'_>, at: usize) -> Result<Self, TableError> {
        let column = &table.columns[at];
        let Some(unit) = T::unit_of(column.kind) else {
            // Without any value it is one of times as well.
            let times: &[T] = table.values_as(at)?;
            return Ok(Self { counts: bytemuck::cast_slice(times), unit: T::UNIT, wanted: PhantomData });
        };
        let counts: &[i64] = table.values(column)?;
        if unit != T::UNIT {
            let validity = table.validity_of(column, counts.len())?;
            for (row, count) in counts.iter().enumerate() {
                let is_there = validity.is_none_or(|validity| bits::get(validity, row));
                if is_there && unit.convert(*count, T::UNIT).is_none() {
                    return Err(TableError::inexact(column, row, T::show(*count, unit), T::NAME));
                }
            }
        }
        Ok(Self { counts, unit, wanted: PhantomData })
    }
}

impl<T: Count> Rows for TimeColumn<'_, T> {
    type Item = T;

    #[inline]
    fn row(&self, row: usize) -> T {
        let count = self.counts[row];
        let count = if self.unit == T::UNIT { count } else { self.unit.convert(count, T::UNIT).unwrap_or_default() };
        bytemuck::cast(count)
    }
}

impl<'t> Cell<'t> for Date {
    const NAME: &'static str = "Date";

    type Column = &'t [Self];

    fn column(table: &'t Table<'_>, at: usize) -> Result<&'t [Self], TableError> {
        table.values_as(at)
    }

    #[inline]
    fn of(date: Self) -> Self {
        date
    }

    fn kind() -> Option<ColumnKind> {
        Some(ColumnKind::Date)
    }

    fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        fill_values(cells, to, |date: &Self| *date)
    }
}
