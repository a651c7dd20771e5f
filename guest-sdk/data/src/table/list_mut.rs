//! Lists that are written into a column, row by row or all at once.

use super::{ColumnKind, ColumnMut, Element, ItemKind, TableError, Value, bits};

impl<'s> ColumnMut<'s> {
    /// Returns a writer that continues the last one.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind.
    pub fn lists(&mut self) -> Result<ListWriter<'_, 's>, TableError> {
        match self.kind() {
            ColumnKind::List(_) => Ok(ListWriter::new(self)),
            actual => {
                let (expected, actual) = (Box::new(ColumnKind::List(ItemKind::F64)), Box::new(actual));
                Err(TableError::WrongKind { column: self.name().to_owned(), expected, actual })
            }
        }
    }

    /// Fills the lengths of a column of lists from Arrow's buffer: `rows + 1` ascending `offsets` into items of which
    /// the first one named is the first of the column's own.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind or has not enough room, or if the offsets are wild.
    pub fn fill_lists(&mut self, offsets: &[i32]) -> Result<(), TableError> {
        self.lists()?;
        let (expected, actual) = (self.rows(), offsets.len().saturating_sub(1));
        if expected != actual || offsets.is_empty() {
            return Err(TableError::Rows { column: self.name().to_owned(), expected, actual });
        }
        if offsets[0] < 0 || !offsets.is_sorted() {
            return Err(TableError::corrupt(self.name(), "its offsets do not ascend"));
        }
        let (items, capacity) = ((offsets[actual] - offsets[0]) as usize, self.item_room());
        if items > capacity {
            return Err(TableError::ItemsFull { column: self.name().to_owned(), capacity });
        }
        for (to, from) in self.offsets.iter_mut().zip(offsets) {
            *to = from - offsets[0];
        }
        self.written = (actual, items);
        Ok(())
    }
}

/// Appends to a column of lists, row by row. Written rows stay when it is dropped.
#[derive(Debug)]
pub struct ListWriter<'c, 's> {
    column: &'c mut ColumnMut<'s>,
}

impl<'c, 's> ListWriter<'c, 's> {
    /// Creates the writer of a column of lists.
    pub(super) fn new(column: &'c mut ColumnMut<'s>) -> Self {
        Self { column }
    }

    /// Writes the next row: a slice of numbers or times, of `bool`, `&str`, `String`, `&[u8]`, or of an `Option` of one
    /// of them.
    ///
    /// # Errors
    ///
    /// Fails if all rows are written, the room declared for items or their bytes is used up, or the items are of
    /// another kind.
    pub fn push<E: Element>(&mut self, items: &[E]) -> Result<(), TableError> {
        let at = self.take_room(items.len())?;
        E::write(items, self.items(), at)?;
        self.end(items.len())
    }

    /// Writes the next row of a nullable column, which may be missing.
    ///
    /// # Errors
    ///
    /// Fails as [`push`](Self::push) does, and if a list is missing in a column that is not nullable.
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
    /// Fails if all rows are written, or if the column is not nullable.
    pub fn push_missing(&mut self) -> Result<(), TableError> {
        let row = self.column.written.0;
        // Fails before anything is written.
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
    /// Fails as [`push`](Self::push) does.
    pub fn push_with<T: Value>(&mut self, length: usize, fill: impl FnOnce(&mut [T])) -> Result<(), TableError> {
        let at = self.take_room(length)?;
        fill(&mut self.items().values::<T>()?[at..at + length]);
        self.end(length)
    }

    /// Returns the items of all lists, as a column of as many rows as there is room for. Those of the next list start
    /// at [`items_written`](Self::items_written).
    pub fn items(&mut self) -> &mut ColumnMut<'s> {
        // Lists have items: their buffers say so.
        self.column.child.as_mut().expect("a column of lists has items")
    }

    /// Ends a row: the next `length` items, which have been written to [`items`](Self::items), are its own.
    ///
    /// # Errors
    ///
    /// Fails if all rows are written, or if there is no room for so many items.
    pub fn end(&mut self, length: usize) -> Result<(), TableError> {
        let start = self.take_room(length)?;
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

    /// Checks that there is room for `length` more items.
    ///
    /// # Errors
    ///
    /// Fails if there is none.
    pub fn check_room(&mut self, length: usize) -> Result<(), TableError> {
        self.take_room(length).map(drop)
    }

    /// Returns the number of rows that are written.
    #[must_use]
    pub fn rows_written(&self) -> usize {
        self.column.written.0
    }

    /// Returns the number of items that are written.
    #[must_use]
    pub fn items_written(&self) -> usize {
        self.column.written.1
    }

    /// Returns the place of the next `length` items, which exists then, too, if the column grows.
    pub(super) fn take_room(&mut self, length: usize) -> Result<usize, TableError> {
        let at = self.room_for(length)?;
        self.column.grow_items(at + length);
        Ok(at)
    }

    /// Returns the place of the next `length` items.
    fn room_for(&self, length: usize) -> Result<usize, TableError> {
        let (at, capacity) = (self.items_written(), self.column.item_room());
        if length > capacity.saturating_sub(at) { Err(self.full()) } else { Ok(at) }
    }

    fn full(&self) -> TableError {
        TableError::ItemsFull { column: self.column.name().to_owned(), capacity: self.column.item_room() }
    }
}
