//! The kind of a column, found from all of its texts.
//!
//! * `true` and `false`, in any case: bool.
//! * Whole numbers that an `i64` holds: i64.
//! * Numbers, `NaN` and `inf` (any case, with or without `-`): f64.
//! * `YYYY-MM-DD`: date; an ISO 8601 date and time, or a mixture of these and dates: timestamp, in ns if one has digits
//!   beyond µs. Where all say an offset, the column has that zone, or UTC if they differ.
//! * Everything else, and a column without values: text.
//!
//! Values that would not read the same once they are numbers or timestamps are text, with the whole column: `007`,
//! `+49123`, a whole number that is too large for an `i64`, or has no exact place among the fractions beside it. These
//! are identifiers, and they must not lose a digit. So are timestamps of which only some say an offset.

use wpipe_data::{ColumnKind, Date, TimeUnit, Zone};

use super::Notation;
use super::calendar::Moment;
use super::parse::{is_exact_if_whole, is_no_number, parse_bool, trim};

/// The kinds that a column may still have, after some of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guess {
    bool: bool,
    i64: bool,
    f64: bool,
    date: bool,
    timestamp: bool,
    /// True if there was any value.
    any: bool,
    /// True if a whole number has no exact place in `f64`.
    inexact: bool,
    moments: Moments,
}

/// The needs of a column's timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Moments {
    /// True if one has digits beyond microseconds.
    nanos: bool,
    /// True if one is too far away for microseconds or for nanoseconds.
    beyond: [bool; 2],
    /// True if one says no offset.
    local: bool,
    offset: Offset,
}

/// The offsets that timestamps say, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Offset {
    #[default]
    None,
    One(i64),
    Several,
}

impl Moments {
    fn see(&mut self, moment: Moment) {
        self.nanos |= moment.has_nanos();
        for (beyond, unit) in self.beyond.iter_mut().zip([TimeUnit::Micro, TimeUnit::Nano]) {
            let zone = moment.offset.map(|_| Zone::UTC);
            // Digits do not matter here.
            *beyond |= moment.whole_seconds().instant(unit, zone).is_none();
        }
        match (moment.offset, self.offset) {
            (None, _) => self.local = true,
            (Some(offset), Offset::None) => self.offset = Offset::One(offset),
            (Some(offset), Offset::One(other)) if offset == other => {}
            _ => self.offset = Offset::Several,
        }
    }

    fn and(self, other: Self) -> Self {
        let offset = match (self.offset, other.offset) {
            (Offset::None, offset) | (offset, Offset::None) => offset,
            (one, another) if one == another => one,
            _ => Offset::Several,
        };
        let beyond = [self.beyond[0] || other.beyond[0], self.beyond[1] || other.beyond[1]];
        Self { nanos: self.nanos || other.nanos, beyond, local: self.local || other.local, offset }
    }

    /// Returns the kind that holds all of them; `None` if none does, or if the zone of those without an offset is
    /// unknown.
    fn kind(self) -> Option<ColumnKind> {
        let [beyond_micros, beyond_nanos] = self.beyond;
        let unit = match self.nanos {
            true if !beyond_nanos => TimeUnit::Nano,
            false if !beyond_micros => TimeUnit::Micro,
            _ => return None,
        };
        let zone = match (self.local, self.offset) {
            (_, Offset::None) => None,
            (true, _) => return None,
            (false, Offset::One(offset)) if offset != 0 => Some(zone_of(offset)?),
            (false, _) => Some(Zone::UTC),
        };
        Some(ColumnKind::Timestamp(unit, zone))
    }
}

/// Returns a zone such as `+02:00`.
fn zone_of(offset: i64) -> Option<Zone> {
    let sign = if offset < 0 { '-' } else { '+' };
    Zone::new(&format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60))
}

enum Number {
    Whole,
    TooLarge,
    /// Or no number: NaN and infinities.
    Fraction(f64),
}

impl Guess {
    /// Creates a guess that allows any kind.
    pub(crate) fn new() -> Self {
        Self {
            bool: true,
            i64: true,
            f64: true,
            date: true,
            timestamp: true,
            any: false,
            inexact: false,
            moments: Moments::default(),
        }
    }

    /// Creates the guess of numbers: all of them whole ones of `i64`, or not; `inexact` if a whole one has no exact
    /// place in `f64`.
    pub(crate) fn of_numbers(whole: bool, inexact: bool) -> Self {
        Self { bool: false, i64: whole, date: false, timestamp: false, any: true, inexact, ..Self::new() }
    }

