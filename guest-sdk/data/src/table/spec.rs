//! The first step of building a table in place: the columns, the number of rows, the number of bytes.

use core::ops::Range;
use std::collections::HashSet;

use super::raw::{Child, ColumnBuffers};
use super::{ColumnKind, Dictionary, ItemKind, Room, TableError, TableMut, root};
use crate::{ARCHIVE_ALIGNMENT, MAX_ARCHIVE_SIZE, ProduceError, Sink};

/// The columns of a table that is to be built, in order.
///
/// ```
/// use wpipe_data::{AlignedBytes, Table, TableSpec};
///
/// let spec = TableSpec::new(3).f64("x").i64("y").nullable().text("species", 15);
///
/// let mut area = AlignedBytes::new();
/// let mut table = spec.build_in(&mut area)?;
/// table.column_mut::<f64>("x")?.copy_from_slice(&[0.5, 1.0, 1.5]);
/// let mut y = table.nullable_mut::<i64>("y")?;
/// y.set(0, Some(7));
/// y.set(1, None);
/// y.set(2, Some(9));
/// let mut species = table.text_mut("species")?;
/// for name in ["rose", "tulip", "daisy"] {
///     species.push(name)?;
/// }
/// let size = table.finish()?;
///
/// let table = Table::view(&area[..size])?;
/// assert_eq!(table.nullable::<i64>("y")?.iter().collect::<Vec<_>>(), [Some(7), None, Some(9)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct TableSpec {
    rows: usize,
    columns: Vec<ColumnSpec>,
    /// True if `nullable` stood before any column; reported when the table is laid out.
    misplaced: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ColumnSpec {
    name: String,
    kind: ColumnKind,
    nullable: bool,
    room: Room,
    /// Set if a text is laid out as a dictionary; true if that is in order.
    dictionary: Option<bool>,
}

/// The places of all parts; ranges of text values span all of their room.
pub(super) struct Plan {
    pub(super) rows: usize,
    /// Each column, and whether its room grows.
    pub(super) columns: Vec<(ColumnBuffers, bool)>,
    pub(super) data_size: usize,
    pub(super) size: usize,
}

