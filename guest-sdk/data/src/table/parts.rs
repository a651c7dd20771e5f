//! Parts of a column that are written apart from one another: in any order, on several threads if need be.

use core::fmt;

use super::{ColumnMut, TableError};

/// The size of a part of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartSize {
    /// The number of rows.
    pub rows: usize,
    /// The bytes of all texts or binary values in them; 0 for other kinds.
    pub bytes: usize,
}

/// Consecutive rows of a column under construction, which are written from the first to the last.
pub struct ColumnPart<'c> {
    column: &'c str,
    size: PartSize,
    /// The bytes of a value; `None` for bits, text and binary.
    width: Option<usize>,
    /// The end of each row's bytes among those of the column; none but for text and binary.
    ends: &'c mut [i32],
    values: &'c mut [u8],
    /// The bytes of the column before the part.
    start: usize,
    written: PartSize,
}

impl ColumnMut<'_> {
    /// Divides the column into parts of these sizes. Bits are in none of them: those of a bool column and of a validity
    /// map are written as a whole. Every row then counts as written; see [`ColumnPart::finish`].
    ///
    /// # Errors
    ///
    /// Fails if the sizes are not those of the column, or if it has lists or a dictionary.
    pub fn parts(&mut self, sizes: &[PartSize]) -> Result<Vec<ColumnPart<'_>>, TableError> {
        if self.child.is_some() {
            return Err(TableError::corrupt(self.name(), "lists and dictionaries are written as a whole"));
        }
        let sum = |of: fn(&PartSize) -> usize| sizes.iter().map(of).fold(0, usize::saturating_add);
        let (rows, bytes) = (sum(|size| size.rows), sum(|size| size.bytes));
        if rows != self.rows() {
            let (column, expected) = (self.name().to_owned(), self.rows());
            return Err(TableError::Rows { column, expected, actual: rows });
        }
        let (is_varied, width) = (self.kind().has_offsets(), self.kind().width());
        let (name, offsets, values) = self.divided(bytes);
        if is_varied && bytes > values.len() {
            return Err(TableError::TextFull { column: name.to_owned(), capacity: values.len() });
        }
        let (mut ends, mut values) = (offsets.get_mut(1..).unwrap_or_default(), values);
        let mut start = 0;
        let part = |size: &PartSize| {
            let of_values = if is_varied { size.bytes } else { width.map_or(0, |width| width * size.rows) };
            let own_ends = ends.split_off_mut(..if is_varied { size.rows } else { 0 }).unwrap_or_default();
            let own_values = values.split_off_mut(..of_values).unwrap_or_default();
            let written = PartSize { rows: 0, bytes: 0 };
            let part =
                ColumnPart { column: name, size: *size, width, ends: own_ends, values: own_values, start, written };
            start += size.bytes;
            part
        };
        Ok(sizes.iter().map(part).collect())
    }
}

