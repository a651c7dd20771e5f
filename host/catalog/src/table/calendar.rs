//! Reading dates and timestamps as ISO 8601 writes them, in the proleptic Gregorian calendar.
//!
//! The calendar is jiff's. It ends with the year 9999, and columns hold far more: other years are moved by whole eras
//! of 400 years, after which the calendar repeats. The texts are taken apart here: jiff reads more forms than files
//! should have (compact ones, leap seconds, zones in brackets), and takes more than twice as long for a column.

use jiff::civil::{self, DateTime, Time};
use wpipe_data::{Date, Timestamp};

const YEARS_PER_ERA: i64 = 400;
const DAYS_PER_ERA: i64 = 146_097;
const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 24 * 60 * 60 * MICROS_PER_SECOND;
const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);
/// Enough for all days of an `i32` and all microseconds of an `i64`.
const MOST_YEAR_DIGITS: usize = 7;

/// `2024-02-29`; years beyond 0000–9999 have a sign: `-0044-03-15`, `+12024-01-01`.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    let mut rest = Rest(text.as_bytes());
    let days = rest.date()?;
    rest.end()?;
    Some(Date(i32::try_from(days).ok()?))
}

/// A date, `T`, `t` or a blank, and `hh:mm`, `hh:mm:ss` or `hh:mm:ss.ffffff`, then nothing, `Z` or an offset such as
/// `+02:00`, which is taken off. Digits beyond microseconds are dropped. A date alone is its midnight.
pub(super) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let mut rest = Rest(text.as_bytes());
    let days = rest.date()?;
    let micros = if rest.0.is_empty() { 0 } else { rest.time()? };
    rest.end()?;
    let total = i128::from(days) * i128::from(MICROS_PER_DAY) + i128::from(micros);
    Some(Timestamp(i64::try_from(total).ok()?))
}

/// What of a text has not been read yet.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// Days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = self.year()?;
        self.one_of(b"-")?;
        let month = self.pair()?;
        self.one_of(b"-")?;
        let day = self.pair()?;
        let (era, year) = (year.div_euclid(YEARS_PER_ERA), year.rem_euclid(YEARS_PER_ERA));
        let date = civil::Date::new(i16::try_from(year).ok()?, month, day).ok()?;
        Some(date.duration_since(EPOCH.date()).as_hours() / 24 + era * DAYS_PER_ERA)
    }

    fn year(&mut self) -> Option<i64> {
        let Some(sign) = self.one_of(b"+-") else { return self.number(4) };
        let length = self.digits();
        if !(4..=MOST_YEAR_DIGITS).contains(&length) {
            return None;
        }
        let year = self.number(length)?;
        Some(if sign == b'-' { -year } else { year })
    }

    /// Microseconds since midnight in UTC.
    fn time(&mut self) -> Option<i64> {
        self.one_of(b"Tt ")?;
        let hour = self.pair()?;
        self.one_of(b":")?;
        let minute = self.pair()?;
        let (mut second, mut micros) = (0, 0);
        if self.one_of(b":").is_some() {
            second = self.pair()?;
            if self.one_of(b".,").is_some() {
                micros = self.fraction()?;
            }
        }
        Some((clock(hour, minute, second)? - self.offset()?) * MICROS_PER_SECOND + micros)
    }

    /// Microseconds, of one digit or more.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.digits();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let micros = digits.iter().take(6).fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
        let missing = u32::try_from(6_usize.saturating_sub(length)).ok()?;
        (length > 0).then(|| micros * 10_i64.pow(missing))
    }

    /// Seconds by which the place is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let Some(sign) = self.one_of(b"Zz+-") else { return Some(0) };
        if sign.eq_ignore_ascii_case(&b'z') {
            return Some(0);
        }
        let hours = self.pair()?;
        self.one_of(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.pair()? };
        Some(clock(hours, minutes, 0)? * if sign == b'-' { -1 } else { 1 })
    }

    /// How many digits come next.
    fn digits(&self) -> usize {
        self.0.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// A number of two digits.
    fn pair(&mut self) -> Option<i8> {
        i8::try_from(self.number(2)?).ok()
    }

    /// Exactly `length` digits.
    fn number(&mut self, length: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        bytes.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Seconds since midnight.
fn clock(hour: i8, minute: i8, second: i8) -> Option<i64> {
    let time = Time::new(hour, minute, second, 0).ok()?;
    Some(time.duration_since(Time::midnight()).as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn timestamps_are_microseconds_in_utc() {
        for (text, micros) in [
            ("1970-01-01", 0),
            ("1970-01-01T00:01", 60_000_000),
            ("1970-01-01 00:00:01.5", 1_500_000),
            ("1970-01-01T00:00:00.1234567Z", 123_456),
            ("1970-01-01T02:00:00+02:00", 0),
            ("1970-01-01T00:00:00-0130", 5_400_000_000),
            ("1970-01-01T00:00:00+01", -3_600_000_000),
        ] {
            assert_eq!(parse_timestamp(text), Some(Timestamp(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_on_no_calendar_is_refused() {
        for text in
            ["2023-02-29", "2024-13-01", "2024-00-01", "2024-01-32", "24-01-01", "2024-1-1", "2024-01-01 ", "", "é"]
        {
            assert_eq!(parse_date(text), None, "{text}");
        }
        for text in
            ["2024-01-01T24:00", "2024-01-01T12", "2024-01-01T12:60", "2024-01-01T12:00:00.", "2024-01-01T12:00+"]
        {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_date_comes_back(days in any::<i32>()) {
            prop_assert_eq!(parse_date(&Date(days).to_string()), Some(Date(days)));
        }

        #[test]
        fn every_timestamp_comes_back(micros in any::<i64>()) {
            prop_assert_eq!(parse_timestamp(&Timestamp(micros).to_string()), Some(Timestamp(micros)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = (parse_date(&text), parse_timestamp(&text));
        }
    }
}