macro_rules! declare {
    ($($(#[doc = $doc:literal])* $method:ident => $kind:expr),*) => {$(
        $(#[doc = $doc])*
        pub fn $method(self, name: impl Into<String>) -> Self {
            self.column(name, $kind)
        }
    )*};
}

impl TableSpec {
    /// Creates a table of `rows` rows and no columns yet.
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Vec::new(), misplaced: false }
    }

    declare! {
        /// Declares a column of bits.
        bool => ColumnKind::Bool,
        /// Declares a column of 32-bit integers.
        i32 => ColumnKind::I32,
        /// Declares a column of 64-bit integers.
        i64 => ColumnKind::I64,
        /// Declares a column of 64-bit integers without a sign.
        u64 => ColumnKind::U64,
        /// Declares a column of single precision.
        f32 => ColumnKind::F32,
        /// Declares a column of double precision.
        f64 => ColumnKind::F64,
        /// Declares a column of dates.
        date => ColumnKind::Date,
        /// Declares a column of timestamps in microseconds, without a zone.
        timestamp => ColumnKind::TIMESTAMP
    }

    /// Declares a text column with room for `bytes` bytes of UTF-8 in all rows together.
    pub fn text(self, name: impl Into<String>, bytes: usize) -> Self {
        self.column_with_room(name, ColumnKind::Text, bytes)
    }

    /// Declares a binary column with room for `bytes` bytes in all rows together.
    pub fn binary(self, name: impl Into<String>, bytes: usize) -> Self {
        self.column_with_room(name, ColumnKind::Binary, bytes)
    }

    /// Declares a text column with as much room as is written: nobody has to count bytes before. Lists and dictionaries
    /// have [`Room::growing`] for that.
    ///
    /// ```
    /// use wpipe_data::{Table, TableSpec};
    ///
    /// let spec = TableSpec::new(3).f64("x").growing_text("label");
    /// let table = Table::build(&spec, |table| {
    ///     table.column_mut::<f64>("x")?.copy_from_slice(&[0.5, 1.0, 1.5]);
    ///     let mut label = table.text_mut("label")?;
    ///     (0..3).try_for_each(|row| label.push(&"ab".repeat(row)))
    /// })?;
    /// assert_eq!(table.text("label")?.iter().collect::<Vec<_>>(), ["", "ab", "abab"]);
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    pub fn growing_text(self, name: impl Into<String>) -> Self {
        self.column_with(name, ColumnKind::Text, Room::growing())
    }

    /// Declares a binary column with as much room as is written.
    pub fn growing_binary(self, name: impl Into<String>) -> Self {
        self.column_with(name, ColumnKind::Binary, Room::growing())
    }

    /// Declares a column of lists of such items, with room for the items of all rows together.
    ///
    /// ```
    /// use wpipe_data::{AlignedBytes, ItemKind, Room, Table, TableSpec};
    ///
    /// let mut area = AlignedBytes::new();
    /// let spec = TableSpec::new(2).list("embedding", ItemKind::F32, Room::items(3));
    /// let mut table = spec.build_in(&mut area)?;
    /// let mut embedding = table.lists_mut("embedding")?;
    /// embedding.push(&[0.5_f32, 1.5, 2.5])?;
    /// embedding.push::<f32>(&[])?;
    /// let size = table.finish()?;
    ///
    /// let table = Table::view(&area[..size])?;
    /// assert_eq!(table.lists::<f32>("embedding")?.get(0), [0.5, 1.5, 2.5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(self, name: impl Into<String>, item: ItemKind, room: Room) -> Self {
        self.column_with(name, ColumnKind::List(item), room)
    }

    /// Declares a text column that holds each different text once, and the code of one for each row: room for so many
    /// different texts, and their bytes. Readers see a text column.
    ///
    /// ```
    /// use wpipe_data::{AlignedBytes, Room, Table, TableSpec};
    ///
    /// let mut area = AlignedBytes::new();
    /// let mut table = TableSpec::new(3).dictionary("city", Room::items(2).bytes(9)).build_in(&mut area)?;
    /// let mut city = table.text_mut("city")?;
    /// for name in ["Oslo", "Turku", "Oslo"] {
    ///     city.push(name)?;
    /// }
    /// let size = table.finish()?;
    ///
    /// let table = Table::view(&area[..size])?;
    /// assert_eq!(table.text("city")?.get(2), "Oslo");
    /// assert_eq!(table.dictionary("city")?.codes(), [0, 1, 0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dictionary(self, name: impl Into<String>, room: Room) -> Self {
        self.column_with(name, ColumnKind::Text, room).encoded(false)
    }

    /// Makes a dictionary of the column declared last, if it is of text; `ordered`: its values are in an order that
    /// means something.
    pub fn encoded(mut self, ordered: bool) -> Self {
        match self.columns.last_mut() {
            Some(column) => column.dictionary = (column.kind == ColumnKind::Text).then_some(ordered),
            None => self.misplaced = true,
        }
        self
    }

    /// Declares a column of a kind known at run time, with the dictionary that it is to have, if any.
    pub fn column_like(
        self,
        name: impl Into<String>,
        kind: ColumnKind,
        dictionary: Option<Dictionary>,
        room: Room,
    ) -> Self {
        let spec = self.column_with(name, kind, room);
        match dictionary {
            Some(Dictionary { ordered, .. }) => spec.encoded(ordered),
            None => spec,
        }
    }

    /// Declares a column of a kind known at run time; such a text or binary column has room for empty values only.
    pub fn column(self, name: impl Into<String>, kind: ColumnKind) -> Self {
        self.column_with_room(name, kind, 0)
    }

    /// Declares a column of a kind known at run time, with room for `bytes` bytes in all rows together if it is one of
    /// text or binary.
    pub fn column_with_room(self, name: impl Into<String>, kind: ColumnKind, bytes: usize) -> Self {
        self.column_with(name, kind, Room::default().bytes(bytes))
    }

    /// Declares a column of a kind known at run time, with the room that its rows do not tell.
    pub fn column_with(mut self, name: impl Into<String>, kind: ColumnKind, room: Room) -> Self {
        self.columns.push(ColumnSpec { name: name.into(), kind, nullable: false, room, dictionary: None });
        self
    }

    /// Lets values of the column declared last be missing.
    pub fn nullable(mut self) -> Self {
        match self.columns.last_mut() {
            Some(column) => column.nullable = true,
            None => self.misplaced = true,
        }
        self
    }

    /// Returns the size of the finished archive in bytes, with all room for text.
    ///
    /// # Errors
    ///
    /// Fails if two columns have one name, or if the table does not fit into an archive.
    pub fn size(&self) -> Result<usize, TableError> {
        self.plan().map(|plan| plan.size)
    }

    /// Builds the table at the start of `sink`: `fill` sets its columns, in place. All values are 0 before, and nothing is
    /// missing. Returns its size in bytes.
    ///
    /// # Errors
    ///
    /// Fails as [`size`](Self::size) does, if the sink cannot grow, if `fill` fails, or if texts or lists are not written to
    /// the last row.
    pub fn build<S: Sink>(
        &self,
        sink: &mut S,
        fill: impl FnOnce(&mut TableMut<'_>) -> Result<(), TableError>,
    ) -> Result<usize, ProduceError<S::Error>> {
        let mut table = self.build_in(sink)?;
        fill(&mut table)?;
        table.end()?.complete(sink)
    }

    /// Reserves the table in `sink`, with all values 0, all texts to be written and nothing missing. Nothing of it grows.
    ///
    /// # Errors
    ///
    /// Fails as [`size`](Self::size) does, and if the sink cannot grow.
    pub fn build_in<'s, S: Sink>(&self, sink: &'s mut S) -> Result<TableMut<'s>, ProduceError<S::Error>> {
        let plan = self.plan()?;
        let area = sink.reserve(plan.size).map_err(ProduceError::Sink)?;
        Ok(TableMut::new(plan, area)?)
    }

    fn plan(&self) -> Result<Plan, TableError> {
        if self.misplaced {
            return Err(TableError::NothingToMark);
        }
        let too_large = || TableError::TooLarge { rows: self.rows, columns: self.columns.len() };
        let rows = u32::try_from(self.rows).map_err(|_| too_large())?;
        let mut names = HashSet::with_capacity(self.columns.len());
        let mut cursor = Cursor(0);
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            if !names.insert(column.name.as_str()) {
                return Err(TableError::Duplicate { column: column.name.clone() });
            }
            columns.push((column.place(rows, &mut cursor).ok_or_else(too_large)?, column.room.grows));
        }
        let data_size = cursor.0;
        let root = root::encode(self.rows, data_size, columns.iter().map(|(column, _)| column))?;
        let size = data_size.saturating_add(root.len());
        if size > MAX_ARCHIVE_SIZE {
            return Err(too_large());
        }
        Ok(Plan { rows: self.rows, columns, data_size, size })
    }
}