impl<'c> ColumnPart<'c> {
    /// Returns the column's name.
    #[must_use]
    pub fn name(&self) -> &'c str {
        self.column
    }

    /// Returns the size that it was given.
    #[must_use]
    pub fn size(&self) -> PartSize {
        self.size
    }

    /// Writes the next rows of a column of fixed width, as their bytes.
    ///
    /// # Errors
    ///
    /// Fails if there are fewer rows.
    pub fn extend_values(&mut self, bytes: &[u8]) -> Result<(), TableError> {
        let rows = bytes.len() / self.width.unwrap_or(1);
        self.next_values(rows)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Returns the places of the next rows of a column of fixed width, which count as written.
    ///
    /// # Errors
    ///
    /// Fails if there are fewer rows.
    pub fn next_values(&mut self, rows: usize) -> Result<&mut [u8], TableError> {
        let width = self.width.unwrap_or(1);
        if rows > self.size.rows - self.written.rows {
            return Err(self.too_many_rows(rows));
        }
        let start = self.written.rows * width;
        self.written.rows += rows;
        Ok(self.values.get_mut(start..start + rows * width).unwrap_or_default())
    }

    /// Writes the next rows of a text or binary column, from Arrow's buffers: one more ascending `offsets` into `bytes`
    /// than rows. Readers check that texts are UTF-8.
    ///
    /// # Errors
    ///
    /// Fails if there are fewer rows or bytes, or if the offsets are wild.
    pub fn extend(&mut self, offsets: &[i32], bytes: &[u8]) -> Result<(), TableError> {
        let range = offsets.first().zip(offsets.last()).filter(|(first, last)| **first >= 0 && first <= last);
        let bytes = match range {
            Some((first, last)) => bytes.get(*first as usize..*last as usize),
            // They are refused below.
            None => Some(bytes),
        };
        let bytes = bytes.ok_or_else(|| TableError::corrupt(self.column, "an offset points behind its text"))?;
        self.next_texts(offsets)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Writes the ends of the next rows of a text or binary column, from Arrow's ascending `offsets`, of which there is
    /// one more than rows, and returns the place of their bytes, which count as written.
    ///
    /// # Errors
    ///
    /// Fails if there are fewer rows or bytes, or if the offsets are wild.
    pub fn next_texts(&mut self, offsets: &[i32]) -> Result<&mut [u8], TableError> {
        let corrupt = |reason| TableError::corrupt(self.column, reason);
        let [first, ends @ ..] = offsets else { return Err(corrupt("it has no offsets")) };
        if *first < 0 || !offsets.is_sorted() {
            return Err(corrupt("its offsets do not ascend"));
        }
        let length = (ends.last().unwrap_or(first) - first) as usize;
        let PartSize { rows, bytes: written } = self.written;
        if ends.len() > self.size.rows - rows {
            return Err(self.too_many_rows(ends.len()));
        }
        let capacity = self.values.len();
        let room = self.values.get_mut(written..written.saturating_add(length));
        let room = room.ok_or_else(|| TableError::TextFull { column: self.column.to_owned(), capacity })?;
        // Not too large: an archive ends before.
        let shift = (self.start + written) as i32 - *first;
        let places = &mut self.ends[rows..rows + ends.len()];
        places.iter_mut().zip(ends).for_each(|(place, end)| *place = *end + shift);
        self.written = PartSize { rows: rows + ends.len(), bytes: written + length };
        Ok(room)
    }

    /// Writes the next rows of a text or binary column, one by one. Readers check that texts are UTF-8.
    ///
    /// # Errors
    ///
    /// Fails if there are fewer rows or bytes.
    pub fn extend_each<'b>(&mut self, values: impl Iterator<Item = &'b [u8]>) -> Result<(), TableError> {
        let PartSize { mut rows, bytes: mut end } = self.written;
        for value in values {
            let Some(place) = self.ends.get_mut(rows) else { return Err(self.too_many_rows(rows + 1)) };
            let capacity = self.values.len();
            let room = self.values.get_mut(end..end.saturating_add(value.len()));
            copy(value, room.ok_or_else(|| TableError::TextFull { column: self.column.to_owned(), capacity })?);
            end += value.len();
            // Not too large: an archive ends before.
            *place = (self.start + end) as i32;
            rows += 1;
        }
        self.written = PartSize { rows, bytes: end };
        Ok(())
    }

    /// Counts rows as written that have no values here: those of a bool column.
    ///
    /// # Errors
    ///
    /// Fails if there are fewer rows.
    pub fn skip(&mut self, rows: usize) -> Result<(), TableError> {
        if rows > self.size.rows - self.written.rows {
            return Err(self.too_many_rows(rows));
        }
        self.written.rows += rows;
        Ok(())
    }

    /// Checks that all rows and bytes are written.
    ///
    /// # Errors
    ///
    /// Fails if some are not.
    pub fn finish(self) -> Result<(), TableError> {
        let (expected, actual) = (self.size.rows, self.written.rows);
        if actual != expected {
            return Err(TableError::Rows { column: self.column.to_owned(), expected, actual });
        }
        if self.written.bytes != self.size.bytes {
            return Err(TableError::corrupt(self.column, "its texts do not fill the room that is theirs"));
        }
        Ok(())
    }

    fn too_many_rows(&self, more: usize) -> TableError {
        let (expected, actual) = (self.size.rows, self.written.rows.saturating_add(more));
        TableError::Rows { column: self.column.to_owned(), expected, actual }
    }
}

/// Copies bytes to a place of the same length: short ones in two overlapping halves, faster than any call.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    match from.len() {
        8..16 => copy_halves::<8>(from, to),
        16..=32 => copy_halves::<16>(from, to),
        4..8 => copy_halves::<4>(from, to),
        0..4 => from.iter().zip(to).for_each(|(byte, place)| *place = *byte),
        _ => to.copy_from_slice(from),
    }
}

