//! One column of a table under construction.

use core::fmt;
use std::collections::HashMap;

use super::place::{Aside, BytesPlace, OffsetsPlace, Place};
use super::raw::ColumnBuffers;
use super::{BitsMut, ColumnKind, TableError, Value, bits};
use crate::AlignedBytes;

/// One column under construction: its buffers, and the progress of its text.
pub struct ColumnMut<'s> {
    rows: usize,
    buffers: ColumnBuffers,
    validity: Option<BytesPlace<'s>>,
    /// The offsets: `rows + 1` for text, binary and lists, else none.
    pub(super) offsets: OffsetsPlace<'s>,
    values: BytesPlace<'s>,
    /// The rows and the bytes of text, or items of lists, that are written.
    pub(super) written: (usize, usize),
    /// The items of lists, or the values of a dictionary, in as many rows as there is room for.
    pub(super) child: Option<Box<Self>>,
    /// The code of each value that a dictionary has so far.
    pub(super) codes: HashMap<String, i32>,
    /// True if more rows may be written than there are: those of the child of a column whose room grows.
    has_any_rows: bool,
}

impl<'s> ColumnMut<'s> {
    /// Creates a column with the buffers that `take` gives, in the order of the layout. If its room `grows`, those that
    /// depend on it are aside.
    pub(super) fn new(
        rows: usize,
        buffers: ColumnBuffers,
        grows: bool,
        take: &mut dyn FnMut(usize) -> &'s mut [u8],
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
        let in_area = take(buffers.values.len());
        let is_aside = grows && buffers.kind.has_offsets() && buffers.child.is_none();
        let values = if is_aside { Place::Own(AlignedBytes::new()) } else { Place::Lent(in_area) };
        let child = match &buffers.child {
            Some(child) if grows => Some(Box::new(Self::aside((*child.buffers).clone()))),
            Some(child) => Some(Box::new(Self::new(child.length, (*child.buffers).clone(), false, take)?)),
            None => None,
        };
        Ok(Self {
            rows,
            buffers,
            validity: validity.map(Place::Lent),
            offsets: Place::Lent(offsets),
            values,
            written: (0, 0),
            child,
            codes: HashMap::new(),
            has_any_rows: false,
        })
    }

    /// Creates a column of no rows yet, aside.
    fn aside(buffers: ColumnBuffers) -> Self {
        Self {
            rows: 0,
            validity: buffers.validity.is_some().then(|| Place::Own(AlignedBytes::new())),
            offsets: Place::Own(vec![0; usize::from(buffers.offsets.is_some())]),
            values: Place::Own(AlignedBytes::new()),
            written: (0, 0),
            child: None,
            codes: HashMap::new(),
            has_any_rows: true,
            buffers,
        }
    }

    /// Makes room for `rows` rows in a column of any number of rows.
    fn grow(&mut self, rows: usize) {
        if !self.has_any_rows || rows <= self.rows {
            return;
        }
        let bits = rows.div_ceil(8);
        if let Some(Place::Own(validity)) = &mut self.validity {
            validity.resize(bits, 0);
            (self.rows..rows).for_each(|row| bits::set(validity, row, true));
        }
        if let Place::Own(offsets) = &mut self.offsets
            && self.buffers.offsets.is_some()
        {
            offsets.resize(rows + 1, 0);
        }
        if let Place::Own(values) = &mut self.values {
            match self.buffers.kind.width() {
                Some(width) => values.resize(rows * width, 0),
                None if self.buffers.kind == ColumnKind::Bool => values.resize(bits, 0),
                None => {}
            }
        }
        self.rows = rows;
    }

