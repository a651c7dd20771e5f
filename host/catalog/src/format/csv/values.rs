//! The values of a lane until the table is laid out: in the form that the table will have, or nearly.

use wpipe_data::ColumnKind;

use super::dialect::Dialect;
use super::raw::{Raw, Span};
use crate::format::kept::{Fixed, Kept, Texts};

/// The values of one column of a piece.
#[derive(Debug)]
pub(super) enum Values {
    Kept(Kept),
    /// The places of their texts.
    Spans(Vec<Span>),
}

impl Values {
    /// Creates the values of a column with a declared kind.
    pub(super) fn of_declared(kind: ColumnKind, dialect: &Dialect, rows: usize) -> Self {
        let kept = match kind {
            ColumnKind::I64 if dialect.notation.is_plain() => Some(Kept::Whole(Vec::with_capacity(rows))),
            ColumnKind::F64 if dialect.notation.is_plain() => Some(Kept::Floats(Vec::with_capacity(rows))),
            ColumnKind::Text => Some(Kept::Texts(Texts::with_room(rows))),
            kind => Fixed::with_room(kind, rows).map(Kept::Fixed),
        };
        kept.map_or_else(|| Self::Spans(Vec::with_capacity(rows)), Self::Kept)
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
