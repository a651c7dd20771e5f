//! Dates and times in the proleptic Gregorian calendar, and in the notation of ISO 8601.

use core::fmt;

use super::{Date, TimeUnit, Timestamp, Zone};

const DAYS_PER_ERA: i64 = 146_097;
const YEARS_PER_ERA: i64 = 400;
/// Days from 0000-03-01, the beginning of the calendar of this file, to 1970-01-01.
const EPOCH: i64 = 719_468;
const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

impl Date {
    /// Returns the date of a year, a month from 1 to 12 and a day from 1; `None` if there is no such day, or it is too
    /// far away.
    ///
    /// ```
    /// use wpipe_data::Date;
    ///
    /// assert_eq!(Date::from_ymd(1970, 1, 1), Some(Date(0)));
    /// assert_eq!(Date::from_ymd(2024, 2, 29).map(|date| date.to_string()).as_deref(), Some("2024-02-29"));
    /// assert_eq!(Date::from_ymd(2023, 2, 29), None);
    /// ```
    #[must_use]
    pub fn from_ymd(year: i32, month: u8, day: u8) -> Option<Self> {
        if day == 0 || day > days_in_month(year, month)? {
            return None;
        }
        // Years begin in March, so that the leap day is the last one.
        let (year, month) = (i64::from(year) - i64::from(month < 3), i64::from((month + 9) % 12));
        let of_era = year.rem_euclid(YEARS_PER_ERA);
        let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + i64::from(day) - 1;
        i32::try_from(year.div_euclid(YEARS_PER_ERA) * DAYS_PER_ERA + days - EPOCH).ok().map(Self)
    }

    /// Returns year, month from 1 and day from 1.
    #[must_use]
    pub fn ymd(self) -> (i32, u8, u8) {
        let (year, month, day) = civil(i64::from(self.0));
        // A year of an `i32` of days has 7 digits at most.
        (year as i32, month, day)
    }
}

/// Returns the number of days of a month, if there is such a month.
fn days_in_month(year: i32, month: u8) -> Option<u8> {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => Some(29),
        2 => Some(28),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Returns the date of a number of days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, u8, u8) {
    let days = days + EPOCH;
    let of_era = days.rem_euclid(DAYS_PER_ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year + days.div_euclid(DAYS_PER_ERA) * YEARS_PER_ERA + i64::from(month <= 2);
    // Month and day have two digits.
    (year, month as u8, day as u8)
}

/// Writes `2024-02-29`; years beyond 0000–9999 have a sign.
fn write_date(f: &mut fmt::Formatter<'_>, days: i64) -> fmt::Result {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => write!(f, "{year:04}")?,
        _ => write!(f, "{year:+05}")?,
    }
    write!(f, "-{month:02}-{day:02}")
}

/// Writes a fraction such as `.500`: nothing, or as many groups of three digits as it takes.
fn write_fraction(f: &mut fmt::Formatter<'_>, count: i64, unit: TimeUnit) -> fmt::Result {
    match count * (TimeUnit::Nano.per_second() / unit.per_second()) {
        0 => Ok(()),
        nanos if nanos % 1_000_000 == 0 => write!(f, ".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => write!(f, ".{:06}", nanos / 1_000),
        nanos => write!(f, ".{nanos:09}"),
    }
}

/// Writes `12:30:05`, with the digits of the fraction that it needs. `count` is less than a day and not negative.
fn write_clock(f: &mut fmt::Formatter<'_>, count: i64, unit: TimeUnit) -> fmt::Result {
    let (seconds, fraction) = (count / unit.per_second(), count % unit.per_second());
    write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    write_fraction(f, fraction, unit)
}

impl Timestamp {
    /// Returns the day of the point in time.
    #[must_use]
    pub fn date(self) -> Date {
        // 2⁶³ microseconds are 107 million days.
        Date(self.0.div_euclid(SECONDS_PER_DAY * TimeUnit::Micro.per_second()) as i32)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(f, i64::from(self.0))
    }
}

/// A point in time, in any unit. Its text is ISO 8601: `2024-02-29T12:30:00`, with three, six or nine digits of a
/// fraction if there is any. With a zone that is an offset it is the time there, `2024-02-29T14:30:00+02:00`; with any
/// other it is UTC's, `2024-02-29T12:30:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// The units since 1970-01-01 00:00, in UTC if there is a zone.
    pub count: i64,
    /// The unit of the count.
    pub unit: TimeUnit,
    /// The zone of the column.
    pub zone: Option<Zone>,
}

impl Instant {
    /// Creates one without a zone.
    #[must_use]
    pub const fn new(count: i64, unit: TimeUnit) -> Self {
        Self { count, unit, zone: None }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, unit, zone } = *self;
        let offset = zone.and_then(|zone| zone.offset_minutes());
        let seconds = count.div_euclid(unit.per_second()).saturating_add(offset.unwrap_or(0) * 60);
        write_date(f, seconds.div_euclid(SECONDS_PER_DAY))?;
        f.write_str("T")?;
        write_clock(f, seconds.rem_euclid(SECONDS_PER_DAY), TimeUnit::Second)?;
        write_fraction(f, count.rem_euclid(unit.per_second()), unit)?;
        match (zone, offset) {
            (None, _) => Ok(()),
            (Some(_), None) => f.write_str("Z"),
            (Some(_), Some(offset)) => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
        }
    }
}