    /// Returns the column's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.buffers.name
    }

    /// Returns the kind of its values.
    #[must_use]
    pub fn kind(&self) -> ColumnKind {
        self.buffers.kind
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the values of a column of numbers, dates or times.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind.
    pub fn values<T: Value>(&mut self) -> Result<&mut [T], TableError> {
        self.expect(T::fits, T::KIND)?;
        bytemuck::try_cast_slice_mut(&mut self.values).map_err(|_| TableError::Misaligned)
    }

    /// Returns the values of a nullable column of numbers, dates or times, together with its validity map.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind, or not nullable.
    pub fn nullable_values<T: Value>(&mut self) -> Result<NullableMut<'_, T>, TableError> {
        self.expect(T::fits, T::KIND)?;
        let Some(validity) = &mut self.validity else {
            return Err(TableError::NotNullable { column: self.buffers.name.clone() });
        };
        let values = bytemuck::try_cast_slice_mut(&mut self.values).map_err(|_| TableError::Misaligned)?;
        Ok(NullableMut { values, validity: BitsMut::new(validity, self.rows) })
    }

    /// Returns the values of a bool column.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind.
    pub fn bools(&mut self) -> Result<BitsMut<'_>, TableError> {
        self.expect_kind(ColumnKind::Bool)?;
        Ok(BitsMut::new(&mut self.values, self.rows))
    }

    /// Returns the validity map, all ones to start with.
    ///
    /// # Errors
    ///
    /// Fails if the column is not nullable.
    pub fn validity(&mut self) -> Result<BitsMut<'_>, TableError> {
        match &mut self.validity {
            Some(validity) => Ok(BitsMut::new(validity, self.rows)),
            None => Err(TableError::NotNullable { column: self.buffers.name.clone() }),
        }
    }

    /// Returns a writer that continues the last one.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind.
    pub fn text(&mut self) -> Result<TextWriter<'_, 's>, TableError> {
        self.expect_kind(ColumnKind::Text)?;
        Ok(TextWriter(BinaryWriter { column: self }))
    }

    /// Returns a writer that continues the last one.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind.
    pub fn binary(&mut self) -> Result<BinaryWriter<'_, 's>, TableError> {
        self.expect_kind(ColumnKind::Binary)?;
        Ok(BinaryWriter { column: self })
    }

    /// Returns true if it is laid out as a dictionary.
    #[must_use]
    pub fn is_dictionary(&self) -> bool {
        self.buffers.is_dictionary()
    }

    /// Returns true if values may be missing.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.validity.is_some()
    }

    /// Returns true if the values of its dictionary are in an order that means something.
    pub(super) fn is_ordered(&self) -> bool {
        self.buffers.child.as_ref().is_some_and(|child| child.ordered)
    }

    /// Returns the codes of a dictionary.
    pub(super) fn code_slots(&mut self) -> Result<&mut [i32], TableError> {
        bytemuck::try_cast_slice_mut(&mut self.values).map_err(|_| TableError::Misaligned)
    }

    /// Returns a writer of a text or binary column's bytes.
    pub(super) fn varied(&mut self, kind: ColumnKind) -> Result<BinaryWriter<'_, 's>, TableError> {
        self.expect_kind(kind)?;
        Ok(BinaryWriter { column: self })
    }

    /// Returns the bytes of a column of fixed width or of bits, for codecs; empty for text, binary and lists.
    pub fn value_bytes(&mut self) -> &mut [u8] {
        if self.kind().has_offsets() { &mut [] } else { &mut self.values }
    }

    /// Returns the name, the offsets and the values of a column whose rows are written elsewhere: all of them, and so
    /// many bytes, count as written.
    pub(super) fn divided(&mut self, bytes: usize) -> (&str, &mut [i32], &mut [u8]) {
        self.written = (self.rows, bytes);
        if let Place::Own(values) = &mut self.values {
            values.resize(bytes, 0);
        }
        (&self.buffers.name, &mut self.offsets, &mut self.values)
    }

    /// Returns the number of items of lists or values of a dictionary that there is room for.
    pub(super) fn item_room(&self) -> usize {
        self.child.as_ref().map_or(0, |child| if child.has_any_rows { i32::MAX as usize } else { child.rows })
    }

    /// Makes room for so many items of lists or values of a dictionary, if it grows.
    pub(super) fn grow_items(&mut self, items: usize) {
        if let Some(child) = &mut self.child {
            child.grow(items);
        }
    }

    /// Fills a text or binary column from Arrow's buffers: `rows + 1` ascending `offsets` into `text`.
    ///
    /// The offsets may start anywhere, as those of a slice do. Readers check that texts are UTF-8.
    ///
    /// # Errors
    ///
    /// Fails if the column is of another kind or has not enough room, or if the offsets are wild.
    pub fn fill_text(&mut self, offsets: &[i32], text: &[u8]) -> Result<(), TableError> {
        if !self.kind().has_offsets() || self.is_dictionary() {
            self.expect(|kind| kind.has_offsets() && self.child.is_none(), ColumnKind::Text)?;
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
        match &mut self.values {
            Place::Own(values) => {
                values.clear();
                values.extend_from_slice(text);
            }
            Place::Lent(values) => {
                let room = values.get_mut(..text.len());
                let room = room.ok_or_else(|| TableError::TextFull { column: self.buffers.name.clone(), capacity })?;
                room.copy_from_slice(text);
            }
        }
        for (to, from) in self.offsets.iter_mut().zip(offsets) {
            *to = from - offsets[0];
        }
        self.written = (actual, text.len());
        Ok(())
    }

    pub(super) fn buffers(&self) -> &ColumnBuffers {
        &self.buffers
    }

    /// Settles the root's description of the column; what is aside gets a place behind all other buffers.
    pub(super) fn finish(&mut self, aside: &mut Aside) -> Result<(), TableError> {
        if let Some(validity) = &self.validity {
            self.buffers.null_count = self.rows - bits::count_ones(validity, self.rows);
        }
        let is_written_in_order = self.kind().has_offsets() || self.child.is_some();
        let (actual, end) = self.written;
        if is_written_in_order && actual != self.rows {
            let column = self.buffers.name.clone();
            return Err(TableError::Rows { column, expected: self.rows, actual });
        }
        match (&mut self.child, &mut self.buffers.child) {
            (Some(items), Some(child)) => {
                let is_list = matches!(self.buffers.kind, ColumnKind::List(_));
                child.length = if is_list { end } else { self.codes.len() };
                items.shorten(child.length);
                items.finish(aside)?;
                *child.buffers = items.buffers.clone();
            }
            _ if is_written_in_order => {
                self.values[end..].fill(0);
                self.buffers.values.end = self.buffers.values.start + end;
            }
            _ => {}
        }
        aside.add(&mut self.buffers, self.validity.as_mut(), &mut self.offsets, &mut self.values);
        Ok(())
    }

    /// Gives back the room of rows behind the first ones, which have not been written.
    fn shorten(&mut self, rows: usize) {
        // What grows has as many rows as were written.
        if self.has_any_rows {
            return;
        }
        self.rows = rows;
        let bits = rows.div_ceil(8);
        let keep = |range: &mut core::ops::Range<usize>, bytes: usize| range.end = range.start + bytes;
        if let (Some(validity), Some(range)) = (&mut self.validity, &mut self.buffers.validity) {
            bits::clear(validity, rows);
            keep(range, bits);
        }
        if let Some(range) = &mut self.buffers.offsets {
            self.offsets[rows + 1..].fill(0);
            keep(range, (rows + 1) * size_of::<i32>());
        }
        match self.buffers.kind.width() {
            Some(width) => {
                self.values[rows * width..].fill(0);
                keep(&mut self.buffers.values, rows * width);
            }
            None if self.buffers.kind == ColumnKind::Bool => {
                bits::clear(&mut self.values, rows);
                keep(&mut self.buffers.values, bits);
            }
            None => {}
        }
    }

    fn not_utf8(&self) -> TableError {
        TableError::corrupt(&self.buffers.name, "its text is not UTF-8")
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
    /// The values; that of a missing one does not matter.
    pub values: &'c mut [T],
    /// The validity: 1 for a present value; all ones to start with.
    pub validity: BitsMut<'c>,
}

impl<T: Value> NullableMut<'_, T> {
    /// Writes a row, with 0 if the value is missing.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub fn set(&mut self, row: usize, value: Option<T>) {
        self.validity.set(row, value.is_some());
        self.values[row] = value.unwrap_or_else(bytemuck::Zeroable::zeroed);
    }
}

