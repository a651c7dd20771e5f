//! Units and zones of columns of times.

use core::fmt;

/// The unit of a column of times, timestamps or durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Milli,
    /// Microseconds.
    Micro,
    /// Nanoseconds.
    Nano,
}

impl TimeUnit {
    const ALL: [Self; 4] = [Self::Second, Self::Milli, Self::Micro, Self::Nano];

    /// Returns the number of them in a second.
    #[must_use]
    pub const fn per_second(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Milli => 1_000,
            Self::Micro => 1_000_000,
            Self::Nano => 1_000_000_000,
        }
    }

    /// Returns `s`, `ms`, `us` or `ns`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Milli => "ms",
            Self::Micro => "us",
            Self::Nano => "ns",
        }
    }

    /// Returns the unit of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// Returns `count` of these in another unit; `None` if it has no place there, or is not whole.
    ///
    /// ```
    /// use wpipe_data::TimeUnit;
    ///
    /// assert_eq!(TimeUnit::Nano.convert(1_500, TimeUnit::Micro), None);
    /// assert_eq!(TimeUnit::Nano.convert(2_000, TimeUnit::Micro), Some(2));
    /// assert_eq!(TimeUnit::Second.convert(i64::MAX, TimeUnit::Milli), None);
    /// ```
    #[must_use]
    pub const fn convert(self, count: i64, to: Self) -> Option<i64> {
        let (from, to) = (self.per_second(), to.per_second());
        if to >= from {
            return count.checked_mul(to / from);
        }
        if count % (from / to) == 0 { Some(count / (from / to)) } else { None }
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The longest name of a zone, in bytes.
const LONGEST_ZONE: usize = 36;

/// The zone of a column of timestamps: a name of the time zone database such as `Europe/Berlin`, or an offset such as
/// `+02:00`. Readers show the timestamps in it; their counts are UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone {
    /// The name, with zeros behind it.
    bytes: [u8; LONGEST_ZONE],
    length: u8,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = {
        let mut bytes = [0; LONGEST_ZONE];
        (bytes[0], bytes[1], bytes[2]) = (b'U', b'T', b'C');
        Self { bytes, length: 3 }
    };

    /// Returns the zone of that name; `None` for a name that cannot be one: empty, more than 36 bytes, or anything but
    /// ASCII letters, digits and `/_+-:`.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-:".contains(&byte);
        if name.is_empty() || name.len() > LONGEST_ZONE || !name.bytes().all(is_plain) {
            return None;
        }
        let mut bytes = [0; LONGEST_ZONE];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        Some(Self { bytes, length: name.len() as u8 })
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // ASCII, as `new` has checked.
        str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// Returns the minutes by which the zone is ahead of UTC, if its name is an offset: `+02:00`, `-0330` or `+05`.
    #[must_use]
    pub fn offset_minutes(&self) -> Option<i64> {
        let (sign, digits) = match self.as_str().split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let (hours, minutes) = match (digits.len(), digits.split_once(':')) {
            (_, Some(parts)) => parts,
            (4, None) => digits.split_at(2),
            _ => (digits, "00"),
        };
        let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u8>().ok()).flatten();
        let (hours, minutes) = (two(hours)?, two(minutes)?);
        (hours < 24 && minutes < 60).then(|| sign * (i64::from(hours) * 60 + i64::from(minutes)))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_minutes_and_names_are_none() {
        for (name, minutes) in [
            ("+02:00", Some(120)),
            ("-0330", Some(-210)),
            ("+05", Some(300)),
            ("+00:00", Some(0)),
            ("UTC", None),
            ("+2:00", None),
            ("+24:00", None),
            ("+02:60", None),
        ] {
            assert_eq!(Zone::new(name).and_then(|zone| zone.offset_minutes()), minutes, "{name}");
        }
    }

    #[test]
    fn what_can_be_no_zone_is_refused() {
        for name in ["", "a, b", "Europe(Berlin)", "Zürich", &"x".repeat(37)] {
            assert_eq!(Zone::new(name), None, "{name}");
        }
    }
}
