//! The values of a lane until the table is laid out: in the form that the table will have, or nearly.

use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, TableError};

use super::dialect::Dialect;
use super::raw::{Raw, Span};
use crate::format::kept::{Days, Fixed, Instants, Texts, write_bools, write_floats, write_whole};

/// The values of one column of a piece.
#[derive(Debug)]
pub(super) enum Values {
    Whole(Vec<i64>),
    Floats(Vec<f64>),
    Bools(Vec<bool>),
    Days(Days),
    Instants(Instants),
    Texts(Texts),
    /// Values of a declared kind.
    Fixed(Fixed),
    /// The places of their texts.
    Spans(Vec<Span>),
}

impl Values {
    /// Creates the values of a column with a declared kind.
    pub(super) fn of_declared(kind: ColumnKind, dialect: &Dialect, rows: usize) -> Self {
        match kind {
            ColumnKind::I64 if dialect.notation.is_plain() => Self::Whole(Vec::with_capacity(rows)),
            ColumnKind::F64 if dialect.notation.is_plain() => Self::Floats(Vec::with_capacity(rows)),
            ColumnKind::Text => Self::Texts(Texts::with_room(rows)),
            kind => match Fixed::with_room(kind, rows) {
                Some(fixed) => Self::Fixed(fixed),
                None => Self::Spans(Vec::with_capacity(rows)),
            },
        }
    }
}

impl Values {
    /// Writes them from a row on; nothing of [spans](Self::Spans).
    pub(super) fn write(&self, row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        match self {
            Self::Whole(values) => write_whole(values, row, to),
            Self::Floats(values) => write_floats(values, row, to),
            Self::Bools(values) => write_bools(values, row, to),
            Self::Days(days) => days.write(row, to),
            Self::Instants(instants) => {
                instants.write(row, to);
                Ok(())
            }
            Self::Texts(texts) => texts.write(to),
            Self::Fixed(fixed) => fixed.write(row, to),
            Self::Spans(_) => Ok(()),
        }
    }
}

/// Adds the text of a field.
#[inline]
pub(super) fn push_text(texts: &mut Texts, raw: Raw<'_>, quote: u8) {
    if raw.is_doubled {
        let value = raw.value(quote);
        texts.push(value.as_bytes(), value.len());
    } else {
        texts.push(&raw.piece.as_bytes()[raw.start..], raw.end - raw.start);
    }
}

/// Returns the texts of `spans`, and the rows in which they are missing.
pub(super) fn texts_of(spans: &[Span], piece: &str, quote: u8, rows: usize) -> (Texts, Vec<u32>) {
    let (mut texts, mut gaps) = (Texts::with_room(rows.max(spans.len())), Vec::new());
    for (row, span) in (0..).zip(spans) {
        match span.text(piece, quote) {
            Some((text, _)) => texts.push(text.as_bytes(), text.len()),
            None => {
                texts.blank();
                gaps.push(row);
            }
        }
    }
    (texts, gaps)
}
