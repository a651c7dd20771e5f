//! The size of a table, without its values.

use core::ops::Range;

use super::raw::ColumnBuffers;
use super::validate::{data_size, shape};
use super::{ColumnInfo, Room, Table};
use crate::{AlignedBytes, ViewError};

/// The bytes of an archive's end that hold the root of most tables.
const LIKELY_ROOT: usize = 4 << 10;

/// The rows and columns of a table whose archive is elsewhere: only its end is read.
///
/// Its missing values and texts are the producer's word, as long as the columns have not been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    pub(super) rows: usize,
    pub(super) columns: Vec<ColumnBuffers>,
}

impl TableShape {
    /// Reads the shape of a table whose archive has `size` bytes, of which `read` gives those in a range. It is called
    /// once or twice.
    ///
    /// ```
    /// use wpipe_data::{Table, TableShape, ViewError, to_archive};
    ///
    /// let archive = to_archive(&Table::from_columns([("species", vec!["setosa", "virginica"].into())])?)?;
    /// let shape = TableShape::read(archive.len(), |range| Ok::<_, ViewError>(archive[range].to_vec()))?;
    /// assert_eq!((shape.rows(), shape.text_bytes(0)), (2, 15));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if `read` does, and if it is no table: see [`ViewError`].
    pub fn read<E: From<ViewError>>(
        size: usize,
        mut read: impl FnMut(Range<usize>) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let start = size.saturating_sub(LIKELY_ROOT);
        let mut end = read(start..size)?;
        let data_size = data_size(size, &end)?;
        if data_size < start {
            end = read(data_size..size)?;
        }
        let mut root = AlignedBytes::new();
        root.extend_from_slice(&end[end.len().saturating_sub(size - data_size)..]);
        Ok(shape(data_size, &root)?)
    }

    /// Returns the shape of a table in memory.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        Self { rows: table.rows(), columns: table.raw_columns().to_vec() }
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the columns in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = ColumnInfo<'_>> + Clone {
        self.columns.iter().map(ColumnInfo::from)
    }

    /// Returns the bytes of all texts (or of all binary values) of the column at `position`; those of its values, if it
    /// is of another kind, and 0 if there is none.
    #[must_use]
    pub fn text_bytes(&self, position: usize) -> usize {
        self.columns.get(position).map_or(0, |column| column.values.len())
    }

    /// Returns the room that the column at `position` takes; none if there is no such column.
    pub fn room(&self, position: usize) -> Room {
        let Some(column) = self.columns.get(position) else { return Room::default() };
        match &column.child {
            Some(child) => Room {
                bytes: child.buffers.values.len(),
                items: child.length,
                missing_items: child.buffers.validity.is_some(),
                grows: false,
            },
            None => Room::default().bytes(column.values.len()),
        }
    }
}
