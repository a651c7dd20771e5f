//! Reading dates, times and spans of time as ISO 8601 writes them, in the proleptic Gregorian calendar, and spans also as
//! days and a clock.
//!
//! The calendar is jiff's. It ends with the year 9999, and columns hold far more: other years are moved by whole eras
//! of 400 years, after which the calendar repeats. The texts are taken apart here: jiff reads more forms than files
//! should have (compact ones, leap seconds, zones in brackets), and takes more than twice as long for a column.

use jiff::civil::{self, DateTime};
use jiff::tz::Offset;
use wpipe_data::table::{ClockTime, Elapsed, Instant};
use wpipe_data::{Date, TimeUnit, Zone};

const YEARS_PER_ERA: i64 = 400;
const DAYS_PER_ERA: i64 = 146_097;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);
/// The number of digits that holds all seconds of an `i64`.
const MOST_YEAR_DIGITS: usize = 12;
/// The number of digits of nanoseconds.
const FRACTION_DIGITS: usize = 9;

/// Parses `2024-02-29`; years beyond 0000–9999 have a sign: `-0044-03-15`, `+12024-01-01`.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let mut rest = Rest(text.as_bytes());
    let days = rest.date()?;
    rest.end()?;
    Some(Date(i32::try_from(days).ok()?))
}

/// A point in time as a text has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// The seconds since 1970-01-01, in local time.
    seconds: i64,
    /// The nanoseconds of the second.
    pub(super) nanos: i64,
    /// The minutes by which the place is ahead of UTC, if the text says it; `Z` is 0.
    pub(crate) offset: Option<i64>,
}

impl Moment {
    /// Parses a date, `T`, `t` or a blank, and `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fffffffff`, then nothing, `Z` or an
    /// offset such as `+02:00`. A date alone is its midnight. Digits beyond nanoseconds may only be zeros.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text.as_bytes());
        let midnight = rest.date()?.checked_mul(SECONDS_PER_DAY)?;
        if rest.0.is_empty() {
            return Some(Self { seconds: midnight, nanos: 0, offset: None });
        }
        rest.one_of(b"Tt ")?;
        let (seconds, nanos) = rest.clock()?;
        let offset = rest.offset()?;
        rest.end()?;
        Some(Self { seconds: midnight.checked_add(seconds)?, nanos, offset })
    }

    /// Returns the beginning of a day.
    pub(super) fn midnight(day: Date) -> Option<Self> {
        Some(Self { seconds: i64::from(day.0).checked_mul(SECONDS_PER_DAY)?, nanos: 0, offset: None })
    }

    /// Returns a moment of the calendar; `offset` in minutes.
    pub(super) fn of_civil(local: DateTime, offset: Option<i64>) -> Option<Self> {
        let day = Self::midnight(day_of(local.date())?)?;
        let seconds = seconds(local.hour(), local.minute(), local.second())?;
        Some(Self { seconds: day.seconds + seconds, nanos: local.subsec_nanosecond().into(), offset })
    }

    /// Returns true if it has digits beyond microseconds.
    pub(crate) fn has_nanos(self) -> bool {
        self.nanos % 1_000 != 0
    }

    /// Returns the units since 1970-01-01 in local time, if that has an exact place.
    #[inline]
    pub(crate) fn count(self, unit: TimeUnit) -> Option<i64> {
        let fraction = TimeUnit::Nano.convert(self.nanos, unit)?;
        self.seconds.checked_mul(unit.per_second())?.checked_add(fraction)
    }

    /// Returns the moment without its fraction.
    pub(super) fn whole_seconds(self) -> Self {
        Self { nanos: 0, ..self }
    }

    /// Returns the moment in a column of this unit and zone; `None` if it has no place there, exactly: too far away,
    /// too many digits, an offset without a zone, or neither offset nor a zone that is one.
    pub(crate) fn instant(self, unit: TimeUnit, zone: Option<Zone>) -> Option<Instant> {
        let offset = match (self.offset, zone) {
            (None, None) => 0,
            (Some(offset), Some(_)) => offset,
            (Some(_), None) => return None,
            (None, Some(Zone::UTC)) => 0,
            (None, Some(zone)) => zone.offset_minutes()?,
        };
        let seconds = self.seconds.checked_sub(offset * 60)?;
        let fraction = TimeUnit::Nano.convert(self.nanos, unit)?;
        // The sum may be in range though the product is not.
        let count = i128::from(seconds) * i128::from(unit.per_second()) + i128::from(fraction);
        Some(Instant { count: i64::try_from(count).ok()?, unit, zone })
    }
}

