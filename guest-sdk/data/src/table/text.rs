//! Text columns, checked once and then read without further checks of UTF-8.

use core::fmt;
use core::ops::Range;

use super::TableError;
use crate::view;

/// The texts of a column.
#[derive(Clone, Copy)]
pub struct TextColumn<'t> {
    /// `rows + 1` positions in `text`, each at a character's boundary, in ascending order.
    offsets: &'t [i32],
    text: &'t str,
    /// The text of each row by its code, if the column is a dictionary.
    codes: Option<&'t [i32]>,
}

impl<'t> TextColumn<'t> {
    /// Checks all offsets and all text: O(rows + bytes).
    pub(super) fn new(column: &str, offsets: &'t [i32], text: &'t [u8]) -> Result<Self, TableError> {
        let corrupt = |reason| TableError::corrupt(column, reason);
        let text = view::text(text).map_err(|_| corrupt("its text is not UTF-8"))?;
        let mut previous = 0;
        for offset in offsets {
            let offset = usize::try_from(*offset).map_err(|_| corrupt("an offset is negative"))?;
            if offset < previous {
                return Err(corrupt("its offsets do not ascend"));
            }
            if !text.is_char_boundary(offset) {
                return Err(corrupt("an offset points behind its text or into a character"));
            }
            previous = offset;
        }
        if offsets.is_empty() {
            return Err(corrupt("it has no offsets"));
        }
        Ok(Self { offsets, text, codes: None })
    }

    /// Returns the texts of rows, each of which is one of these by its code in `codes`. Checks all codes: O(rows).
    pub(super) fn coded(self, column: &str, codes: &'t [i32]) -> Result<Self, TableError> {
        // Rows whose value is missing have code 0, even if there is no value.
        let count = self.offsets.len().saturating_sub(1).max(1);
        if codes.iter().any(|code| *code as u32 as usize >= count) {
            return Err(TableError::corrupt(column, "a code is none of its dictionary"));
        }
        Ok(Self { codes: Some(codes), ..self })
    }

    /// Returns some of its rows.
    pub(super) fn part(self, rows: Range<usize>) -> Self {
        match self.codes {
            Some(codes) => Self { codes: Some(&codes[rows]), ..self },
            None => Self { offsets: &self.offsets[rows.start..=rows.end], ..self },
        }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.map_or(self.offsets.len() - 1, <[i32]>::len)
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the text in a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> &'t str {
        // Neither is negative, as `new` and `coded` have checked.
        let at = match self.codes {
            None => row,
            Some(codes) if self.offsets.len() > 1 => codes[row] as usize,
            Some(_) => return "",
        };
        let (start, end) = (self.offsets[at] as usize, self.offsets[at + 1] as usize);
        &self.text[start..end]
    }

    /// Returns all texts in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'t str> + use<'t> {
        let column = *self;
        (0..self.len()).map(move |row| column.get(row))
    }
}

impl fmt::Debug for TextColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(offsets: &[i32], text: &[u8]) -> &'static str {
        match TextColumn::new("x", offsets, text) {
            Err(TableError::Corrupt { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn texts_are_found_by_their_offsets() -> Result<(), TableError> {
        let column = TextColumn::new("x", &[0, 1, 1, 4], "aéb".as_bytes())?;
        assert_eq!(column.iter().collect::<Vec<_>>(), ["a", "", "éb"]);
        Ok(())
    }

    #[test]
    fn wild_offsets_are_told_apart() {
        assert_eq!(reason(&[0, -1], b"ab"), "an offset is negative");
        assert_eq!(reason(&[0, 2, 1], b"ab"), "its offsets do not ascend");
        assert_eq!(reason(&[0, 3], b"ab"), "an offset points behind its text or into a character");
        assert_eq!(reason(&[0, 1], "é".as_bytes()), "an offset points behind its text or into a character");
        assert_eq!(reason(&[0, 1], b"\xff"), "its text is not UTF-8");
    }
}
