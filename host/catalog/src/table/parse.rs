//! A text as a cell of a known kind.

use wpipe_data::ColumnKind;
use wpipe_data::table::Decimal;

use super::Cell;
use super::calendar::{Moment, parse_date, parse_duration, parse_time};

/// Returns the cell of `text` in a column of `kind`, if the column holds it exactly. Blanks around anything but text do
/// not count. Floats are the nearest to the text.
///
/// This is for columns whose kind is known: `007` is the number 7 here. [`Guess`](super::Guess) finds the kind of other
/// columns more carefully.
pub(crate) fn parse(kind: ColumnKind, text: &str) -> Option<Cell<'_>> {
    let plain = trim(text);
    match kind {
        ColumnKind::Bool => parse_bool(plain).map(Cell::Bool),
        ColumnKind::I32 => plain.parse().ok().map(Cell::I32),
        ColumnKind::I64 => plain.parse().ok().map(Cell::I64),
        ColumnKind::U64 => plain.parse().ok().map(Cell::U64),
        ColumnKind::F32 => parse_finite::<f32>(plain, f32::is_finite).map(Cell::F32),
        ColumnKind::F64 => parse_float(plain).map(Cell::F64),
        ColumnKind::Binary => is_hex(plain).then_some(Cell::Hex(plain)),
        ColumnKind::Date => parse_date(plain).map(Cell::Date),
        ColumnKind::Time(unit) => parse_time(plain, unit).map(Cell::Time),
        ColumnKind::Timestamp(unit, zone) => Moment::parse(plain)?.instant(unit, zone).map(Cell::Timestamp),
        ColumnKind::Duration(unit) => parse_duration(plain, unit).map(Cell::Duration),
        ColumnKind::Decimal(precision, scale) => Decimal::parse(plain, precision, scale).map(Cell::Decimal),
        _ => Some(Cell::Text(text)),
    }
}

/// Returns a text without the blanks that people align columns with.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

/// Parses as [`parse`] of `f64` does, a text without blanks around it.
pub(crate) fn parse_float(plain: &str) -> Option<f64> {
    parse_finite::<f64>(plain, f64::is_finite)
}

/// Parses a decimal number that has a place in the type, or one of the words for values that are no numbers. A whole
/// number must have an exact one.
fn parse_finite<T: std::str::FromStr + Copy + Into<f64>>(text: &str, is_finite: fn(T) -> bool) -> Option<T> {
    let value: T = text.parse().ok()?;
    let holds = is_finite(value) && (is_short_for::<T>(text) || is_exact_if_whole(text, value.into()));
    (holds || is_no_number(text)).then_some(value)
}

/// Returns true if a number of so few characters always has an exact place in `T`, if it is a whole one.
fn is_short_for<T>(text: &str) -> bool {
    text.len() <= if size_of::<T>() == size_of::<f64>() { 15 } else { 6 }
}

/// Returns true if `value` is the whole number that `text` is, if that is written as one: such numbers are identifiers,
/// and no digit of them may be lost.
pub(super) fn is_exact_if_whole(text: &str, value: f64) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    // Whole floats are written with all of their digits.
    format!("{}", value.abs()) == digits.trim_start_matches('0') || value == 0.0
}

/// Returns true for `nan`, `inf` and `infinity`, in any case.
pub(super) fn is_no_number(text: &str) -> bool {
    let word = text.strip_prefix(['-', '+']).unwrap_or(text);
    ["nan", "inf", "infinity"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_among_floats_keep_every_digit() {
        let float = |text| parse(ColumnKind::F64, text);
        assert_eq!(float("9007199254740992"), Some(Cell::F64(9_007_199_254_740_992.0)));
        assert_eq!(float("9007199254740993"), None);
        assert_eq!(float("-0009007199254740994"), Some(Cell::F64(-9_007_199_254_740_994.0)));
        assert_eq!(float("000"), Some(Cell::F64(0.0)));
        assert_eq!(float("1e23"), Some(Cell::F64(1e23)));
        assert_eq!(float("0.1234567890123456789"), Some(Cell::F64(0.123_456_789_012_345_68)));
        assert_eq!(float("1e400"), None);
        assert_eq!(parse(ColumnKind::F32, "16777217"), None);
    }
}
