//! Columns in which values may be missing.

use core::fmt;
use core::ops::Range;

use super::bits;
use super::rows::{Items, Rows};

/// A column's values and their validity.
///
/// `V` is the type of the column without regard to missing values: `&[f64]`, [`TextColumn`](super::TextColumn),
/// [`BinaryColumn`](super::BinaryColumn), [`BoolColumn`](super::BoolColumn). It holds any value (mostly zero or an
/// empty text) for a missing one.
#[derive(Clone, Copy)]
pub struct Nullable<'t, V> {
    values: V,
    validity: Option<&'t [u8]>,
    /// The first row's bit in the validity map.
    start: usize,
    rows: usize,
    null_count: usize,
}

impl<V: Items> Nullable<'_, V> {
    /// Returns some of its rows.
    pub(super) fn part(self, rows: Range<usize>) -> Self {
        assert!(rows.end <= self.rows, "row {} of {}", rows.end, self.rows);
        let Self { values, validity, start, .. } = self;
        let is_missing = |row: &usize| validity.is_some_and(|validity| !bits::get(validity, start + row));
        let null_count = if self.null_count == 0 { 0 } else { rows.clone().filter(is_missing).count() };
        let values = values.part(rows.clone());
        Self { values, validity, start: start + rows.start, rows: rows.len(), null_count }
    }
}

impl<'t, V: Rows> Nullable<'t, V> {
    pub(super) fn new(values: V, validity: Option<&'t [u8]>, rows: usize, null_count: usize) -> Self {
        Self { values, validity, start: 0, rows, null_count }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns the number of missing values.
    #[must_use]
    pub fn null_count(&self) -> usize {
        self.null_count
    }

    /// Returns true if values of the column may be missing.
    pub(super) fn is_nullable(&self) -> bool {
        self.validity.is_some()
    }

    /// Returns true if the value in a row is present.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn is_valid(&self, row: usize) -> bool {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        self.validity.is_none_or(|validity| bits::get(validity, self.start + row))
    }

    /// Returns the value in a row, or `None` if it is missing.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<V::Item> {
        self.is_valid(row).then(|| self.values.row(row))
    }

    /// Returns all values in order, `None` if one is missing.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<V::Item>> + use<'t, V> {
        let column = *self;
        (0..self.rows).map(move |row| column.get(row))
    }

    /// Returns the values without regard to missing ones.
    #[must_use]
    pub fn values(&self) -> V {
        self.values
    }
}

impl<V: Rows<Item: fmt::Debug>> fmt::Debug for Nullable<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<V: Rows> Rows for Nullable<'_, V> {
    type Item = Option<V::Item>;

    fn row(&self, row: usize) -> Option<V::Item> {
        self.get(row)
    }
}

impl<V: Items> Items for Nullable<'_, V> {
    fn part(self, rows: Range<usize>) -> Self {
        self.part(rows)
    }

    fn count(&self) -> usize {
        self.len()
    }
}