/// Parses `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fffffffff`, exactly.
pub(super) fn parse_time(text: &str, unit: TimeUnit) -> Option<ClockTime> {
    let mut rest = Rest(text.as_bytes());
    let (seconds, nanos) = rest.clock()?;
    rest.end()?;
    let count = TimeUnit::Second.convert(seconds, unit)?.checked_add(TimeUnit::Nano.convert(nanos, unit)?)?;
    Some(ClockTime::new(count, unit))
}

/// Parses a span of time, exactly: as ISO 8601 writes it, or as pandas, Python, DuckDB and PostgreSQL do.
pub(super) fn parse_duration(text: &str, unit: TimeUnit) -> Option<Elapsed> {
    let nanos = iso_span(text).or_else(|| clock_span(text))?;
    let per_unit = i128::from(TimeUnit::Nano.per_second() / unit.per_second());
    let count = (nanos % per_unit == 0).then(|| i64::try_from(nanos / per_unit).ok())?;
    count.map(|count| Elapsed::new(count, unit))
}

/// Returns the nanoseconds of `36:00:00`, `0 days 00:00:01.5`, `-1 days +23:59:59`, `1 day, 2:03:04` or `3 days`. A sign
/// before the clock is its own; that before the days is theirs alone.
fn clock_span(text: &str) -> Option<i128> {
    let mut rest = Rest(text.as_bytes());
    let mut nanos = 0;
    let has_days = text.contains("day");
    if has_days {
        let sign = rest.sign();
        let days = i128::from(rest.number(rest.digits().clamp(1, 9))?);
        rest.0 = rest.0.strip_prefix(b" day")?;
        rest.one_of(b"s");
        nanos = sign * days * i128::from(SECONDS_PER_DAY) * 1_000_000_000;
        if rest.0.is_empty() {
            return Some(nanos);
        }
        rest.one_of(b",");
        rest.one_of(b" ")?;
    }
    let sign = rest.sign();
    let hours = i128::from(rest.number(rest.digits().clamp(1, 9))?);
    rest.one_of(b":")?;
    let minutes = rest.pair().filter(|minutes| *minutes < 60)?;
    rest.one_of(b":")?;
    let seconds = rest.pair().filter(|seconds| *seconds < 60)?;
    let fraction = if rest.one_of(b".,").is_some() { rest.fraction()? } else { 0 };
    rest.end()?;
    let seconds = hours * 3_600 + i128::from(minutes) * 60 + i128::from(seconds);
    Some(nanos + sign * (seconds * 1_000_000_000 + i128::from(fraction)))
}