    /// Creates the guess of `true` and `false`.
    pub(crate) fn of_bools() -> Self {
        Self { bool: true, any: true, ..Self::nothing() }
    }

    /// Creates the guess of dates from the first to the last of these.
    pub(crate) fn of_days(first: Date, last: Date) -> Self {
        let mut guess = Self { date: true, timestamp: true, any: true, ..Self::nothing() };
        [first, last].into_iter().filter_map(Moment::midnight).for_each(|moment| guess.moments.see(moment));
        guess
    }

    /// Creates the guess of timestamps from the first to the last of these, all with one offset or without; `nanos` if
    /// any has digits beyond microseconds.
    pub(crate) fn of_moments(first: Moment, last: Moment, nanos: bool) -> Self {
        let mut guess = Self { timestamp: true, any: true, ..Self::nothing() };
        [first, last].into_iter().for_each(|moment| guess.moments.see(moment));
        guess.moments.nanos = nanos;
        guess
    }

    /// Creates the guess of text and nothing else.
    pub(crate) fn of_text() -> Self {
        Self { any: true, ..Self::nothing() }
    }

    /// Creates a guess that fits no value.
    fn nothing() -> Self {
        Self { bool: false, i64: false, f64: false, date: false, timestamp: false, ..Self::new() }
    }

    /// Returns the guess of all values, of this one and of `other`.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            bool: self.bool && other.bool,
            i64: self.i64 && other.i64,
            f64: self.f64 && other.f64,
            date: self.date && other.date,
            timestamp: self.timestamp && other.timestamp,
            any: self.any || other.any,
            inexact: self.inexact || other.inexact,
            moments: self.moments.and(other.moments),
        }
    }

    /// Creates the guess of text, or of kinds that are always written as text: dates and timestamps.
    pub(crate) fn of_texts() -> Self {
        Self { bool: false, i64: false, f64: false, ..Self::new() }
    }

    /// Takes a value into account.
    pub(crate) fn see(&mut self, text: &str, notation: &Notation) {
        self.any = true;
        if self.is_text() {
            return;
        }
        let text = trim(text);
        self.bool = self.bool && parse_bool(text).is_some();
        if self.f64 {
            match notation.number(text) {
                Some(number) => self.see_number(&number),
                None => (self.i64, self.f64) = (false, false),
            }
        }
        self.date = self.date && notation.date(text).is_some();
        if self.timestamp {
            match notation.moment(text) {
                Some(moment) => self.moments.see(moment),
                None => self.timestamp = false,
            }
        }
    }

    fn see_number(&mut self, text: &str) {
        let number = number(text);
        self.f64 = number.is_some();
        self.i64 = self.i64 && matches!(number, Some(Number::Whole));
        self.inexact |= match number {
            Some(Number::TooLarge) => true,
            Some(Number::Whole) => text.parse().is_ok_and(|value| !is_exact_if_whole(text, value)),
            _ => false,
        };
    }

    /// Returns true if nothing but text is left.
    fn is_text(&self) -> bool {
        !(self.bool || self.f64 || self.date || self.timestamp)
    }

    /// Returns the narrowest kind that holds all values seen.
    pub(crate) fn kind(&self) -> ColumnKind {
        match self {
            Self { any: false, .. } => ColumnKind::Text,
            Self { bool: true, .. } => ColumnKind::Bool,
            Self { i64: true, .. } => ColumnKind::I64,
            Self { f64: true, inexact: false, .. } => ColumnKind::F64,
            Self { date: true, .. } => ColumnKind::Date,
            Self { timestamp: true, moments, .. } => moments.kind().unwrap_or(ColumnKind::Text),
            _ => ColumnKind::Text,
        }
    }
}

/// Returns a whole number as programs write it, if an `i64` holds it: without zeros in front.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    /// So many digits always fit.
    const FITTING: usize = 18;
    let bytes = text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    if digits.is_empty() || digits[0] == b'0' && digits.len() > 1 {
        return None;
    }
    if digits.len() > FITTING {
        return if digits.iter().all(u8::is_ascii_digit) { text.parse().ok() } else { None };
    }
    let mut value = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if digits.len() < bytes.len() { -value } else { value })
}

