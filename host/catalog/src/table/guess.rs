//! What a column holds, found from all of its texts.
//!
//! * `true` and `false`, in any case: bool.
//! * Whole numbers that an `i64` holds: i64.
//! * Numbers, `NaN` and `inf` (any case, with or without `-`): f64.
//! * `YYYY-MM-DD`: date; an ISO 8601 date and time, or a mixture of these and dates: timestamp.
//! * Everything else, and a column without values: text.
//!
//! What would not read the same once it is a number is text, with the whole column: `007`, `+49123`, and a column of
//! whole numbers of which one is too large for an `i64`. These are identifiers, and they must not lose a digit.

use wpipe_data::ColumnKind;

use super::calendar::{parse_date, parse_timestamp};
use super::parse::{is_no_number, parse_bool, trim};

/// What a column may still hold, after some of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guess {
    bool: bool,
    i64: bool,
    f64: bool,
    date: bool,
    timestamp: bool,
    /// Whether there was any value.
    any: bool,
    /// Whether a whole number passed the range of `i64`.
    overflow: bool,
    /// Whether a number was not whole.
    fraction: bool,
}

enum Number {
    Whole,
    TooLarge,
    Fraction,
}

impl Guess {
    /// Anything.
    pub(crate) fn new() -> Self {
        Self {
            bool: true,
            i64: true,
            f64: true,
            date: true,
            timestamp: true,
            any: false,
            overflow: false,
            fraction: false,
        }
    }

    /// Text, or what is always written as text: dates and timestamps.
    pub(crate) fn of_texts() -> Self {
        Self { bool: false, i64: false, f64: false, ..Self::new() }
    }

    /// Takes a value into account.
    pub(crate) fn see(&mut self, text: &str) {
        self.any = true;
        if self.is_text() {
            return;
        }
        let text = trim(text);
        self.bool = self.bool && parse_bool(text).is_some();
        if self.f64 {
            self.see_number(number(text));
        }
        self.date = self.date && parse_date(text).is_some();
        self.timestamp = self.timestamp && parse_timestamp(text).is_some();
    }

    fn see_number(&mut self, number: Option<Number>) {
        self.f64 = number.is_some();
        self.i64 = self.i64 && matches!(number, Some(Number::Whole));
        self.overflow |= matches!(number, Some(Number::TooLarge));
        self.fraction |= matches!(number, Some(Number::Fraction));
    }

    /// Whether nothing but text is left.
    fn is_text(&self) -> bool {
        !(self.bool || self.f64 || self.date || self.timestamp)
    }

    /// The narrowest kind that holds all values seen.
    pub(crate) fn kind(&self) -> ColumnKind {
        match self {
            Self { any: false, .. } => ColumnKind::Text,
            Self { bool: true, .. } => ColumnKind::Bool,
            Self { i64: true, .. } => ColumnKind::I64,
            Self { f64: true, overflow: true, fraction: false, .. } => ColumnKind::Text,
            Self { f64: true, .. } => ColumnKind::F64,
            Self { date: true, .. } => ColumnKind::Date,
            Self { timestamp: true, .. } => ColumnKind::Timestamp,
            _ => ColumnKind::Text,
        }
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
        _ if is_no_number(digits) && !digits.starts_with(['+', '-']) => return Some(Number::Fraction),
        _ => return None,
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Number::Fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(texts: &[&str]) -> ColumnKind {
        let mut guess = Guess::new();
        texts.iter().for_each(|text| guess.see(text));
        guess.kind()
    }

    #[test]
    fn the_narrowest_kind_that_holds_all_values_is_found() {
        use ColumnKind::*;
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
            (&["9223372036854775808", "1.5"], F64),
            (&["1e999"], Text),
            (&["1_000"], Text),
            (&["1,5"], Text),
            (&["0x10"], Text),
            (&["2024-02-29", "1970-01-01"], Date),
            (&["2024-02-30"], Text),
            (&["2024-02-29", "2024-02-29T12:00:00"], Timestamp),
            (&["2024-02-29 12:00", "2024-02-29T12:00:00+02:00"], Timestamp),
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
        guess.see("1");
        assert_eq!(guess.kind(), ColumnKind::Text);
    }
}
