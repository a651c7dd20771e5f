//! Record batches laid out as a table, once, in the buffer that consumers will read.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, SchemaRef};
use wpipe_buffer::Buffer;
use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE, Room, TableError, TableSpec};

use super::canonical::{canonical, is_coded_text, kind_of};
use super::coded::Coded;
use super::convert::convert;
use super::declared::misfit_of;
use super::elements::{CellAt, bytes_at, cells_of};
use super::lists::Lists;
use super::rows::set;
use super::{Declared, Wanted, print};
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::parallel::map;

/// A column that is read, and its kind in the content.
#[derive(Debug, Clone)]
pub(crate) struct Selected {
    pub(crate) wanted: Wanted,
    /// The kind; `None` if the content lacks the column.
    natural: Option<ColumnKind>,
    /// Set if a text is to be by the codes of a dictionary; true if that is in order.
    dictionary: Option<bool>,
}

impl Selected {
    /// Returns the column at the place `at` of content that states the kind of each.
    #[cfg(feature = "sql")]
    pub(crate) fn of(name: String, at: usize, natural: ColumnKind, kind: Option<ColumnKind>) -> Self {
        Self { wanted: Wanted { name, at: Some(at), kind }, natural: Some(natural), dictionary: None }
    }

    /// Returns the kind that the table is to hold.
    pub(crate) fn kind(&self) -> Option<ColumnKind> {
        self.wanted.kind.or(self.natural)
    }
}

/// Returns the columns of `schema` that are read.
pub(crate) fn selected_of(schema: &SchemaRef, declared: &Declared) -> Result<Vec<Selected>, Fault> {
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let twice = names.iter().enumerate().find(|(at, name)| declared.wants(name) && names[..*at].contains(name));
    if let Some((_, name)) = twice {
        return Err(Fault::new(format!("two columns are called `{name}`")));
    }
    let wanted = declared.select(&names, false)?.into_iter().map(|wanted| {
        let natural = wanted.at.map(|at| kind_of(schema.field(at).data_type())).transpose();
        let natural = natural.map_err(|fault| fault.column(&wanted.name))?;
        let field = wanted.at.map(|at| schema.field(at));
        let by_codes = field.filter(|field| is_coded_text(field.data_type())).and_then(Field::dict_is_ordered);
        let is_text = wanted.kind.or(natural) == Some(ColumnKind::Text) && natural == Some(ColumnKind::Text);
        let dictionary = match declared.dictionary {
            _ if !is_text => None,
            Some(true) => Some(by_codes.unwrap_or_default()),
            Some(false) => None,
            None => by_codes,
        };
        Ok(Selected { wanted, natural, dictionary })
    });
    wanted.collect()
}

/// The pieces of each column that is read, from the first row to the last; none if the content lacks it.
pub(crate) type Pieces = Vec<Vec<ArrayRef>>;

/// Returns the columns of `batches`, which have them by their names.
pub(crate) fn pieces_of(selected: &[Selected], batches: &[RecordBatch]) -> Pieces {
    let pieces = |column: &Selected| {
        let of_batch = |batch: &RecordBatch| batch.column_by_name(&column.wanted.name).cloned();
        column.natural.map_or_else(Vec::new, |_| batches.iter().filter_map(of_batch).collect())
    };
    selected.iter().map(pieces).collect()
}

/// Lays out the table of `rows` rows of these columns, on all processors. Pieces are freed once they are laid out.
pub(crate) fn table_of(selected: &[Selected], pieces: Pieces, rows: usize, to: &Destination) -> Result<Buffer, Fault> {
    let mut spec = TableSpec::new(rows);
    let mut columns = Vec::with_capacity(selected.len());
    for (column, arrays) in selected.iter().zip(pieces) {
        let name = &column.wanted.name;
        let chunks = Chunks::of(arrays, column).map_err(|fault| fault.column(name))?;
        spec = chunks.declare(spec, name, rows).map_err(|fault| fault.column(name))?;
        columns.push(chunks);
    }
    let mut area = to.area();
    let mut table = spec.build_in(&mut area)?;
    map(columns.into_iter().zip(table.columns_mut()).collect(), |(chunks, column)| {
        to.go_on()?;
        chunks.fill(column)
    })?;
    let size = table.finish()?;
    area.finish(size).map_err(|error| Fault::memory(size, &error))
}

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
    fn of(arrays: Vec<ArrayRef>, selected: &Selected) -> Result<Self, Fault> {
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

    fn declare(&self, spec: TableSpec, name: &str, rows: usize) -> Result<TableSpec, Fault> {
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
        let mut bytes = 0_usize;
        for array in &self.arrays {
            bytes = bytes.saturating_add(match self.kind.has_offsets() {
                true if *array.data_type() == DataType::Utf8View => lengths(array.as_string_view().views()),
                true if *array.data_type() == DataType::BinaryView => lengths(array.as_binary_view().views()),
                true if !is_coded_text(array.data_type()) => {
                    (0..array.len()).filter_map(|row| bytes_at(array, row)).map(<[u8]>::len).sum()
                }
                _ => texts_length(&cells_of(array, self.kind), array.len()),
            });
        }
        if bytes > MAX_ARCHIVE_SIZE {
            return Err(Fault::new("more than 2 GiB of text or bytes: partition the data"));
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
        let all = self.arrays.iter().flat_map(|array| array.as_boolean().values().iter());
        for (row, value) in all.enumerate() {
            bits.set(row, value);
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

    fn misfit(&self, column: &str, value: super::Cell<'_>, row: usize) -> Fault {
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
                let mut validity = column.validity()?;
                for (row, valid) in nulls.iter().enumerate() {
                    validity.set(start + row, valid);
                }
            }
            start += array.len();
        }
        Ok(())
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

/// Returns the type of batches that hold text in views, which take little memory whatever they show.
pub(crate) fn as_views(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        other => other.clone(),
    }
}
