//! Dates and timestamps as ISO 8601 writes them, in the proleptic Gregorian calendar.
//!
//! The arithmetic between days and dates follows Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"
//! (<https://howardhinnant.github.io/date_algorithms.html>): years begin in March, so that a leap day comes last, and
//! 400 years are one era of 146 097 days.

use std::fmt;

use wpipe_data::{Date, Timestamp};

const DAYS_PER_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 24 * 60 * 60 * MICROS_PER_SECOND;
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

pub(super) fn write_date(date: Date, f: &mut impl fmt::Write) -> fmt::Result {
    write_days(i64::from(date.0), f)
}

pub(super) fn write_timestamp(timestamp: Timestamp, f: &mut impl fmt::Write) -> fmt::Result {
    write_days(timestamp.0.div_euclid(MICROS_PER_DAY), f)?;
    let micros = timestamp.0.rem_euclid(MICROS_PER_DAY);
    let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
    write!(f, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    match (fraction, fraction % 1000) {
        (0, _) => Ok(()),
        (_, 0) => write!(f, ".{:03}", fraction / 1000),
        _ => write!(f, ".{fraction:06}"),
    }
}

fn write_days(days: i64, f: &mut impl fmt::Write) -> fmt::Result {
    let (year, month, day) = date_of(days);
    match year {
        0..=9999 => write!(f, "{year:04}")?,
        _ => write!(f, "{year:+05}")?,
    }
    write!(f, "-{month:02}-{day:02}")
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - EPOCH
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What of a text has not been read yet.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// Days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let sign = self.one_of(b"+-");
        let length = match sign {
            Some(_) => self.0.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            None => 4,
        };
        if !(4..=MOST_YEAR_DIGITS).contains(&length) {
            return None;
        }
        let year = self.number(length)? * if sign == Some(b'-') { -1 } else { 1 };
        self.one_of(b"-")?;
        let month = self.number(2).filter(|month| (1..=12).contains(month))?;
        self.one_of(b"-")?;
        let day = self.number(2).filter(|day| (1..=days_in_month(year, month)).contains(day))?;
        Some(days_of(year, month, day))
    }

    /// Microseconds since midnight in UTC.
    fn time(&mut self) -> Option<i64> {
        self.one_of(b"Tt ")?;
        let hour = self.number(2).filter(|hour| *hour < 24)?;
        self.one_of(b":")?;
        let minute = self.number(2).filter(|minute| *minute < 60)?;
        let mut micros = 0;
        if self.one_of(b":").is_some() {
            micros = self.number(2).filter(|second| *second < 60)? * MICROS_PER_SECOND;
            if self.one_of(b".,").is_some() {
                micros += self.fraction()?;
            }
        }
        Some(micros + ((hour * 60 + minute) - self.offset()?) * 60 * MICROS_PER_SECOND)
    }

    /// Microseconds, of one digit or more.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let micros = digits.iter().take(6).fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
        let missing = u32::try_from(6_usize.saturating_sub(length)).ok()?;
        (length > 0).then(|| micros * 10_i64.pow(missing))
    }

    /// Minutes by which the place is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let Some(sign) = self.one_of(b"Zz+-") else { return Some(0) };
        if sign.eq_ignore_ascii_case(&b'z') {
            return Some(0);
        }
        let hours = self.number(2).filter(|hours| *hours < 24)?;
        self.one_of(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.number(2).filter(|minutes| *minutes < 60)? };
        Some((hours * 60 + minutes) * if sign == b'-' { -1 } else { 1 })
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(days: i32) -> String {
        let mut text = String::new();
        write_date(Date(days), &mut text).expect("a text takes everything");
        text
    }

    fn timestamp(micros: i64) -> String {
        let mut text = String::new();
        write_timestamp(Timestamp(micros), &mut text).expect("a text takes everything");
        text
    }

    #[test]
    fn dates_are_days() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (-719_528, "0000-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_897, "+10000-01-01"),
        ] {
            assert_eq!((date(days).as_str(), parse_date(text)), (text, Some(Date(days))));
        }
    }

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
        assert_eq!(timestamp(-1), "1969-12-31T23:59:59.999999");
        assert_eq!(timestamp(1_500_000), "1970-01-01T00:00:01.500");
        assert_eq!(timestamp(0), "1970-01-01T00:00:00");
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
            prop_assert_eq!(parse_date(&date(days)), Some(Date(days)));
        }

        #[test]
        fn every_timestamp_comes_back(micros in any::<i64>()) {
            prop_assert_eq!(parse_timestamp(&timestamp(micros)), Some(Timestamp(micros)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = (parse_date(&text), parse_timestamp(&text));
        }
    }
}