/// A time of day, in any unit: `12:30:05.250`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockTime {
    /// The units since midnight.
    pub count: i64,
    /// The unit of the count.
    pub unit: TimeUnit,
}

impl ClockTime {
    /// Creates the time so long after midnight.
    #[must_use]
    pub const fn new(count: i64, unit: TimeUnit) -> Self {
        Self { count, unit }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, unit } = *self;
        match (0..SECONDS_PER_DAY * unit.per_second()).contains(&count) {
            true => write_clock(f, count, unit),
            // No time of day, but nothing that may be lost either.
            false => write!(f, "{count}{unit}"),
        }
    }
}

/// A span of time, in any unit. Its text is ISO 8601: `PT36H30M0.250S`, `-PT1S`. Days are 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// The number of units.
    pub count: i64,
    /// The unit of the count.
    pub unit: TimeUnit,
}

impl Elapsed {
    /// Creates a span of `count` of these.
    #[must_use]
    pub const fn new(count: i64, unit: TimeUnit) -> Self {
        Self { count, unit }
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, per_second) = (self.count.unsigned_abs(), self.unit.per_second().unsigned_abs());
        // Less than a second's worth.
        let (seconds, fraction) = (count / per_second, (count % per_second) as i64);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        f.write_str(if self.count < 0 { "-PT" } else { "PT" })?;
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        if seconds > 0 || fraction > 0 || hours == 0 && minutes == 0 {
            write!(f, "{seconds}")?;
            write_fraction(f, fraction, self.unit)?;
            f.write_str("S")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(Date(days).to_string(), text);
        }
    }

    #[test]
    fn every_day_of_an_era_follows_the_day_before() {
        let first = Date::from_ymd(1900, 1, 1).expect("a day").0;
        for days in first..first + DAYS_PER_ERA as i32 + 1 {
            let ((year, month, day), next) = (Date(days).ymd(), Date(days + 1).ymd());
            let follows = [(year, month, day + 1), (year, month + 1, 1), (year + 1, 1, 1)].contains(&next);
            assert!(follows && (next.2 != 1 || day >= 28), "{} {}", Date(days), Date(days + 1));
            assert_eq!(Date::from_ymd(year, month, day), Some(Date(days)));
        }
    }

    #[test]
    fn the_farthest_days_come_back() {
        for days in [i32::MIN, i32::MAX] {
            let (year, month, day) = Date(days).ymd();
            assert_eq!(Date::from_ymd(year, month, day), Some(Date(days)));
        }
        assert_eq!(Date::from_ymd(i32::MAX, 1, 1), None);
    }

    #[test]
    fn what_is_on_no_calendar_is_refused() {
        for (month, day) in [(0, 1), (13, 1), (1, 0), (1, 32), (2, 29), (4, 31), (255, 1), (1, 255)] {
            assert_eq!(Date::from_ymd(2023, month, day), None, "{month} {day}");
        }
    }

    #[test]
    fn timestamps_have_the_digits_that_they_need() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00");
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999999");
        assert_eq!(Timestamp(1_500_000).to_string(), "1970-01-01T00:00:01.500");
        assert_eq!(Timestamp(i64::MIN).date().ymd().0, -290_308);
    }

    #[test]
    fn instants_keep_unit_and_zone() {
        let text =
            |count, unit, zone: Option<&str>| Instant { count, unit, zone: zone.and_then(Zone::new) }.to_string();
        assert_eq!(text(-1, TimeUnit::Nano, None), "1969-12-31T23:59:59.999999999");
        assert_eq!(text(1_500, TimeUnit::Milli, Some("UTC")), "1970-01-01T00:00:01.500Z");
        assert_eq!(text(0, TimeUnit::Second, Some("Europe/Berlin")), "1970-01-01T00:00:00Z");
        assert_eq!(text(0, TimeUnit::Second, Some("-03:30")), "1969-12-31T20:30:00-03:30");
        assert_eq!(text(i64::MAX, TimeUnit::Second, None), "+292277026596-12-04T15:30:07");
    }

    #[test]
    fn spans_and_times_of_day_are_written_exactly() {
        for (count, unit, text) in [
            (0, TimeUnit::Second, "PT0S"),
            (-1, TimeUnit::Nano, "-PT0.000000001S"),
            (131_400_250, TimeUnit::Milli, "PT36H30M0.250S"),
            (7_200, TimeUnit::Second, "PT2H"),
            (i64::MIN, TimeUnit::Nano, "-PT2562047H47M16.854775808S"),
        ] {
            assert_eq!(Elapsed::new(count, unit).to_string(), text);
        }
        assert_eq!(ClockTime::new(45_005_250_000, TimeUnit::Micro).to_string(), "12:30:05.250");
        assert_eq!(ClockTime::new(-1, TimeUnit::Micro).to_string(), "-1us");
    }
}