/// Appends to a text column, row by row. Written rows stay when it is dropped.
#[derive(Debug)]
pub struct TextWriter<'c, 's>(BinaryWriter<'c, 's>);

impl TextWriter<'_, '_> {
    /// Writes the next row.
    ///
    /// # Errors
    ///
    /// Fails if all rows are written, or if the room declared for text is used up.
    pub fn push(&mut self, text: &str) -> Result<(), TableError> {
        self.0.push(text.as_bytes())
    }

    /// Writes the next row of a nullable column, which may be missing.
    ///
    /// # Errors
    ///
    /// Fails as [`push`](Self::push) does, and if a text is missing in a column that is not nullable.
    pub fn push_option(&mut self, text: Option<&str>) -> Result<(), TableError> {
        self.0.push_option(text.map(str::as_bytes))
    }

    /// Writes the next row, and marks a missing one.
    pub(super) fn push_option_if_missing(&mut self, text: Option<&str>) -> Result<(), TableError> {
        self.0.push_option_if_missing(text.map(str::as_bytes))
    }

    /// Writes the next rows, of which each begins at the end of the one before it in `text`, the first with it. For
    /// codecs: readers check that it is UTF-8.
    ///
    /// # Errors
    ///
    /// Fails as [`push`](Self::push) does, and if `ends` do not ascend to the end of `text`.
    pub fn extend(&mut self, text: &[u8], ends: &[u32]) -> Result<(), TableError> {
        self.0.extend(text, ends)
    }

    /// Returns the number of rows that are written.
    #[must_use]
    pub fn rows_written(&self) -> usize {
        self.0.rows_written()
    }
}

const WILD_ENDS: &str = "its offsets do not ascend to the end of its text";

/// Appends to a binary column, row by row. Written rows stay when it is dropped.
#[derive(Debug)]
pub struct BinaryWriter<'c, 's> {
    column: &'c mut ColumnMut<'s>,
}

