//! Columns of lists, checked once and read in place.

use core::fmt;
use core::ops::Range;

use super::TableError;
use super::rows::{Items, Rows};

/// The lists of a column. Each is a part of all items: `&[f32]` of a column of `list<f32>`, a
/// [`TextColumn`](super::TextColumn) of one of `list<text>`.
#[derive(Clone, Copy)]
pub struct ListColumn<'t, V> {
    ranges: ListRanges<'t>,
    items: V,
}

impl<'t, V: Items> ListColumn<'t, V> {
    /// Creates the lists. `ranges` have been checked against `items`.
    pub(super) fn new(ranges: ListRanges<'t>, items: V) -> Self {
        Self { ranges, items }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the list in a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> V {
        self.items.part(self.ranges.get(row))
    }

    /// Returns all lists in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = V> + use<'t, V> {
        let column = *self;
        (0..self.len()).map(move |row| column.get(row))
    }

    /// Returns the items of all lists together, in order.
    #[must_use]
    pub fn items(&self) -> V {
        self.items
    }
}

impl<V: Items + fmt::Debug> fmt::Debug for ListColumn<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The items of each list.
#[derive(Debug, Clone, Copy)]
pub struct ListRanges<'t> {
    /// `rows + 1` positions among the items, in ascending order.
    offsets: &'t [i32],
}

impl<'t> ListRanges<'t> {
    /// Checks all offsets against the number of items: O(rows).
    pub(super) fn new(column: &str, offsets: &'t [i32], items: usize) -> Result<Self, TableError> {
        let corrupt = |reason| Err(TableError::corrupt(column, reason));
        match (offsets.first(), offsets.last()) {
            (Some(first), _) if *first != 0 => corrupt("its first offset is not 0"),
            _ if !offsets.is_sorted() => corrupt("its offsets do not ascend"),
            (_, Some(last)) if *last as usize != items => corrupt("its last offset is not the number of its items"),
            (None, _) | (_, None) => corrupt("it has no offsets"),
            _ => Ok(Self { offsets }),
        }
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

    /// Returns the positions of a row's list among [`ListColumn::items`].
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> Range<usize> {
        // Not negative, as `new` has checked.
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }
}

/// The items of a list, by their positions.
impl Rows for ListRanges<'_> {
    type Item = Range<usize>;

    fn row(&self, row: usize) -> Range<usize> {
        self.get(row)
    }
}

impl<V: Items> Rows for ListColumn<'_, V> {
    type Item = V;

    fn row(&self, row: usize) -> V {
        self.get(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_offsets_are_told_apart() {
        let reason = |offsets: &[i32]| match ListRanges::new("x", offsets, 2) {
            Err(TableError::Corrupt { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(&[-1, 2]), "its first offset is not 0");
        assert_eq!(reason(&[1, 2]), "its first offset is not 0");
        assert_eq!(reason(&[0, 2, 1]), "its offsets do not ascend");
        assert_eq!(reason(&[0, 3]), "its last offset is not the number of its items");
        assert_eq!(reason(&[0, 1]), "its last offset is not the number of its items");
        assert_eq!(reason(&[]), "it has no offsets");
    }
}