#[inline]
fn copy_halves<const N: usize>(from: &[u8], to: &mut [u8]) {
    if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
        if let Some(place) = to.first_chunk_mut() {
            *place = *first;
        }
        if let Some(place) = to.last_chunk_mut() {
            *place = *last;
        }
    }
}

impl fmt::Debug for ColumnPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ColumnPart({}: {} of {} rows)", self.column, self.written.rows, self.size.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AlignedBytes, Table, TableSpec};

    fn size(rows: usize, bytes: usize) -> PartSize {
        PartSize { rows, bytes }
    }

    #[test]
    fn parts_are_written_in_any_order() -> Result<(), Box<dyn std::error::Error>> {
        let mut area = AlignedBytes::new();
        let mut table = TableSpec::new(3).i32("x").text("y", 4).build_in(&mut area)?;
        let [x, y] = table.columns_named(["x", "y"])?;
        let mut parts = x.parts(&[size(1, 0), size(2, 0)])?;
        parts[1].extend_values(&[2, 0, 0, 0, 3, 0, 0, 0])?;
        parts[0].extend_values(&[1, 0, 0, 0])?;
        parts.into_iter().try_for_each(ColumnPart::finish)?;
        let mut parts = y.parts(&[size(2, 3), size(1, 1)])?;
        parts[1].extend(&[1, 2], b"-d-")?;
        parts[0].extend(&[0, 1], b"a")?;
        parts[0].extend(&[5, 7], b".....bc")?;
        parts.into_iter().try_for_each(ColumnPart::finish)?;
        let size = table.finish()?;
        let table = Table::view(&area[..size])?;
        assert_eq!(table.column::<i32>("x")?, [1, 2, 3]);
        assert_eq!(table.text("y")?.iter().collect::<Vec<_>>(), ["a", "bc", "d"]);
        Ok(())
    }

    #[test]
    fn values_of_every_length_are_copied() -> Result<(), Box<dyn std::error::Error>> {
        let values: Vec<Vec<u8>> = (0..70_u8).map(|length| (0..length).map(|byte| byte ^ length).collect()).collect();
        let bytes = values.iter().map(Vec::len).sum();
        let mut area = AlignedBytes::new();
        let mut table = TableSpec::new(values.len()).binary("y", bytes).build_in(&mut area)?;
        let mut part = table.column_named("y")?.parts(&[size(values.len(), bytes)])?.remove(0);
        part.extend_each(values.iter().map(Vec::as_slice))?;
        assert!(matches!(part.extend_each([&b""[..]].into_iter()), Err(TableError::Rows { .. })));
        part.finish()?;
        let size = table.finish()?;
        let table = Table::view(&area[..size])?;
        assert!(table.binary("y")?.iter().eq(values.iter().map(Vec::as_slice)));
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_told() -> Result<(), Box<dyn std::error::Error>> {
        let mut area = AlignedBytes::new();
        let mut table = TableSpec::new(2).text("y", 2).build_in(&mut area)?;
        let column = table.column_named("y")?;
        assert!(matches!(column.parts(&[size(1, 2)]), Err(TableError::Rows { expected: 2, actual: 1, .. })));
        assert!(matches!(column.parts(&[size(2, 3)]), Err(TableError::TextFull { capacity: 2, .. })));
        let mut part = column.parts(&[size(2, 2)])?.remove(0);
        assert!(matches!(part.extend(&[0, 3], b"abc"), Err(TableError::TextFull { .. })));
        assert!(matches!(part.extend(&[0, 1, 1, 1], b"a"), Err(TableError::Rows { actual: 3, .. })));
        assert!(matches!(part.extend(&[1, 0], b"a"), Err(TableError::Corrupt { .. })));
        assert!(matches!(part.extend(&[0, 1], b""), Err(TableError::Corrupt { .. })));
        part.extend(&[0, 1], b"a")?;
        assert!(matches!(part.finish(), Err(TableError::Rows { actual: 1, .. })));
        let mut part = column.parts(&[size(2, 2)])?.remove(0);
        part.extend(&[0, 0, 1], b"a")?;
        assert!(matches!(part.finish(), Err(TableError::Corrupt { .. })));
        Ok(())
    }
}
