//! One cell of a sheet: its value, and its text as a text format would have it.

use std::borrow::Cow;

use calamine::{CellErrorType, DataRef, ExcelDateTime};
use wpipe_data::{ColumnKind, TimeUnit};

use crate::fault::Fault;

/// The number from which on a cell does not hold every whole number.
const INEXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;

/// The number beyond which it is a measurement, and neither a count nor a name.
const MEASURED: f64 = 1e19;

/// The precision of Excel's own timestamps and durations.
const UNIT: TimeUnit = TimeUnit::Milli;

/// The coarsest unit of a table's time of day that holds them.
const TIME_UNIT: TimeUnit = TimeUnit::Micro;

/// The class of a cell, which limits the kind of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Bool,
    Whole,
    /// A whole number that may stand for another one.
    Inexact,
    Fraction,
    Date,
    Timestamp,
    Time,
    Duration,
    Text,
    /// A text that is empty, as formulas give it for nothing: missing, but in a column of text.
    EmptyText,
}

/// One value that is there.
#[derive(Debug, PartialEq)]
pub(super) struct Value<'c> {
    pub(super) class: Class,
    pub(super) text: Cow<'c, str>,
    /// The exact number, if it is one.
    pub(super) number: Option<f64>,
}

impl<'c> Value<'c> {
    /// Reads a cell; `None` if it is empty.
    pub(super) fn of(cell: DataRef<'c>, errors_are_missing: bool) -> Result<Option<Self>, Fault> {
        let new = |class, text: Cow<'c, str>| Some(Self { class, text, number: None });
        let of_text = |text: Cow<'c, str>| new(if text.is_empty() { Class::EmptyText } else { Class::Text }, text);
        Ok(match cell {
            DataRef::Empty | DataRef::Error(CellErrorType::NA) => None,
            DataRef::Error(_) if errors_are_missing => None,
            DataRef::Error(error) => {
                let fault = Fault::new(format!("the error {error} stands there"));
                return Err(fault.help("mend the workbook, or declare `errors = \"missing\"`"));
            }
            DataRef::Bool(value) => new(Class::Bool, if value { "true" } else { "false" }.into()),
            DataRef::Int(value) => new(Class::Whole, value.to_string().into()),
            DataRef::Float(number) => Some(Self::of_number(number)),
            DataRef::String(text) => of_text(text.into()),
            DataRef::SharedString(text) => of_text(text.into()),
            DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => of_text(text.into()),
            DataRef::DateTime(value) => Some(Self::of_moment(value)?),
        })
    }

    fn of_number(number: f64) -> Self {
        let class = match number {
            _ if number.fract() != 0.0 || !number.is_finite() || number.abs() > MEASURED => Class::Fraction,
            _ if number.abs() >= INEXACT => Class::Inexact,
            _ => Class::Whole,
        };
        Self { class, text: number.to_string().into(), number: Some(number) }
    }

    fn of_moment(value: ExcelDateTime) -> Result<Self, Fault> {
        const DAY: f64 = 86_400_000.0;
        let days = value.as_f64();
        let millis = (days * DAY).round();
        let new = |class, text: String| Self { class, text: text.into(), number: None };
        if value.is_duration() {
            let sign = if millis < 0.0 { "-" } else { "" };
            // As many digits as the cell holds exactly.
            let millis = millis.abs() as u64;
            return Ok(new(Class::Duration, format!("{sign}PT{}.{:03}S", millis / 1_000, millis % 1_000)));
        }
        if !(0.0..2_958_466.0).contains(&days) {
            let fault = Fault::new(format!("{days} days are no date of Excel's"));
            return Err(fault.help("format the cell as a number"));
        }
        let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
        let date = || format!("{year:04}-{month:02}-{day:02}");
        let time = || format!("{hour:02}:{minute:02}:{second:02}.{milli:03}");
        Ok(match (hour, minute, second, milli) {
            _ if days < 1.0 => new(Class::Time, time()),
            (0, 0, 0, 0) => new(Class::Date, date()),
            _ => new(Class::Timestamp, format!("{}T{}", date(), time())),
        })
    }
}

