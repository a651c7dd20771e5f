//! Tables of which some columns are written part by part while their values are decoded, without a copy of the whole
//! column before.
//!
//! The sizes of all parts must be known before the first is decoded. They are what the content states, which may be
//! wrong: then the table has to be made of pieces, whose sizes are their own.

use std::cmp::Reverse;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::DataType;
use wpipe_buffer::Buffer;
use wpipe_data::table::{ColumnMut, ColumnPart, PartSize};
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE, Room, TableError, TableSpec};

use super::Selected;
use super::batch::data_type;
use super::canonical::canonical;
use super::chunks::{Chunks, bytes_in, too_much_text};
use super::elements::bytes_at;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::parallel::map;

/// The source of a column's values.
pub(crate) enum Content {
    /// Decoded arrays, from the first row to the last; none if the content lacks the column.
    Pieces(Vec<ArrayRef>),
    /// Parts of these sizes, which are decoded later; `has_gaps` if values are missing in any.
    Parts { has_gaps: bool, sizes: Vec<PartSize> },
}

/// The place of a part: the numbers of its column, and of itself within that.
pub(crate) type PartPlace = (usize, usize);

/// The reason why a table is not made in parts.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// What was stated about parts is wrong.
    Misstated,
    Fault(Fault),
}

impl From<Fault> for Unfit {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Returns true if a column whose arrays have that type can be written in parts.
pub(crate) fn comes_in_parts(column: &Selected, data_type: &DataType) -> bool {
    use DataType::{Dictionary, FixedSizeBinary, LargeBinary, LargeUtf8, Null, RunEndEncoded};
    let is_laid_out_otherwise =
        matches!(data_type, Null | FixedSizeBinary(_) | LargeUtf8 | LargeBinary | Dictionary(..) | RunEndEncoded(..));
    column.plain_kind().is_some() && !is_laid_out_otherwise
}

/// Returns true if a column's values are laid out in buffers of that type as they are in a table.
pub(crate) fn is_laid_out_alike(column: &Selected, of: &DataType) -> bool {
    column.plain_kind().is_some_and(|kind| data_type(kind).is_ok_and(|own| own == *of))
}

/// Lays out the table of `rows` rows of these columns, on all processors. `decode` adds the arrays of a part. `None` if
/// what was stated about parts is wrong.
pub(crate) fn table_in_parts(
    selected: &[Selected],
    contents: Vec<Content>,
    rows: usize,
    to: &Destination,
    decode: impl Fn(PartPlace, &mut Part<'_>) -> Result<(), Unfit> + Sync,
) -> Result<Option<Buffer>, Fault> {
    let mut spec = TableSpec::new(rows);
    let mut sources = Vec::with_capacity(selected.len());
    for (column, content) in selected.iter().zip(contents) {
        let name = &column.wanted.name;
        let source = Source::of(content, column).map_err(|fault| fault.column(name))?;
        spec = source.declare(spec, column, rows).map_err(|fault| fault.column(name))?;
        sources.push(source);
    }
    let mut area = to.area();
    let mut table = spec.build_in(&mut area)?;
    let bits = match write(sources, table.columns_mut(), to, decode) {
        Ok(bits) => bits,
        Err(Unfit::Misstated) => return Ok(None),
        Err(Unfit::Fault(fault)) => return Err(fault),
    };
    if !write_bits(bits, table.columns_mut())? {
        return Ok(None);
    }
    let size = table.finish()?;
    area.finish(size).map(Some).map_err(|error| Fault::memory(size, &error))
}

/// Returns the bits of all parts, in the order of their columns and rows.
fn write(
    sources: Vec<Source>,
    columns: &mut [ColumnMut<'_>],
    to: &Destination,
    decode: impl Fn(PartPlace, &mut Part<'_>) -> Result<(), Unfit> + Sync,
) -> Result<Vec<(PartPlace, Bits)>, Unfit> {
    let mut work = Vec::new();
    for (at, (source, column)) in sources.into_iter().zip(columns).enumerate() {
        match source {
            Source::Pieces(chunks) => work.push(Work::Column(chunks, column)),
            Source::Parts { has_gaps, sizes, pieces } => {
                let kind = column.kind();
                let mut pieces = pieces.into_iter();
                for (number, part) in column.parts(&sizes).map_err(Fault::from)?.into_iter().enumerate() {
                    work.push(Work::Part((at, number), Part::new(kind, has_gaps, part), pieces.next()));
                }
            }
        }
    }
    // The longest first, so that no processor waits for a long one in the end.
    work.sort_by_key(|work| Reverse(work.bytes()));
    let written = map(work, |work| {
        to.go_on()?;
        match work {
            Work::Column(chunks, column) => Ok(chunks.fill(column).map(|()| None)?),
            Work::Part(place, mut part, piece) => {
                match piece {
                    Some(piece) => part.add(&piece)?,
                    None => decode(place, &mut part)?,
                }
                part.finish().map(|bits| Some((place, bits)))
            }
        }
    })?;
    let mut bits: Vec<_> = written.into_iter().flatten().collect();
    bits.sort_unstable_by_key(|(place, _)| *place);
    Ok(bits)
}

/// Writes the bits of parts, which share bytes where they meet. Returns false if no value is missing in a column that
/// has gaps.
fn write_bits(bits: Vec<(PartPlace, Bits)>, columns: &mut [ColumnMut<'_>]) -> Result<bool, TableError> {
    let mut is_complete = vec![false; columns.len()];
    let mut row = 0;
    for ((at, number), part) in bits {
        if number == 0 {
            (row, is_complete[at]) = (0, columns[at].is_nullable());
        }
        for batch in part.batches {
            let rows = row..row + batch.rows;
            if let Some(values) = batch.values {
                columns[at].bools()?.copy_from(rows.clone(), values.values(), values.offset());
            }
            if let Some(nulls) = batch.nulls {
                columns[at].validity()?.copy_from(rows.clone(), nulls.validity(), nulls.offset());
                is_complete[at] = false;
            }
            row = rows.end;
        }
    }
    Ok(!is_complete.contains(&true))
}

/// Work for one thread.
enum Work<'c, 's> {
    Column(Chunks, &'c mut ColumnMut<'s>),
    /// A part, and its values if they are decoded already.
    Part(PartPlace, Part<'c>, Option<ArrayRef>),
}

impl Work<'_, '_> {
    /// Returns the bytes to be written, roughly.
    fn bytes(&self) -> usize {
        match self {
            // It is written as a whole, however many rows it has.
            Self::Column(..) => usize::MAX,
            Self::Part(_, part, _) => part.bytes,
        }
    }
}

/// A column's content once its size is known.
enum Source {
    Pieces(Chunks),
    /// Parts, and the values of each if they are decoded already.
    Parts {
        has_gaps: bool,
        sizes: Vec<PartSize>,
        pieces: Vec<ArrayRef>,
    },
}

impl Source {
    fn of(content: Content, column: &Selected) -> Result<Self, Fault> {
        let pieces = match content {
            Content::Parts { has_gaps, sizes } => return Ok(Self::Parts { has_gaps, sizes, pieces: Vec::new() }),
            Content::Pieces(pieces) => pieces,
        };
        if pieces.is_empty() || !pieces.iter().all(|piece| comes_in_parts(column, piece.data_type())) {
            return Ok(Self::Pieces(Chunks::of(pieces, column)?));
        }
        let kind = column.plain_kind().unwrap_or(ColumnKind::Text);
        let bytes = |piece: &ArrayRef| if kind.has_offsets() { bytes_in(piece, kind) } else { 0 };
        let sizes: Vec<_> = pieces.iter().map(|piece| PartSize { rows: piece.len(), bytes: bytes(piece) }).collect();
        let has_gaps = pieces.iter().any(|piece| piece.logical_null_count() > 0);
        Ok(Self::Parts { has_gaps, sizes, pieces })
    }

    fn declare(&self, spec: TableSpec, column: &Selected, rows: usize) -> Result<TableSpec, Fault> {
        match self {
            Self::Pieces(chunks) => chunks.declare(spec, &column.wanted.name, rows),
            Self::Parts { has_gaps, sizes, .. } => {
                let kind = column.kind().unwrap_or(ColumnKind::Text);
                let bytes = sizes.iter().map(|size| size.bytes).fold(0, usize::saturating_add);
                if bytes > MAX_ARCHIVE_SIZE {
                    return Err(too_much_text());
                }
                let spec = spec.column_with(&column.wanted.name, kind, Room::default().bytes(bytes));
                Ok(if *has_gaps { spec.nullable() } else { spec })
            }
        }
    }
}

/// A part of a column, to which arrays are added from its first row to the last.
pub(crate) struct Part<'c> {
    kind: ColumnKind,
    has_gaps: bool,
    part: ColumnPart<'c>,
    /// The bytes of its values, roughly.
    bytes: usize,
    bits: Bits,
}

/// The bits of a part, which are written once all parts are: validity maps, and the values of a bool column.
#[derive(Default)]
struct Bits {
    batches: Vec<BitsOfBatch>,
}

struct BitsOfBatch {
    rows: usize,
    values: Option<BooleanBuffer>,
    nulls: Option<NullBuffer>,
}

impl<'c> Part<'c> {
    fn new(kind: ColumnKind, has_gaps: bool, part: ColumnPart<'c>) -> Self {
        let PartSize { rows, bytes } = part.size();
        let bytes = bytes + rows * kind.width().unwrap_or(1);
        Self { kind, has_gaps, part, bytes, bits: Bits::default() }
    }

    /// Writes the next rows.
    pub(crate) fn add(&mut self, array: &ArrayRef) -> Result<(), Unfit> {
        let array = canonical(array, self.kind).map_err(|fault| fault.column(self.part.name()))?;
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        if nulls.is_some() && !self.has_gaps {
            return Err(Unfit::Misstated);
        }
        let mut values = None;
        let written = match (self.kind, array.data_type()) {
            (ColumnKind::Bool, _) => {
                values = Some(array.as_boolean().values().clone());
                self.part.skip(array.len())
            }
            // A value that is missing may have bytes.
            (_, DataType::Utf8) if nulls.is_none() => {
                let texts = array.as_string::<i32>();
                self.part.extend(texts.value_offsets(), texts.value_data())
            }
            (_, DataType::Binary) if nulls.is_none() => {
                let bytes = array.as_binary::<i32>();
                self.part.extend(bytes.value_offsets(), bytes.value_data())
            }
            (_, DataType::Utf8 | DataType::Binary) => {
                let value = |row| bytes_at(&array, row).unwrap_or_default();
                self.part.extend_each((0..array.len()).map(value))
            }
            (_, DataType::Utf8View) => {
                let texts = array.as_string_view();
                self.part.extend_each(texts.iter().map(|text| text.unwrap_or_default().as_bytes()))
            }
            (_, DataType::BinaryView) => {
                let values = array.as_binary_view();
                self.part.extend_each(values.iter().map(Option::unwrap_or_default))
            }
            (kind, _) => {
                let (data, width) = (array.to_data(), kind.width().unwrap_or(1));
                let bytes = data.buffers().first().map_or(&[][..], |buffer| buffer.as_slice());
                self.part.extend_values(&bytes[data.offset() * width..][..data.len() * width])
            }
        };
        written.map_err(|_| Unfit::Misstated)?;
        self.bits.batches.push(BitsOfBatch { rows: array.len(), values, nulls });
        Ok(())
    }

    pub(crate) fn kind(&self) -> ColumnKind {
        self.kind
    }

    /// Has `read` write the values of the next rows, which have a fixed width.
    pub(crate) fn read_values(
        &mut self,
        rows: usize,
        read: impl FnOnce(&mut [u8]) -> Result<(), Unfit>,
    ) -> Result<(), Unfit> {
        read(self.part.next_values(rows).map_err(|_| Unfit::Misstated)?)
    }

    /// Has `read` write the texts or bytes of the next rows, between each two of the ascending `offsets`.
    pub(crate) fn read_texts(
        &mut self,
        offsets: &[i32],
        read: impl FnOnce(&mut [u8]) -> Result<(), Unfit>,
    ) -> Result<(), Unfit> {
        read(self.part.next_texts(offsets).map_err(|_| Unfit::Misstated)?)
    }

    /// Writes the next rows of a bool column, but not the marks of missing values.
    pub(crate) fn add_bools(&mut self, values: BooleanBuffer) -> Result<(), Unfit> {
        self.part.skip(values.len()).map_err(|_| Unfit::Misstated)?;
        self.bits.batches.push(BitsOfBatch { rows: values.len(), values: Some(values), nulls: None });
        Ok(())
    }

    /// Marks missing values among the last `rows` rows.
    pub(crate) fn add_gaps(&mut self, rows: usize, nulls: Option<NullBuffer>) -> Result<(), Unfit> {
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        if nulls.is_some() && !self.has_gaps {
            return Err(Unfit::Misstated);
        }
        match self.bits.batches.last_mut() {
            Some(batch) if self.kind == ColumnKind::Bool => batch.nulls = nulls,
            _ => self.bits.batches.push(BitsOfBatch { rows, values: None, nulls }),
        }
        Ok(())
    }

    fn finish(self) -> Result<Bits, Unfit> {
        self.part.finish().map_err(|_| Unfit::Misstated)?;
        Ok(self.bits)
    }
}
