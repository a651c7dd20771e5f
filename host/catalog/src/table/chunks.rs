//! The pieces of a column, and their way into it: values of any of Arrow's types, as the kind that the table is to hold.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE, Room, TableError, TableSpec};

use super::canonical::{canonical, is_coded_text};
use super::coded::Coded;
use super::convert::convert;
use super::declared::misfit_of;
use super::elements::{CellAt, bytes_at, cells_of};
use super::lists::Lists;
use super::rows::set;
use super::{Cell, Selected, print};
use crate::fault::{At, Fault};

/// One column's pieces, or those of the items of its lists.
pub(super) struct Chunks {
    /// The kind of the arrays.
    kind: ColumnKind,
    /// The kind that the table is to hold.
    wanted: ColumnKind,
    arrays: Vec<ArrayRef>,
    behind: Behind,
}

/// The part behind the pieces.
enum Behind {
    Nothing,
    Lists(Lists),
    Dictionary(Coded),
}

impl Chunks {
    pub(super) fn of(arrays: Vec<ArrayRef>, selected: &Selected) -> Result<Self, Fault> {
        let Selected { wanted, natural, dictionary } = selected;
        let kind = natural.or(wanted.kind).unwrap_or(ColumnKind::Text);
        Self::new(arrays, kind, wanted.kind.unwrap_or(kind), *dictionary)
    }

    /// Creates pieces of `kind`, for a column of `wanted`.
    pub(super) fn new(
        arrays: Vec<ArrayRef>,
        kind: ColumnKind,
        wanted: ColumnKind,
        dictionary: Option<bool>,
    ) -> Result<Self, Fault> {
        let mut arrays = arrays.iter().map(|array| canonical(array, kind)).collect::<Result<Vec<_>, _>>()?;
        let behind = match (kind, wanted, dictionary) {
            (ColumnKind::List(item), ColumnKind::List(wanted), _) => {
                Behind::Lists(Lists::of(&arrays, item.kind(), wanted.kind())?)
            }
            (ColumnKind::List(_), _, _) | (_, ColumnKind::List(_), _) if !arrays.is_empty() => {
                let fault = Fault::new(format!("it holds {kind}, which cannot be read as {wanted}"));
                return Err(fault.help("lists are read as lists, with items of another kind where those are the same"));
            }
            (_, _, Some(ordered)) => Behind::Dictionary(Coded::of(&mut arrays, ordered)?),
            _ => Behind::Nothing,
        };
        Ok(Self { kind, wanted, arrays, behind })
    }

    pub(super) fn declare(&self, spec: TableSpec, name: &str, rows: usize) -> Result<TableSpec, Fault> {
        let spec = spec.column_with(name, self.wanted, self.room()?);
        let spec = match &self.behind {
            Behind::Dictionary(coded) => spec.encoded(coded.ordered),
            _ => spec,
        };
        let lacks = self.arrays.is_empty() && rows > 0;
        Ok(if lacks || self.has_gaps() { spec.nullable() } else { spec })
    }

    /// Returns the room that the column takes beside its rows.
    fn room(&self) -> Result<Room, Fault> {
        match &self.behind {
            Behind::Lists(lists) => {
                let room = Room::items(lists.count).bytes(lists.items.room()?.bytes);
                Ok(if lists.items.has_gaps() { room.with_missing_items() } else { room })
            }
            Behind::Dictionary(coded) => Ok(coded.room()),
            Behind::Nothing => Ok(Room::default().bytes(if self.wanted.has_offsets() { self.bytes()? } else { 0 })),
        }
    }

    /// Returns the kind of the pieces.
    pub(super) fn kind(&self) -> ColumnKind {
        self.kind
    }

    /// Returns true if a value is missing.
    fn has_gaps(&self) -> bool {
        self.arrays.iter().any(|array| array.logical_null_count() > 0)
    }

    /// Returns the bytes of all texts or binary values together.
    fn bytes(&self) -> Result<usize, Fault> {
        let lengths = self.arrays.iter().map(|array| bytes_in(array, self.kind));
        let bytes = lengths.fold(0, usize::saturating_add);
        if bytes > MAX_ARCHIVE_SIZE {
            return Err(too_much_text());
        }
        Ok(bytes)
    }

