//! A text as a cell of a known kind.

use wpipe_data::ColumnKind;

use super::Cell;
use super::calendar::{parse_date, parse_timestamp};

/// The cell that `text` means in a column of `kind`, if it means one. Blanks around anything but text do not count.
///
/// This is for columns whose kind is known: `007` is the number 7 here. What a column of unknown kind holds,
/// [`Guess`](super::Guess) finds more carefully.
pub(crate) fn parse(kind: ColumnKind, text: &str) -> Option<Cell<'_>> {
    let plain = trim(text);
    match kind {
        ColumnKind::Bool => parse_bool(plain).map(Cell::Bool),
        ColumnKind::I32 => plain.parse().ok().map(Cell::I32),
        ColumnKind::I64 => plain.parse().ok().map(Cell::I64),
        ColumnKind::F32 => parse_float::<f32>(plain, f32::is_finite).map(Cell::F32),
        ColumnKind::F64 => parse_float::<f64>(plain, f64::is_finite).map(Cell::F64),
        ColumnKind::Date => parse_date(plain).map(Cell::Date),
        ColumnKind::Timestamp => parse_timestamp(plain).map(Cell::Timestamp),
        _ => Some(Cell::Text(text)),
    }
}

/// Without the blanks that people align columns with.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

pub(super) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

/// A decimal number that has a place in the type, or one of the words for what is no number.
fn parse_float<T: std::str::FromStr + Copy>(text: &str, is_finite: fn(T) -> bool) -> Option<T> {
    let value = text.parse().ok()?;
    (is_finite(value) || is_no_number(text)).then_some(value)
}

/// `nan`, `inf` and `infinity`, in any case.
pub(super) fn is_no_number(text: &str) -> bool {
    let word = text.strip_prefix(['-', '+']).unwrap_or(text);
    ["nan", "inf", "infinity"].iter().any(|known| word.eq_ignore_ascii_case(known))
}
