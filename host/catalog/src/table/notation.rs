//! The notation of numbers, dates and times in a text file, if programs write them otherwise: the options `decimal`,
//! `thousands`, `date_format`, `time_format` and `timestamp_format`.
//!
//! Formats are those of `strptime` and `strftime` (`%d.%m.%Y`), read and written by jiff. A value that a format cannot
//! hold is an error when it is written.

use std::borrow::Cow;

use jiff::civil;
use jiff::fmt::strtime::{self, BrokenDownTime};
use wpipe_data::{ColumnKind, Date};

use super::calendar::{Moment, civil_of_day, civil_of_instant, clock_of, day_of, parse_date, time_of};
use super::parse::{is_no_number, parse, trim};
use super::{Cell, print};
use crate::fault::Fault;
use crate::options::Options;

/// The number of digits between two separators of thousands.
const GROUP: usize = 3;

/// The notation of a file's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notation {
    /// The character before a fraction.
    decimal: char,
    /// The character that may stand between groups of three digits.
    thousands: Option<char>,
    date: Option<String>,
    time: Option<String>,
    timestamp: Option<String>,
}

impl Default for Notation {
    fn default() -> Self {
        Self::PLAIN
    }
}

impl Notation {
    /// The notation of programs: `1234.5`, `2024-12-31`.
    pub(crate) const PLAIN: Self = Self { decimal: '.', thousands: None, date: None, time: None, timestamp: None };