    pub(super) fn fill(&self, column: &mut ColumnMut<'_>) -> Result<(), Fault> {
        match &self.behind {
            _ if self.arrays.is_empty() => {
                return Ok((0..column.rows()).try_for_each(|row| set(column, row, None))?);
            }
            Behind::Lists(lists) => {
                column.fill_lists(&lists.offsets)?;
                lists.items.fill(column.lists()?.items()).map_err(|fault| lists.placed(fault))?;
                return Ok(self.fill_validity(column)?);
            }
            Behind::Dictionary(coded) => {
                coded.fill(&self.arrays, column)?;
                return Ok(self.fill_validity(column)?);
            }
            Behind::Nothing => {}
        }
        if self.kind != self.wanted {
            return self.fill_converted(column);
        }
        match self.kind {
            ColumnKind::Bool => self.fill_bools(column)?,
            kind if kind.has_offsets() => return self.fill_varied(column),
            _ => self.fill_values(column)?,
        }
        Ok(self.fill_validity(column)?)
    }

    /// Writes values of fixed width, as they are.
    fn fill_values(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let width = self.kind.width().unwrap_or(1);
        let mut rest = column.value_bytes();
        for array in &self.arrays {
            let data = array.to_data();
            let (places, after) = rest.split_at_mut(data.len() * width);
            rest = after;
            places.copy_from_slice(&data.buffers()[0][data.offset() * width..][..places.len()]);
        }
        Ok(())
    }

    fn fill_bools(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let mut bits = column.bools()?;
        let mut row = 0;
        for array in &self.arrays {
            let values = array.as_boolean().values();
            bits.copy_from(row..row + values.len(), values.values(), values.offset());
            row += values.len();
        }
        Ok(())
    }

    fn fill_varied(&self, column: &mut ColumnMut<'_>) -> Result<(), Fault> {
        let mut start = 0;
        for array in &self.arrays {
            if *array.data_type() == DataType::Utf8View {
                let mut texts = column.text()?;
                let each = |text: Option<&str>| match text {
                    Some(text) => texts.push(text),
                    None => texts.push_option(None),
                };
                array.as_string_view().iter().try_for_each(each)?;
            } else {
                let cell = cells_of(array, self.kind);
                (0..array.len()).try_for_each(|row| set(column, start + row, cell(row)))?;
            }
            start += array.len();
        }
        Ok(())
    }

    /// Writes values that are declared to be of another kind, one by one.
    fn fill_converted(&self, column: &mut ColumnMut<'_>) -> Result<(), Fault> {
        let (mut start, mut text) = (0, String::new());
        for array in &self.arrays {
            let cell = cells_of(array, self.kind);
            for row in 0..array.len() {
                let converted = match cell(row) {
                    None => None,
                    Some(value) => match convert(value, self.wanted, &mut text) {
                        Some(converted) => Some(converted),
                        None => return Err(self.misfit(column.name(), value, start + row)),
                    },
                };
                set(column, start + row, converted)?;
            }
            start += array.len();
        }
        Ok(())
    }

    fn misfit(&self, column: &str, value: Cell<'_>, row: usize) -> Fault {
        let mut text = String::new();
        let _ = print(value, &mut text);
        let fault = misfit_of(column, self.wanted, &text).at(At::Row(row as u64 + 1));
        let message = format!("{}: the column holds {}", fault.message, self.kind);
        Fault { message, ..fault }
    }

    fn fill_validity(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let mut start = 0;
        for array in &self.arrays {
            if let Some(nulls) = array.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
                let rows = start..start + array.len();
                column.validity()?.copy_from(rows, nulls.validity(), nulls.offset());
            }
            start += array.len();
        }
        Ok(())
    }
}

/// Returns the fault of a column that no archive holds.
pub(super) fn too_much_text() -> Fault {
    Fault::new("more than 2 GiB of text or bytes: partition the data")
}

/// Returns the bytes of all values of an array of `kind`, as texts or binary values.
pub(super) fn bytes_in(array: &ArrayRef, kind: ColumnKind) -> usize {
    match kind.has_offsets() {
        true if array.null_count() == 0 && *array.data_type() == DataType::Utf8View => {
            lengths(array.as_string_view().views())
        }
        true if array.null_count() == 0 && *array.data_type() == DataType::BinaryView => {
            lengths(array.as_binary_view().views())
        }
        true if !is_coded_text(array.data_type()) => {
            (0..array.len()).filter_map(|row| bytes_at(array, row)).map(<[u8]>::len).sum()
        }
        _ => texts_length(&cells_of(array, kind), array.len()),
    }
}

/// Returns the bytes of all that views show.
fn lengths(views: &[u128]) -> usize {
    views.iter().map(|view| *view as u32 as usize).sum()
}

/// Returns the bytes of the texts of all cells.
fn texts_length(cell: &CellAt<'_>, rows: usize) -> usize {
    let mut text = String::new();
    let lengths = (0..rows).filter_map(cell).map(|cell| {
        text.clear();
        let _ = print(cell, &mut text);
        text.len()
    });
    lengths.sum()
}