impl ColumnSpec {
    /// Returns the column's buffers, one after the other; `None` if they do not fit into an archive.
    fn place(&self, rows: u32, cursor: &mut Cursor) -> Option<ColumnBuffers> {
        let rows = u64::from(rows);
        let bits = rows.div_ceil(8);
        let is_dictionary = self.dictionary.is_some();
        let has_offsets = !is_dictionary && (self.kind.has_offsets() || matches!(self.kind, ColumnKind::List(_)));
        let validity = if self.nullable { Some(cursor.take(bits)?) } else { None };
        let offsets = if has_offsets { Some(cursor.take((rows + 1) * 4)?) } else { None };
        let values = match (self.kind, self.kind.width()) {
            (_, Some(width)) => rows * width as u64,
            (ColumnKind::Bool, None) => bits,
            (ColumnKind::List(_), None) => 0,
            (_, None) if is_dictionary => rows * size_of::<i32>() as u64,
            (_, None) if self.room.grows => 0,
            (_, None) => self.room.bytes as u64,
        };
        let values = cursor.take(values)?;
        let child = match (self.kind, self.dictionary) {
            (ColumnKind::List(item), _) => Some(self.child(item.kind(), self.room.missing_items, false, cursor)?),
            (_, Some(ordered)) => Some(self.child(ColumnKind::Text, false, ordered, cursor)?),
            _ => None,
        };
        let (name, kind) = (self.name.clone(), self.kind);
        Some(ColumnBuffers { name, kind, null_count: 0, validity, offsets, values, child })
    }

    /// Returns the items of lists or the values of a dictionary.
    fn child(&self, kind: ColumnKind, nullable: bool, ordered: bool, cursor: &mut Cursor) -> Option<Child> {
        let room = Room::default().bytes(self.room.bytes);
        let items = Self { name: self.name.clone(), kind, nullable, room, dictionary: None };
        if self.room.grows {
            // It takes no room here, and gets its place in the end.
            let buffers = items.place(0, &mut Cursor(0))?;
            return Some(Child { length: 0, ordered, buffers: Box::new(buffers) });
        }
        let buffers = items.place(u32::try_from(self.room.items).ok()?, cursor)?;
        Some(Child { length: self.room.items, ordered, buffers: Box::new(buffers) })
    }
}

/// The end of the placed buffers, a multiple of 64 bytes.
struct Cursor(usize);

impl Cursor {
    fn take(&mut self, length: u64) -> Option<Range<usize>> {
        let start = self.0;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        if end > MAX_ARCHIVE_SIZE {
            return None;
        }
        self.0 = end.next_multiple_of(ARCHIVE_ALIGNMENT);
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_follow_each_other_at_multiples_of_64() -> Result<(), TableError> {
        let plan = TableSpec::new(10).f64("x").nullable().text("name", 70).bool("flag").plan()?;
        let [(x, _), (name, _), (flag, _)] = plan.columns.as_slice() else { panic!("three columns") };
        assert_eq!((x.validity.clone(), x.values.clone()), (Some(0..2), 64..144));
        assert_eq!((name.offsets.clone(), name.values.clone()), (Some(192..236), 256..326));
        assert_eq!(flag.values, 384..386);
        assert_eq!(plan.data_size, 448);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let large = Err(TableError::TooLarge { rows: 1 << 28, columns: 1 });
        assert_eq!(TableSpec::new(1 << 28).f64("x").size(), large);
        assert!(matches!(TableSpec::new(usize::MAX).size(), Err(TableError::TooLarge { .. })));
        assert!(matches!(TableSpec::new(0).text("x", usize::MAX).size(), Err(TableError::TooLarge { .. })));
    }

    #[test]
    fn mistakes_are_told() {
        let twice = TableSpec::new(1).f64("x").i64("x").size();
        assert_eq!(twice, Err(TableError::Duplicate { column: "x".to_owned() }));
        assert_eq!(TableSpec::new(1).nullable().size(), Err(TableError::NothingToMark));
    }
}
