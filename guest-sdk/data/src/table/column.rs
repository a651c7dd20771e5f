//! One column of a table under construction.

use core::fmt;

use super::raw::ColumnBuffers;
use super::{BitsMut, ColumnKind, TableError, Value, bits};

/// One column under construction: its buffers, and how far its text has come.
pub struct ColumnMut<'s> {
    rows: usize,
    buffers: ColumnBuffers,
    validity: Option<&'s mut [u8]>,
    /// `rows + 1` for text, else none.
    offsets: &'s mut [i32],
    values: &'s mut [u8],
    /// Rows and bytes of text written.
    written: (usize, usize),
}

impl<'s> ColumnMut<'s> {
    /// A column with the buffers that `take` gives, in the order of the layout.
    pub(super) fn new(
        rows: usize,
        buffers: ColumnBuffers,
        mut take: impl FnMut(usize) -> &'s mut [u8],
    ) -> Result<Self, TableError> {
        let mut validity = buffers.validity.as_ref().map(|range| take(range.len()));
        if let Some(validity) = &mut validity {
            bits::fill(validity, rows);
        }
        let offsets: &mut [i32] = match &buffers.offsets {
            Some(range) => bytemuck::try_cast_slice_mut(take(range.len())).map_err(|_| TableError::Misaligned)?,
            None => &mut [],
        };
        if let Some(first) = offsets.first_mut() {
            *first = 0;
        }
        let values = take(buffers.values.len());
        Ok(Self { rows, buffers, validity, offsets, values, written: (0, 0) })
    }

    /// The column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.buffers.name
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> ColumnKind {
        self.buffers.kind
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The values of a column of numbers, dates or times.
    ///
    /// # Errors
    ///
    /// When the column holds something else.
    pub fn values<T: Value>(&mut self) -> Result<&mut [T], TableError> {
        self.expect(T::fits, T::KIND)?;
        bytemuck::try_cast_slice_mut(self.values).map_err(|_| TableError::Misaligned)
    }

    /// The values of a nullable column of numbers, dates or times, together with its validity map.
    ///
    /// # Errors
    ///
    /// When the column holds something else, or is not nullable.
    pub fn nullable_values<T: Value>(&mut self) -> Result<NullableMut<'_, T>, TableError> {
        self.expect(T::fits, T::KIND)?;
        let Some(validity) = &mut self.validity else {
            return Err(TableError::NotNullable { column: self.buffers.name.clone() });
        };
        let values = bytemuck::try_cast_slice_mut(self.values).map_err(|_| TableError::Misaligned)?;
        Ok(NullableMut { values, validity: BitsMut::new(validity, self.rows) })
    }

    /// The values of a bool column.
    ///
    /// # Errors
    ///
    /// When the column holds something else.
    pub fn bools(&mut self) -> Result<BitsMut<'_>, TableError> {
        self.expect_kind(ColumnKind::Bool)?;
        Ok(BitsMut::new(self.values, self.rows))
    }

    /// The validity map, all ones to start with.
    ///
    /// # Errors
    ///
    /// When the column is not nullable.
    pub fn validity(&mut self) -> Result<BitsMut<'_>, TableError> {
        match &mut self.validity {
            Some(validity) => Ok(BitsMut::new(validity, self.rows)),
            None => Err(TableError::NotNullable { column: self.buffers.name.clone() }),
        }
    }

    /// A writer that goes on where the last one stopped.
    ///
    /// # Errors
    ///
    /// When the column holds something else.
    pub fn text(&mut self) -> Result<TextWriter<'_, 's>, TableError> {
        self.expect_kind(ColumnKind::Text)?;
        Ok(TextWriter(BinaryWriter { column: self }))
    }

    /// A writer that goes on where the last one stopped.
    ///
    /// # Errors
    ///
    /// When the column holds something else.
    pub fn binary(&mut self) -> Result<BinaryWriter<'_, 's>, TableError> {
        self.expect_kind(ColumnKind::Binary)?;
        Ok(BinaryWriter { column: self })
    }

    /// A writer of a text or binary column's bytes.
    pub(super) fn varied(&mut self, kind: ColumnKind) -> Result<BinaryWriter<'_, 's>, TableError> {
        self.expect_kind(kind)?;
        Ok(BinaryWriter { column: self })
    }

    /// The bytes of a column of fixed width or of bits, for codecs; empty for text and binary.
    pub fn value_bytes(&mut self) -> &mut [u8] {
        if self.kind().has_offsets() { &mut [] } else { self.values }
    }

    /// Fills a text or binary column from Arrow's buffers: `rows + 1` ascending `offsets` into `text`.
    ///
    /// The offsets may start anywhere, as those of a slice do. A text is not checked to be UTF-8: readers do.
    ///
    /// # Errors
    ///
    /// When the column holds something else, has not enough room, or the offsets are wild.
    pub fn fill_text(&mut self, offsets: &[i32], text: &[u8]) -> Result<(), TableError> {
        if !self.kind().has_offsets() {
            self.expect_kind(ColumnKind::Text)?;
        }
        let (expected, actual) = (self.rows, offsets.len().saturating_sub(1));
        if expected != actual || offsets.is_empty() {
            return Err(TableError::Rows { column: self.buffers.name.clone(), expected, actual });
        }
        let corrupt = |reason| TableError::corrupt(&self.buffers.name, reason);
        if offsets[0] < 0 || !offsets.is_sorted() {
            return Err(corrupt("its offsets do not ascend"));
        }
        let (first, last) = (offsets[0] as usize, offsets[actual] as usize);
        let text = text.get(first..last).ok_or_else(|| corrupt("an offset points behind its text"))?;
        let capacity = self.values.len();
        let room = self.values.get_mut(..text.len());
        let room = room.ok_or_else(|| TableError::TextFull { column: self.buffers.name.clone(), capacity })?;
        room.copy_from_slice(text);
        for (to, from) in self.offsets.iter_mut().zip(offsets) {
            *to = from - offsets[0];
        }
        self.written = (actual, text.len());
        Ok(())
    }

    pub(super) fn buffers(&self) -> &ColumnBuffers {
        &self.buffers
    }

    /// Settles what the root says of the column.
    pub(super) fn finish(&mut self) -> Result<(), TableError> {
        if let Some(validity) = &self.validity {
            self.buffers.null_count = self.rows - bits::count_ones(validity, self.rows);
        }
        if self.kind().has_offsets() {
            let (actual, bytes) = self.written;
            if actual != self.rows {
                let column = self.buffers.name.clone();
                return Err(TableError::Rows { column, expected: self.rows, actual });
            }
            self.values[bytes..].fill(0);
            self.buffers.values.end = self.buffers.values.start + bytes;
        }
        Ok(())
    }

    fn expect_kind(&self, expected: ColumnKind) -> Result<(), TableError> {
        self.expect(|kind| kind == expected, expected)
    }

    fn expect(&self, fits: impl Fn(ColumnKind) -> bool, expected: ColumnKind) -> Result<(), TableError> {
        if fits(self.kind()) {
            return Ok(());
        }
        let (expected, actual) = (Box::new(expected), Box::new(self.kind()));
        Err(TableError::WrongKind { column: self.buffers.name.clone(), expected, actual })
    }
}