    /// Reads the options.
    pub(crate) fn read(options: &mut Options) -> Self {
        let separator = |options: &mut Options, key: &'static str| {
            let character = options.character(key)?;
            if character.is_alphanumeric() || matches!(character, '-' | '+' | '\n' | '\r' | '"') {
                options.fail(key, format!("is {character:?}, which cannot stand between digits"), None);
                return None;
            }
            Some(character)
        };
        let decimal = separator(options, "decimal");
        let thousands = separator(options, "thousands");
        let decimal = decimal.unwrap_or(match thousands {
            // One point cannot mean both.
            Some('.') => ',',
            _ => '.',
        });
        if thousands == Some(decimal) {
            options.fail("thousands", format!("is `{decimal}`, which stands before fractions"), None);
        }
        let date = format(options, "date_format", "%Y");
        let time = format(options, "time_format", "%H");
        let timestamp = format(options, "timestamp_format", "%Y");
        Self { decimal, thousands, date, time, timestamp }
    }

    /// Returns true if a fraction begins with a comma.
    pub(crate) fn has_decimal_comma(&self) -> bool {
        self.decimal == ','
    }

    /// Returns true if values are written as programs write them.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::PLAIN
    }

    /// Parses a text of this notation, as [`parse`](super::parse()) does.
    pub(crate) fn parse<'t>(&self, kind: ColumnKind, text: &'t str) -> Option<Cell<'t>> {
        use ColumnKind::{Decimal, F32, F64, I32, I64, U64};
        match kind {
            I32 | I64 | U64 | F32 | F64 | Decimal(..) => match parse(kind, &self.number(trim(text))?)? {
                // Numbers borrow nothing.
                Cell::I32(value) => Some(Cell::I32(value)),
                Cell::I64(value) => Some(Cell::I64(value)),
                Cell::U64(value) => Some(Cell::U64(value)),
                Cell::F32(value) => Some(Cell::F32(value)),
                Cell::F64(value) => Some(Cell::F64(value)),
                Cell::Decimal(value) => Some(Cell::Decimal(value)),
                _ => None,
            },
            ColumnKind::Date => self.date(trim(text)).map(Cell::Date),
            ColumnKind::Timestamp(unit, zone) => self.moment(trim(text))?.instant(unit, zone).map(Cell::Timestamp),
            ColumnKind::Time(unit) if self.time.is_some() => {
                let read = self.time.as_ref().and_then(|format| read(format, trim(text)))?;
                time_of(read.to_time().ok()?, unit).map(Cell::Time)
            }
            kind => parse(kind, text),
        }
    }

    /// Returns a number as programs write it, if it is one in this notation.
    pub(super) fn number<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if (self.decimal == '.' && self.thousands.is_none()) || is_no_number(text) {
            return Some(Cow::Borrowed(text));
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let sign = &text[..text.len() - unsigned.len()];
        let end = unsigned.find(['e', 'E']).unwrap_or(unsigned.len());
        let (mantissa, exponent) = unsigned.split_at(end);
        let (whole, fraction) = match mantissa.split_once(self.decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !fraction.is_none_or(all_digits) {
            return None;
        }
        let mut groups = whole.split(|character| self.is_thousands(character));
        let mut plain = String::with_capacity(text.len());
        plain.push_str(sign);
        let first = groups.next().filter(|first| all_digits(first))?;
        plain.push_str(first);
        for group in groups {
            if !(1..=GROUP).contains(&first.len()) || group.len() != GROUP || !all_digits(group) {
                return None;
            }
            plain.push_str(group);
        }
        if let Some(fraction) = fraction {
            plain.push('.');
            plain.push_str(fraction);
        }
        plain.push_str(exponent);
        Some(Cow::Owned(plain))
    }

    /// Blanks and apostrophes have forms that do not break lines or that typographers like.
    fn is_thousands(&self, character: char) -> bool {
        match self.thousands {
            Some(' ') => matches!(character, ' ' | '\u{a0}' | '\u{202f}'),
            Some('\'') => matches!(character, '\'' | '\u{2019}'),
            thousands => thousands == Some(character),
        }
    }

    pub(super) fn date(&self, text: &str) -> Option<Date> {
        match &self.date {
            None => parse_date(text),
            Some(format) => day_of(read(format, text)?.to_date().ok()?),
        }
    }

    pub(super) fn moment(&self, text: &str) -> Option<Moment> {
        let Some(format) = &self.timestamp else {
            return match (&self.date, self.date(text)) {
                // A column of timestamps may have dates among them.
                (Some(_), Some(day)) => Moment::midnight(day),
                _ => Moment::parse(text),
            };
        };
        let read = read(format, text)?;
        let day = read.to_date().ok()?;
        // A format without a time of day means midnight.
        let time = match read.hour() {
            Some(_) => read.to_time().ok()?,
            None => civil::Time::midnight(),
        };
        let offset = match read.offset() {
            Some(offset) if offset.seconds() % 60 != 0 => return None,
            offset => offset.map(|offset| i64::from(offset.seconds() / 60)),
        };
        Moment::of_civil(day.to_datetime(time), offset)
    }

    /// Writes a cell's text, as [`print`](super::print()) does without declarations.
    pub(crate) fn print(&self, cell: Cell<'_>, to: &mut String) -> Result<(), Fault> {
        let start = to.len();
        let written = match (cell, &self.date, &self.time, &self.timestamp) {
            (Cell::Date(date), Some(format), ..) => civil_of_day(date).map(|day| (format, BrokenDownTime::from(day))),
            (Cell::Time(time), _, Some(format), _) => clock_of(time).map(|time| (format, BrokenDownTime::from(time))),
            (Cell::Timestamp(instant), .., Some(format)) => civil_of_instant(instant).map(|(local, offset)| {
                let mut time = BrokenDownTime::from(local);
                time.set_offset(offset);
                (format, time)
            }),
            _ => {
                // A `String` takes every text.
                let _ = print(cell, to);
                if self.decimal != '.' && matches!(cell, Cell::F32(_) | Cell::F64(_) | Cell::Decimal(_)) {
                    let text = to.split_off(start).replace('.', self.decimal.encode_utf8(&mut [0; 4]));
                    to.push_str(&text);
                }
                return Ok(());
            }
        };
        let written = written.and_then(|(format, time)| time.to_string(format).ok());
        let kind = match cell {
            Cell::Date(_) => Some(ColumnKind::Date),
            Cell::Time(time) => Some(ColumnKind::Time(time.unit)),
            Cell::Timestamp(instant) => Some(ColumnKind::Timestamp(instant.unit, instant.zone)),
            _ => None,
        };
        match (written, kind) {
            (Some(text), Some(kind)) if self.parse(kind, &text) == Some(cell) => to.push_str(&text),
            (_, kind) => {
                let mut text = String::new();
                let _ = print(cell, &mut text);
                let option = kind
                    .and_then(|kind| self.format_of(kind))
                    .map_or(String::new(), |(key, format)| format!(": the option `{key}` is `{format}`"));
                let fault = Fault::new(format!("`{text}` would lose something{option}"));
                return Err(fault.help("add what is missing to the format, or leave the option out"));
            }
        }
        Ok(())
    }

    /// Returns the option that sets the format of values of `kind`, and its value.
    pub(crate) fn format_of(&self, kind: ColumnKind) -> Option<(&'static str, &str)> {
        let (key, format) = match kind {
            ColumnKind::Date => ("date_format", &self.date),
            ColumnKind::Time(_) => ("time_format", &self.time),
            ColumnKind::Timestamp(..) => ("timestamp_format", &self.timestamp),
            _ => return None,
        };
        format.as_deref().map(|format| (key, format))
    }
}

