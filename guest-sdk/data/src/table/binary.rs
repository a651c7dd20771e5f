//! Binary columns, checked once and then read without further checks.

use core::fmt;
use core::ops::Range;

use super::TableError;

/// The values of a binary column.
#[derive(Clone, Copy)]
pub struct BinaryColumn<'t> {
    /// `rows + 1` positions in `bytes`, in ascending order.
    offsets: &'t [i32],
    bytes: &'t [u8],
}

impl<'t> BinaryColumn<'t> {
    /// Checks all offsets: O(rows).
    pub(super) fn new(column: &str, offsets: &'t [i32], bytes: &'t [u8]) -> Result<Self, TableError> {
        let corrupt = |reason| Err(TableError::corrupt(column, reason));
        match (offsets.first(), offsets.last()) {
            (Some(first), _) if *first < 0 => corrupt("an offset is negative"),
            _ if !offsets.is_sorted() => corrupt("its offsets do not ascend"),
            (_, Some(last)) if *last as usize > bytes.len() => corrupt("an offset points behind its bytes"),
            (None, _) | (_, None) => corrupt("it has no offsets"),
            _ => Ok(Self { offsets, bytes }),
        }
    }

    /// Returns some of its rows.
    pub(super) fn part(self, rows: Range<usize>) -> Self {
        Self { offsets: &self.offsets[rows.start..=rows.end], bytes: self.bytes }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes in a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> &'t [u8] {
        // Not negative, as `new` has checked.
        let (start, end) = (self.offsets[row] as usize, self.offsets[row + 1] as usize);
        &self.bytes[start..end]
    }

    /// Returns all values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'t [u8]> + use<'t> {
        let column = *self;
        (0..self.len()).map(move |row| column.get(row))
    }
}

impl fmt::Debug for BinaryColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_offsets_are_told_apart() {
        let reason = |offsets: &[i32], bytes: &[u8]| match BinaryColumn::new("x", offsets, bytes) {
            Err(TableError::Corrupt { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(&[-1, 1], b"ab"), "an offset is negative");
        assert_eq!(reason(&[0, 2, 1], b"ab"), "its offsets do not ascend");
        assert_eq!(reason(&[0, 3], b"ab"), "an offset points behind its bytes");
        assert_eq!(reason(&[], b"ab"), "it has no offsets");
    }
}