/// The classes of a column's values.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Classes(u16);

impl Classes {
    pub(super) fn see(&mut self, class: Class) {
        self.0 |= 1 << class as u16;
    }

    /// Returns the kind that holds all values as they are; text if they are of several.
    pub(super) fn kind(self) -> ColumnKind {
        // Empty texts are missing values, but in a column of text.
        let seen = self.0 & !Self::of(&[Class::EmptyText]).0;
        let only = |classes: &[Class]| seen != 0 && seen & !Self::of(classes).0 == 0;
        match () {
            () if only(&[Class::Bool]) => ColumnKind::Bool,
            () if only(&[Class::Whole]) => ColumnKind::I64,
            () if only(&[Class::Whole, Class::Inexact, Class::Fraction]) => ColumnKind::F64,
            () if only(&[Class::Date]) => ColumnKind::Date,
            () if only(&[Class::Date, Class::Timestamp]) => ColumnKind::Timestamp(UNIT, None),
            () if only(&[Class::Time]) => ColumnKind::Time(TIME_UNIT),
            () if only(&[Class::Duration]) => ColumnKind::Duration(UNIT),
            () => ColumnKind::Text,
        }
    }

    fn of(classes: &[Class]) -> Self {
        let mut of = Self::default();
        classes.iter().for_each(|class| of.see(*class));
        of
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    fn read(cell: DataRef<'_>) -> Option<(Class, String)> {
        Value::of(cell, false).expect("readable").map(|value| (value.class, value.text.into_owned()))
    }

    #[test]
    fn cells_are_what_excel_shows() {
        let moment = |days| DataRef::DateTime(ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false));
        let elapsed = |days| DataRef::DateTime(ExcelDateTime::new(days, ExcelDateTimeType::TimeDelta, false));
        for (cell, class, text) in [
            (DataRef::Float(42.0), Class::Whole, "42"),
            (DataRef::Float(0.1), Class::Fraction, "0.1"),
            (DataRef::Float(9_007_199_254_740_991.0), Class::Whole, "9007199254740991"),
            (DataRef::Float(9_007_199_254_740_992.0), Class::Inexact, "9007199254740992"),
            (DataRef::SharedString("007"), Class::Text, "007"),
            (DataRef::SharedString(""), Class::EmptyText, ""),
            (DataRef::Bool(true), Class::Bool, "true"),
            (moment(45351.0), Class::Date, "2024-02-29"),
            (moment(45351.5), Class::Timestamp, "2024-02-29T12:00:00.000"),
            (moment(0.25), Class::Time, "06:00:00.000"),
            (elapsed(1.5), Class::Duration, "PT129600.000S"),
            (elapsed(-0.5), Class::Duration, "-PT43200.000S"),
        ] {
            assert_eq!(read(cell), Some((class, text.to_owned())));
        }
        assert_eq!(read(DataRef::Error(CellErrorType::NA)), None);
        assert!(Value::of(moment(-1.0), false).is_err());
    }

    #[test]
    fn a_column_of_several_classes_is_text() {
        assert_eq!(Classes::default().kind(), ColumnKind::Text);
        assert_eq!(Classes::of(&[Class::Whole, Class::EmptyText]).kind(), ColumnKind::I64);
        assert_eq!(Classes::of(&[Class::Whole, Class::Text]).kind(), ColumnKind::Text);
        assert_eq!(Classes::of(&[Class::Whole, Class::Date]).kind(), ColumnKind::Text);
        assert_eq!(Classes::of(&[Class::Date, Class::Timestamp]).kind(), ColumnKind::Timestamp(UNIT, None));
        assert_eq!(Classes::of(&[Class::Time, Class::Timestamp]).kind(), ColumnKind::Text);
    }
}
