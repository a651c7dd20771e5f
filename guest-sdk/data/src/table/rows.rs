//! Columns that can be wrapped: one value a row, known to be within bounds.

use core::ops::Range;

use super::fixed::FixedColumn;
use super::{BinaryColumn, BoolColumn, TextColumn, Value};

/// A view with one value a row.
pub trait Rows: Copy {
    /// The value of a row.
    type Item;
    /// Returns the value in a row.
    fn row(&self, row: usize) -> Self::Item;
}

/// Rows of which a part is a view as well.
pub trait Items: Rows {
    /// Returns the items at these positions.
    fn part(self, rows: Range<usize>) -> Self;
    /// Returns the number of items.
    fn count(&self) -> usize;
}

impl<T: Value> Rows for &[T] {
    type Item = T;

    fn row(&self, row: usize) -> T {
        self[row]
    }
}

impl<T: Value> Items for &[T] {
    fn part(self, rows: Range<usize>) -> Self {
        &self[rows]
    }

    fn count(&self) -> usize {
        self.len()
    }
}

macro_rules! columns {
    ($($column:ident => $item:ty),*) => {$(
        impl<'t> Rows for $column<'t> {
            type Item = $item;

            fn row(&self, row: usize) -> $item {
                self.get(row)
            }
        }

        impl Items for $column<'_> {
            fn part(self, rows: Range<usize>) -> Self {
                self.part(rows)
            }

            fn count(&self) -> usize {
                self.len()
            }
        }
    )*};
}

columns!(TextColumn => &'t str, BinaryColumn => &'t [u8], FixedColumn => &'t [u8], BoolColumn => bool);