/// Returns the nanoseconds of `PT1H30M`, `-PT0.5S` or `P2DT12H`: weeks, days of 24 hours, hours, minutes and seconds, the
/// last with a fraction.
fn iso_span(text: &str) -> Option<i128> {
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let mut rest = Rest(text.strip_prefix(['P', 'p'])?.as_bytes());
    let mut designators: &[(u8, i128)] = &[(b'W', 7 * 86_400), (b'D', 86_400)];
    let (mut nanos, mut any) = (0_i128, false);
    while !rest.0.is_empty() {
        if rest.one_of(b"Tt").is_some() {
            designators = &[(b'H', 3_600), (b'M', 60), (b'S', 1)];
            any = false;
            continue;
        }
        let count = i128::from(rest.number(rest.digits().clamp(1, 18))?);
        let fraction = if rest.one_of(b".,").is_some() { Some(rest.fraction()?) } else { None };
        let designator = rest.0.first()?.to_ascii_uppercase();
        let at = designators.iter().position(|(known, _)| *known == designator)?;
        let seconds = designators[at].1;
        if fraction.is_some() && designator != b'S' {
            return None;
        }
        nanos += count * seconds * 1_000_000_000 + i128::from(fraction.unwrap_or(0));
        designators = &designators[at + 1..];
        rest.0 = &rest.0[1..];
        any = true;
    }
    any.then_some(if negative { -nanos } else { nanos })
}

/// Returns the days since 1970-01-01.
pub(super) fn day_of(date: civil::Date) -> Option<Date> {
    i32::try_from(date.duration_since(EPOCH.date()).as_hours() / 24).ok().map(Date)
}

/// Returns the calendar's day, if it has it.
pub(super) fn civil_of_day(date: Date) -> Option<civil::Date> {
    EPOCH.date().checked_add(jiff::SignedDuration::from_hours(i64::from(date.0) * 24)).ok()
}

/// Returns a time of day in this unit, exactly.
pub(super) fn time_of(time: civil::Time, unit: TimeUnit) -> Option<ClockTime> {
    let seconds = TimeUnit::Second.convert(seconds(time.hour(), time.minute(), time.second())?, unit)?;
    let nanos = TimeUnit::Nano.convert(time.subsec_nanosecond().into(), unit)?;
    Some(ClockTime::new(seconds.checked_add(nanos)?, unit))
}

/// Returns the calendar's time of day, if it is within a day.
pub(super) fn clock_of(time: ClockTime) -> Option<civil::Time> {
    let nanos = time.unit.convert(time.count, TimeUnit::Nano).filter(|nanos| *nanos >= 0)?;
    (nanos / 1_000_000_000 < SECONDS_PER_DAY)
        .then(|| civil::Time::midnight().checked_add(jiff::SignedDuration::from_nanos(nanos)).ok())?
}

/// Returns the calendar's point in time, in the zone if that is an offset, else in UTC; and the offset if there is a
/// zone.
pub(super) fn civil_of_instant(instant: Instant) -> Option<(DateTime, Option<Offset>)> {
    let Instant { count, unit, zone } = instant;
    let minutes = zone.map(|zone| zone.offset_minutes().unwrap_or(0));
    let per_second = unit.per_second();
    let seconds = count.div_euclid(per_second).checked_add(minutes.unwrap_or(0) * 60)?;
    let nanos = unit.convert(count.rem_euclid(per_second), TimeUnit::Nano)?;
    let local = EPOCH.checked_add(jiff::SignedDuration::new(seconds, i32::try_from(nanos).ok()?)).ok()?;
    let offset = minutes.and_then(|minutes| Offset::from_seconds(i32::try_from(minutes * 60).ok()?).ok());
    Some((local, offset))
}

