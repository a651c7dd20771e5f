//! Dates and timestamps in the proleptic Gregorian calendar, and as ISO 8601 writes them.

use core::fmt;

use super::{Date, Timestamp};

const DAYS_PER_ERA: i64 = 146_097;
const YEARS_PER_ERA: i64 = 400;
/// Days from 0000-03-01, where the calendar of this file begins, to 1970-01-01.
const EPOCH: i64 = 719_468;
const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 24 * 60 * 60 * MICROS_PER_SECOND;

impl Date {
    /// The date of a year, a month from 1 to 12 and a day from 1; `None` if there is no such day, or it is too far away.
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
        if !(1..=12).contains(&month) || day == 0 {
            return None;
        }
        // Years begin in March, so that the day that is not in every year is the last one.
        let (year, month) = (i64::from(year) - i64::from(month < 3), i64::from((month + 9) % 12));
        let of_era = year.rem_euclid(YEARS_PER_ERA);
        let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + i64::from(day) - 1;
        let date = Self(i32::try_from(year.div_euclid(YEARS_PER_ERA) * DAYS_PER_ERA + days - EPOCH).ok()?);
        (date.ymd().2 == day).then_some(date)
    }

    /// Year, month from 1 and day from 1 (H. Hinnant, "chrono-compatible low-level date algorithms").
    #[must_use]
    pub fn ymd(self) -> (i32, u8, u8) {
        let days = i64::from(self.0) + EPOCH;
        let of_era = days.rem_euclid(DAYS_PER_ERA);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year + days.div_euclid(DAYS_PER_ERA) * YEARS_PER_ERA + i64::from(month <= 2);
        // A year of an `i32` of days has 7 digits at most; month and day have two.
        (year as i32, month as u8, day as u8)
    }
}

impl Timestamp {
    /// The day that it is on.
    #[must_use]
    pub fn date(self) -> Date {
        // 2⁶³ microseconds are 107 million days.
        Date(self.0.div_euclid(MICROS_PER_DAY) as i32)
    }
}

/// `2024-02-29`; years beyond 0000–9999 have a sign.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        match year {
            0..=9999 => write!(f, "{year:04}")?,
            _ => write!(f, "{year:+05}")?,
        }
        write!(f, "-{month:02}-{day:02}")
    }
}

/// `2024-02-29T12:30:00`, with milliseconds or microseconds where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(MICROS_PER_DAY);
        let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
        write!(f, "{}T{:02}:{:02}:{:02}", self.date(), seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        match fraction {
            0 => Ok(()),
            fraction if fraction % 1000 == 0 => write!(f, ".{:03}", fraction / 1000),
            fraction => write!(f, ".{fraction:06}"),
        }
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
}