/// Returns a number that is one of `f64` to a column without a declaration, and loses nothing there.
pub(crate) fn exact_number(text: &str) -> Option<f64> {
    match number(text)? {
        Number::TooLarge => None,
        Number::Whole => text.parse().ok().filter(|value| is_exact_if_whole(text, *value)),
        Number::Fraction(value) => Some(value),
    }
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading = digits.as_bytes();
    match leading.first()? {
        b'0' if leading.get(1).is_some_and(u8::is_ascii_digit) => return None,
        b'0'..=b'9' if leading.iter().all(u8::is_ascii_digit) => {
            return Some(if text.parse::<i64>().is_ok() { Number::Whole } else { Number::TooLarge });
        }
        b'0'..=b'9' | b'.' => {}
        // No sign twice, and of words only those that are meant.
        _ if is_no_number(digits) && !digits.starts_with(['+', '-']) => return text.parse().ok().map(Number::Fraction),
        _ => return None,
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Number::Fraction(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(texts: &[&str]) -> ColumnKind {
        let mut guess = Guess::new();
        texts.iter().for_each(|text| guess.see(text, &Notation::PLAIN));
        guess.kind()
    }

    #[test]
    fn the_narrowest_kind_that_holds_all_values_is_found() {
        use ColumnKind::{Bool, Date, F64, I64, Text, Timestamp};
        const MICROS: ColumnKind = ColumnKind::TIMESTAMP;
        let zoned = |zone| Timestamp(TimeUnit::Micro, Zone::new(zone));
        let cases: &[(&[&str], ColumnKind)] = &[
            (&[], Text),
            (&["true", "FALSE", "True"], Bool),
            (&["true", "1"], Text),
            (&["1", "-2", "0", "-0"], I64),
            (&[" 1", "2 "], I64),
            (&["9223372036854775807", "-9223372036854775808"], I64),
            (&["1", "2.5"], F64),
            (&["1", "a", "2.5"], Text),
            (&["1e5", ".5", "5.", "-1.5E-3"], F64),
            (&["0.5", "-0.5", "0"], F64),
            (&["NaN", "1", "-inf"], F64),
            (&["nan", "Infinity"], F64),
            (&["007", "8"], Text),
            (&["-01", "2"], Text),
            (&["00.5"], Text),
            (&["+49123", "1"], Text),
            (&["9223372036854775808", "1"], Text),
            (&["9223372036854775808", "1.5"], Text),
            (&["9007199254740993", "NaN"], Text),
            (&["9007199254740993", "1"], I64),
            (&["9007199254740992", "0.5"], F64),
            (&["0.1234567890123456789"], F64),
            (&["1.7976931348623157e308", "-0", "-0.0"], F64),
            (&["1e400"], Text),
            (&["0000-00-00", "2024-01-01"], Text),
            (&["2024-01-01T24:00:00"], Text),
            (&["2024-12-31T23:59:60Z"], Text),
            (&["1e999"], Text),
            (&["1_000"], Text),
            (&["1,5"], Text),
            (&["0x10"], Text),
            (&["2024-02-29", "1970-01-01"], Date),
            (&["2024-02-30"], Text),
            (&["2024-02-29", "2024-02-29T12:00:00"], MICROS),
            (&["2024-02-29 12:00", "2024-02-29T12:00:00+02:00"], Text),
            (&["2024-02-29T12:00:00Z", "2024-02-29 12:00+00:00"], zoned("UTC")),
            (&["2024-02-29T12:00:00+02:00", "2024-07-29T12:00:00+02:00"], zoned("+02:00")),
            (&["2024-02-29T12:00:00+01:00", "2024-07-29T12:00:00+02:00"], zoned("UTC")),
            (&["2024-02-29T12:00:00.123456789"], Timestamp(TimeUnit::Nano, None)),
            (&["2024-02-29T12:00:00.123456789", "9999-01-01"], Text),
            (&["2024-02-29T12:00:00.1234567891"], Text),
            (&["2024-02-29", "5"], Text),
            (&["setosa"], Text),
            (&["", "1"], Text),
            (&["-", "."], Text),
            (&["--nan"], Text),
        ];
        for (texts, expected) in cases {
            assert_eq!(kind(texts), *expected, "{texts:?}");
        }
    }

    #[test]
    fn texts_that_look_like_numbers_are_texts_where_numbers_have_their_own_form() {
        let mut guess = Guess::of_texts();
        guess.see("1", &Notation::PLAIN);
        assert_eq!(guess.kind(), ColumnKind::Text);
    }
}