impl fmt::Debug for ColumnMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ColumnMut({}: {}, {} rows)", self.name(), self.kind(), self.rows)
    }
}

/// The values of a nullable column that is being written.
#[derive(Debug)]
pub struct NullableMut<'c, T> {
    /// The values; what stands where one is missing does not matter.
    pub values: &'c mut [T],
    /// 1 for a value that is there; all ones to start with.
    pub validity: BitsMut<'c>,
}

impl<T: Value> NullableMut<'_, T> {
    /// Writes a row, with 0 where the value is missing.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub fn set(&mut self, row: usize, value: Option<T>) {
        self.validity.set(row, value.is_some());
        self.values[row] = value.unwrap_or_else(bytemuck::Zeroable::zeroed);
    }
}

/// Appends to a text column, row by row. What it has written stays when it is dropped.
#[derive(Debug)]
pub struct TextWriter<'c, 's>(BinaryWriter<'c, 's>);

impl TextWriter<'_, '_> {
    /// Writes the next row.
    ///
    /// # Errors
    ///
    /// When all rows are written, or the room declared for text is used up.
    pub fn push(&mut self, text: &str) -> Result<(), TableError> {
        self.0.push(text.as_bytes())
    }

    /// Writes the next row of a nullable column, which may be missing.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and when a text is missing in a column that is not nullable.
    pub fn push_option(&mut self, text: Option<&str>) -> Result<(), TableError> {
        self.0.push_option(text.map(str::as_bytes))
    }

    /// How many rows are written.
    #[must_use]
    pub fn rows_written(&self) -> usize {
        self.0.rows_written()
    }
}

/// Appends to a binary column, row by row. What it has written stays when it is dropped.
#[derive(Debug)]
pub struct BinaryWriter<'c, 's> {
    column: &'c mut ColumnMut<'s>,
}

impl BinaryWriter<'_, '_> {
    /// Writes the next row.
    ///
    /// # Errors
    ///
    /// When all rows are written, or the room declared for bytes is used up.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TableError> {
        let ColumnMut { rows, buffers, offsets, values, written, .. } = &mut *self.column;
        let (row, start) = *written;
        if row == *rows {
            let (expected, actual) = (row, row + 1);
            return Err(TableError::Rows { column: buffers.name.clone(), expected, actual });
        }
        let end = start.saturating_add(bytes.len());
        let capacity = values.len();
        let full = || TableError::TextFull { column: buffers.name.clone(), capacity };
        values.get_mut(start..end).ok_or_else(full)?.copy_from_slice(bytes);
        offsets[row + 1] = i32::try_from(end).map_err(|_| full())?;
        *written = (row + 1, end);
        Ok(())
    }

    /// Writes the next row of a nullable column, which may be missing.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and when a value is missing in a column that is not nullable.
    pub fn push_option(&mut self, bytes: Option<&[u8]>) -> Result<(), TableError> {
        let row = self.column.written.0;
        if bytes.is_none() && self.column.validity.is_none() {
            return Err(TableError::NotNullable { column: self.column.buffers.name.clone() });
        }
        self.push(bytes.unwrap_or_default())?;
        if let Some(validity) = &mut self.column.validity {
            bits::set(validity, row, bytes.is_some());
        }
        Ok(())
    }

    /// How many rows are written.
    #[must_use]
    pub fn rows_written(&self) -> usize {
        self.column.written.0
    }
}
