//! A value as one of another kind, if it is the same one.

use wpipe_data::table::{ClockTime, Decimal, Elapsed, Instant};
use wpipe_data::{ColumnKind, Date, TimeUnit};

use super::{Cell, parse, print};

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// Returns `cell` in a column of `kind`; `None` if it has no place there, exactly. `text` keeps values written as text.
///
/// Only a decimal among floats becomes the nearest one, as its text does.
pub(crate) fn convert<'c>(cell: Cell<'c>, kind: ColumnKind, text: &'c mut String) -> Option<Cell<'c>> {
    match (cell, kind) {
        (Cell::Binary(bytes), ColumnKind::Text) => return str::from_utf8(bytes).ok().map(Cell::Text),
        (Cell::Text(text), ColumnKind::Binary) => return Some(Cell::Binary(text.as_bytes())),
        (Cell::Text(text), kind) => return parse(kind, text),
        (cell, ColumnKind::Text) => {
            text.clear();
            // A `String` takes every text.
            let _ = print(cell, text);
            return Some(Cell::Text(text));
        }
        _ => {}
    }
    match kind {
        ColumnKind::Bool => matches!(cell, Cell::Bool(_)).then_some(cell),
        ColumnKind::I32 => i32::try_from(whole(cell)?).ok().map(Cell::I32),
        ColumnKind::I64 => i64::try_from(whole(cell)?).ok().map(Cell::I64),
        ColumnKind::U64 => u64::try_from(whole(cell)?).ok().map(Cell::U64),
        ColumnKind::F64 => float(cell).map(Cell::F64),
        ColumnKind::F32 => single(float(cell)?).map(Cell::F32),
        ColumnKind::Decimal(precision, scale) => decimal(cell, precision, scale).map(Cell::Decimal),
        ColumnKind::Date => date(cell).map(Cell::Date),
        ColumnKind::Time(unit) => match cell {
            Cell::Time(time) => Some(Cell::Time(ClockTime::new(time.unit.convert(time.count, unit)?, unit))),
            _ => None,
        },
        ColumnKind::Timestamp(unit, zone) => {
            let (count, from, own) = match cell {
                Cell::Timestamp(Instant { count, unit, zone }) => (count, unit, zone),
                Cell::Date(Date(days)) => (i64::from(days) * SECONDS_PER_DAY, TimeUnit::Second, None),
                _ => return None,
            };
            // Times with and without UTC are two things, unless the entry says that they are one.
            let is_same = own.is_none() || zone.is_some();
            is_same.then_some(())?;
            Some(Cell::Timestamp(Instant { count: from.convert(count, unit)?, unit, zone }))
        }
        ColumnKind::Duration(unit) => match cell {
            Cell::Duration(elapsed) => {
                Some(Cell::Duration(Elapsed::new(elapsed.unit.convert(elapsed.count, unit)?, unit)))
            }
            _ => None,
        },
        ColumnKind::Binary => matches!(cell, Cell::Binary(_)).then_some(cell),
        _ => None,
    }
}

/// Returns the whole number that a number is.
fn whole(cell: Cell<'_>) -> Option<i128> {
    let of_float = |value: f64| (value as i128 as f64 == value && value.abs() < 1e38).then_some(value as i128);
    match cell {
        Cell::I32(value) => Some(value.into()),
        Cell::I64(value) => Some(value.into()),
        Cell::U64(value) => Some(value.into()),
        Cell::F32(value) => of_float(value.into()),
        Cell::F64(value) => of_float(value),
        Cell::Decimal(decimal) => decimal.whole(),
        _ => None,
    }
}

/// Returns the float that a number is.
fn float(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::F32(value) => Some(value.into()),
        Cell::F64(value) => Some(value),
        Cell::Decimal(decimal) => match parse(ColumnKind::F64, &decimal.to_string())? {
            Cell::F64(value) => Some(value),
            _ => None,
        },
        cell => {
            let whole = whole(cell)?;
            let float = whole as f64;
            (float as i128 == whole).then_some(float)
        }
    }
}

