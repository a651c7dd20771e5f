//! Fields as they stand in a text.

use std::borrow::Cow;

/// A field of a piece of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'t> {
    pub(super) piece: &'t str,
    /// The start in its piece.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_quoted: bool,
    /// True if quotes in it are written twice.
    pub(super) is_doubled: bool,
}

impl<'t> Raw<'t> {
    /// Returns the text as it is written, without the quotes around it.
    #[inline]
    pub(super) fn text(self) -> &'t str {
        &self.piece[self.start..self.end]
    }

    /// Returns the value.
    pub(super) fn value(self, quote: u8) -> Cow<'t, str> {
        if self.is_doubled { Cow::Owned(single(self.text(), quote)) } else { Cow::Borrowed(self.text()) }
    }
}

/// The place of a field's text in its piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

/// The value is missing.
const MISSING: u32 = u32::MAX;
/// The value is missing, unless the column is one of text or binary.
const MAYBE: u32 = 1 << 31;
/// Quotes in it are written twice.
const DOUBLED: u32 = 1 << 30;
/// The most bytes that a field has.
pub(super) const LONGEST: usize = (DOUBLED - 2) as usize;

impl Span {
    pub(super) const MISSING: Self = Self { start: 0, length: MISSING };

    pub(super) fn of(raw: Raw<'_>) -> Self {
        let doubled = if raw.is_doubled { DOUBLED } else { 0 };
        // Pieces and fields are short enough, as their reader has checked.
        Self { start: raw.start as u32, length: (raw.end - raw.start) as u32 | doubled }
    }

    /// Returns the same, which is missing unless the column is one of text or binary.
    pub(super) fn maybe(self) -> Self {
        Self { length: self.length | MAYBE, ..self }
    }

    /// Returns the length in bytes, as it is written.
    pub(super) fn length(self) -> usize {
        if self.length == MISSING { 0 } else { (self.length & (DOUBLED - 1)) as usize }
    }

    /// Returns the text in its piece, and true if it is missing in columns of anything but text and binary; `None` if
    /// it is missing in those, too.
    pub(super) fn text(self, piece: &str, quote: u8) -> Option<(Cow<'_, str>, bool)> {
        if self.length == MISSING {
            return None;
        }
        let start = self.start as usize;
        let text = &piece[start..start + self.length()];
        let text = if self.length & DOUBLED == 0 { Cow::Borrowed(text) } else { Cow::Owned(single(text, quote)) };
        Some((text, self.length & MAYBE != 0))
    }
}

/// Returns a text without the second one of each two quotes.
fn single(text: &str, quote: u8) -> String {
    let quote = char::from(quote);
    let twice: String = [quote, quote].iter().collect();
    text.replace(&twice, quote.encode_utf8(&mut [0; 4]))
}
