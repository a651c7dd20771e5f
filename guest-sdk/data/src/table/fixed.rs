//! Values of a width that is known at run time.

use core::ops::Range;

/// Values of a width that is known at run time.
#[derive(Clone, Copy)]
pub(super) struct FixedColumn<'t> {
    bytes: &'t [u8],
    width: usize,
}

impl<'t> FixedColumn<'t> {
    pub(super) fn new(bytes: &'t [u8], width: usize) -> Self {
        Self { bytes, width }
    }

    /// Returns some of its rows.
    pub(super) fn part(self, rows: Range<usize>) -> Self {
        Self { bytes: &self.bytes[rows.start * self.width..rows.end * self.width], width: self.width }
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns all values.
    pub(super) fn bytes(&self) -> &'t [u8] {
        self.bytes
    }

    /// Returns the bytes of the value in a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub(super) fn get(&self, row: usize) -> &'t [u8] {
        &self.bytes[row * self.width..(row + 1) * self.width]
    }
}