/// Returns the single precision number that a double one is.
fn single(value: f64) -> Option<f32> {
    let single = value as f32;
    (f64::from(single) == value || value.is_nan()).then_some(single)
}

fn decimal(cell: Cell<'_>, precision: u8, scale: i8) -> Option<Decimal> {
    match cell {
        Cell::Decimal(decimal) => decimal.rescaled(precision, scale),
        // The shortest text of the float: the value that people mean by it.
        Cell::F32(value) => Decimal::parse(&format!("{value:?}"), precision, scale),
        Cell::F64(value) => Decimal::parse(&format!("{value:?}"), precision, scale),
        cell => Decimal::new(whole(cell)?, 0).rescaled(precision, scale),
    }
}

fn date(cell: Cell<'_>) -> Option<Date> {
    match cell {
        Cell::Date(date) => Some(date),
        Cell::Timestamp(Instant { count, unit, zone: None }) => {
            let seconds = unit.convert(count, TimeUnit::Second)?;
            let days = (seconds % SECONDS_PER_DAY == 0).then_some(seconds / SECONDS_PER_DAY)?;
            i32::try_from(days).ok().map(Date)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wpipe_data::Zone;

    fn converted(cell: Cell<'_>, kind: ColumnKind) -> Option<String> {
        let mut text = String::new();
        convert(cell, kind, &mut text).map(|cell| {
            let mut shown = String::new();
            print(cell, &mut shown).expect("a text takes everything");
            shown
        })
    }

    #[test]
    fn what_is_the_same_is_converted() {
        let micros = |count, zone| Cell::Timestamp(Instant { count, unit: TimeUnit::Micro, zone });
        for (cell, kind, expected) in [
            (Cell::I64(3), ColumnKind::F64, "3.0"),
            (Cell::F64(3.0), ColumnKind::I32, "3"),
            (Cell::U64(u64::MAX), ColumnKind::Decimal(20, 0), "18446744073709551615"),
            (Cell::F64(0.1), ColumnKind::Decimal(10, 2), "0.10"),
            (Cell::F64(0.5), ColumnKind::F32, "0.5"),
            (Cell::Decimal(Decimal::new(110, 2)), ColumnKind::Text, "1.10"),
            (Cell::Text("7"), ColumnKind::I64, "7"),
            (Cell::Binary(b"ab"), ColumnKind::Text, "ab"),
            (Cell::Date(Date(1)), ColumnKind::TIMESTAMP, "1970-01-02T00:00:00"),
            (micros(0, None), ColumnKind::Date, "1970-01-01"),
            (micros(5, None), ColumnKind::Timestamp(TimeUnit::Nano, Some(Zone::UTC)), "1970-01-01T00:00:00.000005Z"),
        ] {
            assert_eq!(converted(cell, kind).as_deref(), Some(expected), "{cell:?} {kind}");
        }
    }

    #[test]
    fn what_would_be_another_value_is_refused() {
        let micros = |count, zone| Cell::Timestamp(Instant { count, unit: TimeUnit::Micro, zone });
        for (cell, kind) in [
            (Cell::I64((1 << 53) + 1), ColumnKind::F64),
            (Cell::F64(0.5), ColumnKind::I64),
            (Cell::F64(f64::NAN), ColumnKind::I64),
            (Cell::F64(0.1), ColumnKind::F32),
            (Cell::I64(-1), ColumnKind::U64),
            (Cell::I64(i64::MAX), ColumnKind::I32),
            (Cell::Decimal(Decimal::new(115, 2)), ColumnKind::Decimal(10, 1)),
            (Cell::Bool(true), ColumnKind::I64),
            (Cell::Binary(b"\xff"), ColumnKind::Text),
            (micros(5, None), ColumnKind::Timestamp(TimeUnit::Milli, None)),
            (micros(0, Some(Zone::UTC)), ColumnKind::TIMESTAMP),
            (micros(1, None), ColumnKind::Date),
        ] {
            assert_eq!(converted(cell, kind), None, "{cell:?} {kind}");
        }
    }
}