/// The part of a text that has not been read yet.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// Reads a date: days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = self.year()?;
        self.one_of(b"-")?;
        let month = self.pair()?;
        self.one_of(b"-")?;
        let day = self.pair()?;
        let (era, year) = (year.div_euclid(YEARS_PER_ERA), year.rem_euclid(YEARS_PER_ERA));
        // In an era each year is one of an `i32`; months and days are not negative.
        let date = Date::from_ymd(year as i32, month as u8, day as u8)?;
        Some(i64::from(date.0) + era * DAYS_PER_ERA)
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

    /// Reads a time: seconds since midnight, and nanoseconds of the second.
    fn clock(&mut self) -> Option<(i64, i64)> {
        let hour = self.pair()?;
        self.one_of(b":")?;
        let minute = self.pair()?;
        let (mut second, mut nanos) = (0, 0);
        if self.one_of(b":").is_some() {
            second = self.pair()?;
            if self.one_of(b".,").is_some() {
                nanos = self.fraction()?;
            }
        }
        Some((seconds(hour, minute, second)?, nanos))
    }

    /// Reads nanoseconds, of one digit or more; those beyond them are zeros.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.digits();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let (digits, beyond) = digits.split_at(length.min(FRACTION_DIGITS));
        let nanos = digits.iter().fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
        let missing = u32::try_from(FRACTION_DIGITS - digits.len()).ok()?;
        (length > 0 && beyond.iter().all(|digit| *digit == b'0')).then(|| nanos * 10_i64.pow(missing))
    }

    /// Reads the minutes by which the place is ahead of UTC; `Some(None)` if the text does not say it.
    fn offset(&mut self) -> Option<Option<i64>> {
        let Some(sign) = self.one_of(b"Zz+-") else { return Some(None) };
        if sign.eq_ignore_ascii_case(&b'z') {
            return Some(Some(0));
        }
        let hours = self.pair()?;
        self.one_of(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.pair()? };
        let ahead = seconds(hours, minutes, 0)? / 60;
        Some(Some(if sign == b'-' { -ahead } else { ahead }))
    }

    /// Reads a sign, if there is one: 1 or -1.
    fn sign(&mut self) -> i128 {
        if self.one_of(b"+-") == Some(b'-') { -1 } else { 1 }
    }

    /// Returns the number of digits that come next.
    fn digits(&self) -> usize {
        self.0.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Reads a number of two digits.
    fn pair(&mut self) -> Option<i8> {
        i8::try_from(self.number(2)?).ok()
    }

    /// Reads exactly `length` digits.
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

/// Returns the seconds since midnight.
fn seconds(hour: i8, minute: i8, second: i8) -> Option<i64> {
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then(|| (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn micros(text: &str, zone: Option<Zone>) -> Option<i64> {
        Moment::parse(text)?.instant(TimeUnit::Micro, zone).map(|instant| instant.count)
    }

    #[test]
    fn timestamps_are_counted_in_utc() {
        for (text, count) in [
            ("1970-01-01T00:00:00.123456Z", 123_456),
            ("1970-01-01T02:00:00+02:00", 0),
            ("1970-01-01T00:00:00-0130", 5_400_000_000),
            ("1970-01-01T00:00:00+01", -3_600_000_000),
            ("1970-01-01T00:00", 0),
        ] {
            assert_eq!(micros(text, Some(Zone::UTC)), Some(count), "{text}");
        }
        for (text, count) in [
            ("1970-01-01", 0),
            ("1970-01-01T00:01", 60_000_000),
            ("1970-01-01 00:00:01.5", 1_500_000),
            ("1969-12-31T23:59:59.999999000000", -1),
        ] {
            assert_eq!(micros(text, None), Some(count), "{text}");
        }
        assert_eq!(micros("1970-01-01T02:00", Zone::new("+02:00")), Some(0));
    }

    #[test]
    fn what_a_column_cannot_hold_exactly_has_no_place_in_it() {
        assert_eq!(micros("1970-01-01T00:00:00.1234567", None), None, "digits");
        assert_eq!(micros("1970-01-01T00:00:00Z", None), None, "a zone");
        assert_eq!(micros("1970-01-01T00:00:00", Zone::new("Europe/Berlin")), None, "no zone");
        let nanos = |text| Moment::parse(text).and_then(|moment| moment.instant(TimeUnit::Nano, None));
        assert_eq!(nanos("2263-01-01"), None, "too far");
        assert_eq!(nanos("1969-12-31T23:59:59.999999999").map(|instant| instant.count), Some(-1));
        assert_eq!(Moment::parse("1970-01-01T00:00:00.1234567891"), None, "more than nanoseconds");
    }

    #[test]
    fn what_is_on_no_calendar_is_refused() {
        for text in
            ["2023-02-29", "2024-13-01", "2024-00-01", "2024-01-32", "24-01-01", "2024-1-1", "2024-01-01 ", "", "é"]
        {
            assert_eq!(parse_date(text), None, "{text}");
        }
        for text in [
            "2024-01-01T24:00",
            "2024-01-01T12",
            "2024-01-01T12:60",
            "2024-12-31T23:59:60",
            "2024-01-01T12:00:00.",
            "2024-01-01T12:00+",
            "0000-00-00",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn spans_are_read_exactly() {
        let millis = |text| parse_duration(text, TimeUnit::Milli).map(|elapsed| elapsed.count);
        for (text, count) in
            [("PT0S", 0), ("-PT1.5S", -1_500), ("P1DT2H3M4.005S", 93_784_005), ("P2W", 1_209_600_000), ("pt1m", 60_000)]
        {
            assert_eq!(millis(text), Some(count), "{text}");
        }
        for text in ["P", "PT", "PT1", "1H", "PT1S1H", "P1.5D", "PT0.0001S", "P1Y", "PTS", ""] {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    #[test]
    fn spans_of_days_and_a_clock_are_read_as_those_who_write_them_mean() {
        let millis = |text| parse_duration(text, TimeUnit::Milli).map(|elapsed| elapsed.count);
        for (text, count) in [
            ("0 days 00:00:01", 1_000),
            ("-1 days +23:59:59", -1_000),
            ("-1 day, 23:59:59", -1_000),
            ("1 day, 2:03:04.005000", 93_784_005),
            ("1 day -02:00:00", 79_200_000),
            ("3 days", 259_200_000),
            ("36:00:00", 129_600_000),
            ("-00:01:00", -60_000),
        ] {
            assert_eq!(millis(text), Some(count), "{text}");
        }
        for text in
            ["1 day 2", "day", "1 days,", "1 month 00:00:00", "00:60:00", "00:00:60", "1:00", "1  day", "0:00:00.0001"]
        {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    fn unit() -> impl Strategy<Value = TimeUnit> {
        use TimeUnit::{Micro, Milli, Nano, Second};
        prop_oneof![Just(Second), Just(Milli), Just(Micro), Just(Nano)]
    }

    proptest! {
        #[test]
        fn every_date_comes_back(days in any::<i32>()) {
            prop_assert_eq!(parse_date(&Date(days).to_string()), Some(Date(days)));
        }

        #[test]
        fn every_timestamp_comes_back(count in any::<i64>(), unit in unit(), zone in 0..3) {
            let zone = [None, Some(Zone::UTC), Zone::new("-03:30")][zone as usize];
            // In the farthest zones the last hours of all have no local time.
            let count = count.clamp(i64::MIN + 86_400, i64::MAX - 86_400);
            let instant = Instant { count, unit, zone };
            let read = Moment::parse(&instant.to_string()).and_then(|moment| moment.instant(unit, zone));
            prop_assert_eq!(read, Some(instant));
        }

        #[test]
        fn every_duration_comes_back(count in any::<i64>(), unit in unit()) {
            let elapsed = Elapsed::new(count, unit);
            prop_assert_eq!(parse_duration(&elapsed.to_string(), unit), Some(elapsed));
        }

        #[test]
        fn every_time_of_day_comes_back(count in 0..86_400_000_000_000_i64) {
            let time = ClockTime::new(count, TimeUnit::Nano);
            prop_assert_eq!(parse_time(&time.to_string(), TimeUnit::Nano), Some(time));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", digits in "[-+0-9TPDHMSpt:.,Z ]{0,30}") {
            for text in [text, digits] {
                let _ = (parse_date(&text), Moment::parse(&text), parse_duration(&text, TimeUnit::Nano));
                let _ = parse_time(&text, TimeUnit::Micro);
            }
        }
    }
}