impl BinaryWriter<'_, '_> {
    /// Writes the next row.
    ///
    /// # Errors
    ///
    /// Fails if all rows are written, or if the room declared for bytes is used up.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), TableError> {
        if self.column.is_dictionary() {
            let text = str::from_utf8(bytes).map_err(|_| self.column.not_utf8())?;
            return self.column.dictionary()?.push(text);
        }
        let (row, start) = self.column.written;
        self.column.grow(row + 1);
        let ColumnMut { rows, buffers, offsets, values, written, .. } = &mut *self.column;
        if row == *rows {
            let (expected, actual) = (row, row + 1);
            return Err(TableError::Rows { column: buffers.name.clone(), expected, actual });
        }
        let end = start.saturating_add(bytes.len());
        let place = end_of(end, *rows)?;
        append(values, start, bytes, buffers)?;
        offsets[row + 1] = place;
        *written = (row + 1, end);
        Ok(())
    }

    /// Writes the next rows, of which each begins at the end of the one before it in `bytes`, the first with it.
    ///
    /// # Errors
    ///
    /// Fails as [`push`](Self::push) does, and if `ends` do not ascend to the end of `bytes`.
    pub fn extend(&mut self, bytes: &[u8], ends: &[u32]) -> Result<(), TableError> {
        if self.column.is_dictionary() {
            return self.extend_one_by_one(bytes, ends);
        }
        let (row, start) = self.column.written;
        self.column.grow(row.saturating_add(ends.len()));
        let ColumnMut { rows, buffers, offsets, values, written, .. } = &mut *self.column;
        let (expected, actual) = (*rows, row + ends.len());
        if actual > expected {
            return Err(TableError::Rows { column: buffers.name.clone(), expected, actual });
        }
        let end = start.saturating_add(bytes.len());
        // Then so is every offset before it.
        end_of(end, expected)?;
        if !ends.is_sorted() || ends.last().map_or(0, |last| *last as usize) != bytes.len() {
            return Err(TableError::corrupt(&buffers.name, WILD_ENDS));
        }
        append(values, start, bytes, buffers)?;
        let places = &mut offsets[row + 1..=row + ends.len()];
        places.iter_mut().zip(ends).for_each(|(place, end)| *place = (start + *end as usize) as i32);
        *written = (actual, end);
        Ok(())
    }

    fn extend_one_by_one(&mut self, bytes: &[u8], ends: &[u32]) -> Result<(), TableError> {
        let mut start = 0;
        for end in ends {
            let end = *end as usize;
            let value = bytes.get(start..end);
            self.push(value.ok_or_else(|| TableError::corrupt(&self.column.buffers.name, WILD_ENDS))?)?;
            start = end;
        }
        Ok(())
    }

    /// Writes the next row of a nullable column, which may be missing.
    ///
    /// # Errors
    ///
    /// Fails as [`push`](Self::push) does, and if a value is missing in a column that is not nullable.
    pub fn push_option(&mut self, bytes: Option<&[u8]>) -> Result<(), TableError> {
        let row = self.column.written.0;
        if bytes.is_none() && self.column.validity.is_none() {
            return Err(TableError::NotNullable { column: self.column.buffers.name.clone() });
        }
        match bytes {
            None if self.column.is_dictionary() => self.column.dictionary()?.push_missing()?,
            bytes => self.push(bytes.unwrap_or_default())?,
        }
        if let Some(validity) = &mut self.column.validity {
            bits::set(validity, row, bytes.is_some());
        }
        Ok(())
    }

    /// Writes the next row, and marks a missing one: in columns that are not nullable, none is.
    pub(super) fn push_option_if_missing(&mut self, bytes: Option<&[u8]>) -> Result<(), TableError> {
        match bytes {
            Some(bytes) => self.push(bytes),
            None => self.push_option(None),
        }
    }

    /// Returns the number of rows that are written.
    #[must_use]
    pub fn rows_written(&self) -> usize {
        self.column.written.0
    }
}

/// Returns the offset of a text's end, if an archive can have it.
fn end_of(end: usize, rows: usize) -> Result<i32, TableError> {
    i32::try_from(end).map_err(|_| TableError::TooLarge { rows, columns: 1 })
}

/// Writes bytes behind the first `start` ones of a column.
fn append(values: &mut BytesPlace<'_>, start: usize, bytes: &[u8], buffers: &ColumnBuffers) -> Result<(), TableError> {
    match values {
        Place::Own(values) => values.extend_from_slice(bytes),
        Place::Lent(values) => {
            let capacity = values.len();
            let room = values.get_mut(start..start + bytes.len());
            room.ok_or_else(|| TableError::TextFull { column: buffers.name.clone(), capacity })?.copy_from_slice(bytes);
        }
    }
    Ok(())
}