/// Reads `text` in a format.
fn read(format: &str, text: &str) -> Option<BrokenDownTime> {
    let read = strtime::parse(format, text).ok()?;
    // Leap seconds become the second before, which is another one.
    let is_leap = read.second() == Some(59) && text.contains("60");
    (!is_leap).then_some(read)
}

/// Reads a format of times that works; `needed` is the least that it holds.
fn format(options: &mut Options, key: &'static str, needed: &str) -> Option<String> {
    let format = options.text(key)?;
    let zone = jiff::tz::TimeZone::UTC;
    let sample = civil::date(2024, 12, 31).at(13, 14, 15, 0).to_zoned(zone).ok()?;
    let written = strtime::format(format, &sample);
    let error = match written {
        Err(error) => Some(error.to_string()),
        Ok(text) => strtime::parse(format, &text).err().map(|error| error.to_string()),
    };
    if let Some(error) = error {
        let help = format!("as in strptime, such as `{needed}`; `wpipe` reads what it writes");
        options.fail(key, format!("`{format}` is no format: {error}"), Some(help));
        return None;
    }
    Some(format.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};
    use wpipe_data::{TimeUnit, Zone};

    fn notation(options: Value) -> Notation {
        let options: Map<String, Value> = serde_json::from_value(options).expect("options");
        let mut read = Options::new(&options, false);
        let notation = Notation::read(&mut read);
        assert_eq!(read.finish("csv"), []);
        notation
    }

    #[test]
    fn numbers_are_grouped_by_three_digits_or_not_at_all() {
        let german = notation(json!({ "decimal": ",", "thousands": "." }));
        let float = |text| german.parse(ColumnKind::F64, text);
        assert_eq!(float("1.234.567,5"), Some(Cell::F64(1_234_567.5)));
        assert_eq!(float("-1234567,5"), Some(Cell::F64(-1_234_567.5)));
        assert_eq!(float("1,5e3"), Some(Cell::F64(1_500.0)));
        for text in ["1.5", "1.23.456", "1234.567", ".123", "1,234,5", "1..234", "1,2.345", "0x1"] {
            assert_eq!(float(text), None, "{text}");
        }
        let french = notation(json!({ "decimal": ",", "thousands": " " }));
        for text in ["1 234", "1\u{a0}234", "1\u{202f}234"] {
            assert_eq!(french.parse(ColumnKind::I64, text), Some(Cell::I64(1_234)), "{text}");
        }
        let swiss = notation(json!({ "thousands": "'" }));
        assert_eq!(swiss.parse(ColumnKind::F64, "1\u{2019}234.5"), Some(Cell::F64(1_234.5)));
    }

    #[test]
    fn what_a_format_cannot_say_is_refused() {
        let dated = notation(json!({ "date_format": "%d.%m.%Y", "timestamp_format": "%d.%m.%Y %H:%M" }));
        let written = |cell| {
            let mut text = String::new();
            dated.print(cell, &mut text).map(|()| text)
        };
        assert_eq!(written(Cell::Date(Date(0))).expect("a day"), "01.01.1970");
        let at = |count| {
            let unit = TimeUnit::Second;
            Cell::Timestamp(wpipe_data::table::Instant { count, unit, zone: None })
        };
        assert_eq!(written(at(60)).expect("a minute"), "01.01.1970 00:01");
        let fault = written(at(61)).expect_err("a second is lost");
        assert_eq!(
            fault.message,
            "`1970-01-01T00:01:01` would lose something: the option `timestamp_format` is `%d.%m.%Y %H:%M`"
        );
        assert!(written(Cell::Date(Date(i32::MAX))).is_err());
    }

    #[test]
    fn zones_are_what_the_format_and_the_column_say() {
        let zoned = notation(json!({ "timestamp_format": "%d/%b/%Y:%H:%M:%S %z" }));
        let kind = ColumnKind::Timestamp(TimeUnit::Second, Some(Zone::UTC));
        match zoned.parse(kind, "10/Oct/2000:13:55:36 -0700") {
            Some(Cell::Timestamp(instant)) => assert_eq!(instant.to_string(), "2000-10-10T20:55:36Z"),
            other => panic!("{other:?}"),
        }
        assert_eq!(zoned.parse(ColumnKind::TIMESTAMP, "10/Oct/2000:13:55:36 -0700"), None);
        assert_eq!(zoned.parse(kind, "31/Dec/2016:23:59:60 +0000"), None);
    }
}
