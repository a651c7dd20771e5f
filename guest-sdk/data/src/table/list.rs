//! Columns of lists: checked once and read in place, and written row by row.

use core::fmt;
use core::ops::Range;

use super::items::Items;
use super::{ColumnMut, Element, TableError, Value, bits};

/// The lists of a column. Each is a part of all items: `&[f32]` of a column of `list<f32>`, a
/// [`TextColumn`](super::TextColumn) of one of `list<text>`.
#[derive(Clone, Copy)]
pub struct ListColumn<'t, V> {
    ranges: Ranges<'t>,
    items: V,
}

impl<'t, V: Items> ListColumn<'t, V> {
    /// `ranges` have been checked against `items`.
    pub(super) fn new(ranges: Ranges<'t>, items: V) -> Self {
        Self { ranges, items }
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list in a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> V {
        self.items.part(self.ranges.get(row))
    }

    /// All lists in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = V> + use<'t, V> {
        let column = *self;
        (0..self.len()).map(move |row| column.get(row))
    }

    /// The items of all lists together, in order. What stands before the first list's offset is none of them.
    #[must_use]
    pub fn items(&self) -> V {
        self.items.part(self.ranges.all())
    }
}

impl<V: Items + fmt::Debug> fmt::Debug for ListColumn<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Which items each row has.
#[derive(Clone, Copy)]
pub(super) struct Ranges<'t> {
    /// `rows + 1` positions among the items, in ascending order.
    offsets: &'t [i32],
}

impl<'t> Ranges<'t> {
    /// Checks all offsets against the number of items: O(rows).
    pub(super) fn new(column: &str, offsets: &'t [i32], items: usize) -> Result<Self, TableError> {
        let corrupt = |reason| Err(TableError::corrupt(column, reason));
        match (offsets.first(), offsets.last()) {
            (Some(first), _) if *first < 0 => corrupt("an offset is negative"),
            _ if !offsets.is_sorted() => corrupt("its offsets do not ascend"),
            (_, Some(last)) if *last as usize > items => corrupt("an offset points behind its items"),
            (None, _) | (_, None) => corrupt("it has no offsets"),
            _ => Ok(Self { offsets }),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Not negative, as `new` has seen.
    pub(super) fn get(&self, row: usize) -> Range<usize> {
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    fn all(&self) -> Range<usize> {
        self.offsets[0] as usize..self.offsets[self.len()] as usize
    }
}

/// Appends to a column of lists, row by row. What it has written stays when it is dropped.
#[derive(Debug)]
pub struct ListWriter<'c, 's> {
    column: &'c mut ColumnMut<'s>,
}

impl<'c, 's> ListWriter<'c, 's> {
    /// Of a column of lists.
    pub(super) fn new(column: &'c mut ColumnMut<'s>) -> Self {
        Self { column }
    }

    /// Writes the next row: a slice of numbers or times, of `bool`, `&str`, `String`, `&[u8]`, or of an `Option` of one of
    /// them.
    ///
    /// # Errors
    ///
    /// When all rows are written, the room declared for items or their bytes is used up, or the items are of another kind.
    pub fn push<E: Element>(&mut self, items: &[E]) -> Result<(), TableError> {
        let at = self.room_for(items.len())?;
        E::write(items, self.items(), at)?;
        self.end(items.len())
    }

    /// Writes the next row of a nullable column, which may be missing.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and when a list is missing in a column that is not nullable.
    pub fn push_option<E: Element>(&mut self, items: Option<&[E]>) -> Result<(), TableError> {
        match items {
            Some(items) => self.push(items),
            None => self.push_missing(),
        }
    }

    /// Writes the next row of a nullable column as missing.
    ///
    /// # Errors
    ///
    /// When all rows are written, or the column is not nullable.
    pub fn push_missing(&mut self) -> Result<(), TableError> {
        let row = self.column.written.0;
        // Before anything is written.
        self.column.validity()?;
        self.end(0)?;
        let mut validity = self.column.validity()?;
        bits::set(validity.bytes(), row, false);
        Ok(())
    }

    /// Writes the next row in place: `fill` gets its `length` items, of numbers or times.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn push_with<T: Value>(&mut self, length: usize, fill: impl FnOnce(&mut [T])) -> Result<(), TableError> {
        let at = self.room_for(length)?;
        fill(&mut self.items().values::<T>()?[at..at + length]);
        self.end(length)
    }

    /// The items of all lists, as a column of as many rows as there is room for. Those of the next list start at
    /// [`items_written`](Self::items_written).
    pub fn items(&mut self) -> &mut ColumnMut<'s> {
        // Lists have items: their buffers say so.
        self.column.child.as_mut().expect("a column of lists has items")
    }

    /// Ends a row: the next `length` items, which have been written to [`items`](Self::items), are its own.
    ///
    /// # Errors
    ///
    /// When all rows are written, or there is no room for so many items.
    pub fn end(&mut self, length: usize) -> Result<(), TableError> {
        let start = self.room_for(length)?;
        let (row, rows) = (self.column.written.0, self.column.rows());
        if row == rows {
            let (expected, actual) = (rows, row + 1);
            return Err(TableError::Rows { column: self.column.name().to_owned(), expected, actual });
        }
        let end = start + length;
        self.column.offsets[row + 1] = i32::try_from(end).map_err(|_| self.full())?;
        self.column.written = (row + 1, end);
        Ok(())
    }

    /// How many rows are written.
    #[must_use]
    pub fn rows_written(&self) -> usize {
        self.column.written.0
    }

    /// How many items are written.
    #[must_use]
    pub fn items_written(&self) -> usize {
        self.column.written.1
    }

    /// Where the next `length` items go.
    pub(super) fn room_for(&self, length: usize) -> Result<usize, TableError> {
        let (at, capacity) = (self.items_written(), self.column.item_room());
        if length > capacity.saturating_sub(at) { Err(self.full()) } else { Ok(at) }
    }

    fn full(&self) -> TableError {
        TableError::ItemsFull { column: self.column.name().to_owned(), capacity: self.column.item_room() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_offsets_are_told_apart() {
        let reason = |offsets: &[i32]| match Ranges::new("x", offsets, 2) {
            Err(TableError::Corrupt { reason, .. }) => reason,
            other => panic!("{:?}", other.map(|ranges| ranges.all())),
        };
        assert_eq!(reason(&[-1, 1]), "an offset is negative");
        assert_eq!(reason(&[0, 2, 1]), "its offsets do not ascend");
        assert_eq!(reason(&[0, 3]), "an offset points behind its items");
        assert_eq!(reason(&[]), "it has no offsets");
    }
}
