//! From the buffers of a file straight to their places in the table, on all processors: Arrow lays columns out as tables
//! do, batch by batch.
//!
//! Columns of other layouts, and everything that is not as expected, are left to the careful reader
//! ([`load`](super::load)), which knows the fault.

use std::ops::Range;

use arrow::buffer::{BooleanBuffer, Buffer as Bits, NullBuffer};
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::read_footer_length;
use arrow::ipc::{Block, Endianness, root_as_footer};
use wpipe_buffer::Buffer;
use wpipe_data::ColumnKind;
use wpipe_data::table::PartSize;

use super::batch::{Batch, Stretch, buffers_of};
use super::load::{FILE_MAGIC, TRAILER, read_schema};
use super::messages::PREFIX;
use super::packing::{Packing, length, unpacked_length};
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::stored::Stored;
use crate::progress::Phase;
use crate::table::{Content, Declared, Part, Selected, Tally, Unfit, is_laid_out_alike, selected_of, table_in_parts};

/// The bytes of an offset.
const OFFSET: usize = size_of::<i32>();

/// Returns the table of a file; `None` if it is left to the careful reader.
pub(super) fn load(stored: &Stored, declared: &Declared, to: &Destination) -> Result<Option<Buffer>, Fault> {
    let Some((schema, batches)) = File::open(stored, declared) else { return Ok(None) };
    let columns = selected_of(&schema, declared)?;
    let file = File { stored, schema, columns, batches, to };
    match file.table() {
        Ok(table) => Ok(table),
        Err(Unfit::Misstated) => Ok(None),
        Err(Unfit::Fault(fault)) => Err(fault),
    }
}

/// A file whose metadata is read.
struct File<'l> {
    stored: &'l Stored,
    schema: SchemaRef,
    columns: Vec<Selected>,
    batches: Vec<Batch>,
    to: &'l Destination,
}

impl<'l> File<'l> {
    fn open(stored: &Stored, declared: &Declared) -> Option<(SchemaRef, Vec<Batch>)> {
        let size = stored.size();
        if *stored.slice(0, FILE_MAGIC.len()).ok()? != *FILE_MAGIC {
            return None;
        }
        let trailer = stored.slice(size.checked_sub(TRAILER as u64)?, TRAILER).ok()?;
        let length = read_footer_length(*trailer.first_chunk()?).ok()?;
        let footer = stored.slice(size.checked_sub((TRAILER + length) as u64)?, length).ok()?;
        let footer = root_as_footer(&footer).ok()?;
        let schema = footer.schema().filter(|schema| schema.endianness() == Endianness::Little)?;
        let schema = read_schema(schema, declared).ok()?;
        let buffers: Vec<usize> =
            schema.fields().iter().map(|field| buffers_of(field.data_type())).collect::<Option<_>>()?;
        let batch = |block: &Block| Batch::read(stored, block, &buffers);
        let batches = footer.recordBatches()?.iter().map(batch).collect::<Option<_>>()?;
        Some((schema, batches))
    }

    fn table(&self) -> Result<Option<Buffer>, Unfit> {
        let is_direct = |column: &Selected| match column.wanted.at {
            Some(at) => is_laid_out_alike(column, self.schema.field(at).data_type()),
            None => true,
        };
        if !self.columns.iter().all(is_direct) {
            return Ok(None);
        }
        let rows = self.batches.iter().try_fold(0_usize, |rows, batch| rows.checked_add(batch.rows));
        let rows = rows.ok_or(Unfit::Misstated)?;
        let mut tally = Tally::new(self.to.memory);
        let mut contents = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let content = self.content(column)?;
            if let Content::Parts { sizes, .. } = &content {
                let width =
                    column.kind().map_or(0, |kind| kind.width().unwrap_or(if kind.has_offsets() { OFFSET } else { 0 }));
                let bytes = sizes.iter().map(|size| size.bytes.saturating_add(size.rows.saturating_mul(width)) as u64);
                tally.lay_out(bytes.fold(0, u64::saturating_add))?;
            }
            contents.push(content);
        }
        let stored = self.columns.iter().filter_map(|column| column.wanted.at).flat_map(|at| {
            let stretches = self.batches.iter().map(move |batch| &batch.columns[at]);
            stretches.map(Stretch::stored)
        });
        self.to.progress.begin(Phase::Decoding, Some(stored.sum()));
        Ok(table_in_parts(&self.columns, contents, rows, self.to, |(column, number), part| {
            let at = self.columns[column].wanted.at.ok_or(Unfit::Misstated)?;
            self.read_part(&self.batches[number], at, part)
        })?)
    }

    /// Returns the parts of a column.
    fn content(&self, column: &Selected) -> Result<Content, Unfit> {
        let (Some(at), Some(kind)) = (column.wanted.at, column.kind()) else { return Ok(Content::Pieces(Vec::new())) };
        let is_varied = kind.has_offsets();
        let stretches = || self.batches.iter().map(|batch| (batch, &batch.columns[at]));
        let has_gaps = stretches().any(|(_, stretch)| stretch.missing > 0);
        let sizes = stretches().map(|(batch, stretch)| {
            if !has_room(batch, stretch, kind) {
                return Err(Unfit::Misstated);
            }
            let bytes = if is_varied { self.text_bytes(batch, stretch)? } else { 0 };
            Ok(PartSize { rows: batch.rows, bytes })
        });
        Ok(Content::Parts { has_gaps, sizes: sizes.collect::<Result<_, Unfit>>()? })
    }

    /// Returns the bytes of the texts of a batch, by the file's word.
    fn text_bytes(&self, batch: &Batch, stretch: &Stretch) -> Result<usize, Unfit> {
        let [_, offsets, values] = stretch.buffers.as_slice() else { return Err(Unfit::Misstated) };
        if batch.rows == 0 || values.is_empty() {
            return Ok(0);
        }
        if batch.packing != Packing::Plain {
            // Of most, the first offset is 0 and the last the end.
            return Ok(unpacked_length(self.stored, values)?.unwrap_or(length(values)? - PREFIX));
        }
        let offset = |at: usize| -> Result<i32, Unfit> {
            let mut bytes = [0; OFFSET];
            self.stored.read_at(offsets.start + (at * OFFSET) as u64, &mut bytes).map_err(|_| Unfit::Misstated)?;
            Ok(i32::from_le_bytes(bytes))
        };
        let (first, last) = (offset(0)?, offset(batch.rows)?);
        usize::try_from(i64::from(last) - i64::from(first)).map_err(|_| Unfit::Misstated)
    }

    fn read_part(&self, batch: &Batch, at: usize, part: &mut Part<'_>) -> Result<(), Unfit> {
        let (rows, stretch) = (batch.rows, &batch.columns[at]);
        let read = |place: &Range<u64>, from: u64, into: &mut [u8]| batch.packing.read(self.stored, place, from, into);
        let bits = |place: &Range<u64>| -> Result<BooleanBuffer, Unfit> {
            let mut bits = vec![0; rows.div_ceil(8)];
            read(place, 0, &mut bits)?;
            Ok(BooleanBuffer::new(Bits::from_vec(bits), 0, rows))
        };
        let validity = stretch.buffers.first().filter(|_| stretch.missing > 0 && rows > 0);
        let nulls = validity.map(bits).transpose()?.map(NullBuffer::new);
        match stretch.buffers.as_slice() {
            _ if rows == 0 => {}
            [_, values] if part.kind() == ColumnKind::Bool => {
                part.add_bools(bits(values)?)?;
            }
            [_, values] => part.read_values(rows, |into| read(values, 0, into))?,
            [_, offsets, values] => {
                let mut bytes = vec![0; (rows + 1) * OFFSET];
                read(offsets, 0, &mut bytes)?;
                let offsets: Vec<i32> = bytes.as_chunks().0.iter().map(|offset| i32::from_le_bytes(*offset)).collect();
                // A value that is missing may have bytes.
                if nulls.as_ref().is_some_and(|nulls| !are_empty(&offsets, nulls)) {
                    return Err(Unfit::Misstated);
                }
                let start = u64::try_from(offsets[0]).map_err(|_| Unfit::Misstated)?;
                let is_text = part.kind() == ColumnKind::Text;
                part.read_texts(&offsets, |into| {
                    read(values, start, into)?;
                    if is_text && !are_texts(into, &offsets) { Err(Unfit::Misstated) } else { Ok(()) }
                })?;
            }
            _ => return Err(Unfit::Misstated),
        }
        part.add_gaps(rows, nulls)?;
        // Bytes of a file, which it has.
        self.to.progress.add(usize::try_from(stretch.stored()).unwrap_or(0));
        Ok(())
    }
}

/// Returns true if plain buffers are as long as the rows need: nothing is laid out for rows that a file only claims.
fn has_room(batch: &Batch, stretch: &Stretch, kind: ColumnKind) -> bool {
    let Some(place) = stretch.buffers.get(1).filter(|_| batch.packing == Packing::Plain && batch.rows > 0) else {
        return stretch.buffers.len() > 1;
    };
    let needed = match kind.width() {
        Some(width) => batch.rows.saturating_mul(width),
        None if kind.has_offsets() => (batch.rows + 1).saturating_mul(OFFSET),
        None => batch.rows.div_ceil(8),
    };
    place.end - place.start >= needed as u64
}

/// Returns true if all values that are missing have no bytes.
fn are_empty(offsets: &[i32], nulls: &NullBuffer) -> bool {
    offsets.windows(2).zip(nulls).all(|(ends, is_there)| is_there || ends[0] == ends[1])
}

/// Returns true if the bytes between each two `offsets` are UTF-8.
fn are_texts(bytes: &[u8], offsets: &[i32]) -> bool {
    let begins_character = |end: &i32| {
        let byte = bytes.get((end - offsets[0]) as usize);
        byte.is_none_or(|byte| !matches!(byte, 0x80..0xc0))
    };
    bytes.is_ascii() || simdutf8::basic::from_utf8(bytes).is_ok() && offsets.iter().all(begins_character)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int32Array,
        Int64Array, LargeStringArray, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMillisecondArray,
        UInt64Array,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::ipc::CompressionType;
    use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
    use bytes::Bytes;

    use super::*;
    use crate::format::arrow::load;
    use crate::format::tested::{destination, shown};

    const PACKINGS: [Option<CompressionType>; 3] =
        [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)];

    /// Returns columns of every kind that is laid out alike, with so many rows; `gaps`: every third value is missing.
    fn columns(rows: i64, gaps: bool) -> Vec<(&'static str, ArrayRef)> {
        let there = |row: i64| (!gaps || row % 3 != 1).then_some(row);
        macro_rules! of {
            ($array:ty, $value:expr) => {
                Arc::new((0..rows).map(there).map(|row| row.map($value)).collect::<$array>()) as ArrayRef
            };
        }
        let decimals = of!(Decimal128Array, |row| i128::from(row) << 70);
        let zoned = (0..rows).map(|row| there(row).map(|row| row * 1001)).collect::<TimestampMillisecondArray>();
        let texts = |row: i64| format!("{}grün", "€".repeat((row % 7) as usize));
        vec![
            ("bool", of!(BooleanArray, |row| row % 5 == 0)),
            ("i32", of!(Int32Array, |row| row as i32 - 7)),
            ("i64", of!(Int64Array, |row| row << 40)),
            ("u64", of!(UInt64Array, |row| u64::MAX - row as u64)),
            ("f32", of!(Float32Array, |row| row as f32 / 3.0)),
            ("f64", of!(Float64Array, |row| row as f64 / 3.0)),
            ("text", of!(StringArray, texts)),
            ("binary", of!(BinaryArray, |row| vec![0xff; (row % 4) as usize])),
            ("date", of!(Date32Array, |row| row as i32)),
            ("time", of!(Time64MicrosecondArray, |row| row)),
            ("zoned", Arc::new(zoned.with_timezone("Europe/Berlin"))),
            ("decimal", decimals),
        ]
    }

    fn batch(rows: i64, gaps: bool) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(
            columns(rows, gaps).into_iter().map(|(name, array)| (name, array, true)),
        )
        .expect("columns of one length")
    }

    fn file(batches: &[RecordBatch], packing: Option<CompressionType>) -> Bytes {
        let options = IpcWriteOptions::default().try_with_compression(packing).expect("known");
        let mut writer = FileWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options).expect("a writer");
        batches.iter().for_each(|batch| writer.write(batch).expect("written"));
        writer.into_inner().expect("written").into()
    }

    fn direct(file: &Bytes, declared: &Declared) -> Option<String> {
        let stored = Stored::Memory(file.clone());
        super::load(&stored, declared, &destination()).expect("no fault").map(|buffer| shown(&buffer))
    }

    fn careful(file: &Bytes, declared: &Declared) -> String {
        shown(&load::load(file.clone(), declared, &destination()).expect("read"))
    }

    #[test]
    fn batches_of_any_length_are_read_as_the_careful_reader_does() {
        for packing in PACKINGS {
            for gaps in [false, true] {
                let file = file(&[batch(13, gaps), batch(0, false), batch(1000, gaps), batch(8, false)], packing);
                let found = direct(&file, &Declared::default());
                assert_eq!(found, Some(careful(&file, &Declared::default())), "{packing:?} {gaps}");
            }
        }
    }

    #[test]
    fn slices_of_other_batches_are_read() {
        for packing in PACKINGS {
            let whole = batch(100, true);
            let file = file(&[whole.slice(3, 20), whole.slice(41, 59)], packing);
            assert_eq!(direct(&file, &Declared::default()), Some(careful(&file, &Declared::default())), "{packing:?}");
        }
    }

    #[test]
    fn files_without_rows_are_read() {
        for batches in [&[batch(0, false)][..], &[batch(0, true), batch(0, false)]] {
            let file = file(batches, None);
            assert_eq!(direct(&file, &Declared::default()), Some(careful(&file, &Declared::default())));
        }
    }

    #[test]
    fn wanted_columns_are_read_whatever_is_beside_them() {
        let strange: ArrayRef = Arc::new(LargeStringArray::from_iter_values(["a", "b", "c"]));
        let mut all = columns(3, true);
        all.insert(1, ("strange", strange));
        let batch = RecordBatch::try_from_iter_with_nullable(all.into_iter().map(|(name, of)| (name, of, true)));
        let file = file(&[batch.expect("columns of one length")], None);
        let columns = Some(vec!["text".to_owned(), "bool".to_owned(), "decimal".to_owned()]);
        let declared = Declared { columns, ..Declared::default() };
        assert_eq!(direct(&file, &declared), Some(careful(&file, &declared)));
    }

    fn is_left(batch: RecordBatch) -> bool {
        direct(&file(&[batch], None), &Declared::default()).is_none()
    }

    fn one(array: impl Into<ArrayRef>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([("x", array.into(), true)]).expect("one column")
    }

    #[test]
    fn other_layouts_are_left_to_the_careful_reader() {
        let array: ArrayRef = Arc::new(LargeStringArray::from_iter_values(["a"]));
        assert!(is_left(one(array)));
        let missing = NullBuffer::from(vec![true, false]);
        let texts: ArrayRef =
            Arc::new(StringArray::new(OffsetBuffer::from_lengths([1, 2]), b"abc".into(), Some(missing)));
        assert!(is_left(one(texts)), "a missing text has bytes");
    }

    #[test]
    fn texts_that_are_none_are_left_to_the_careful_reader() {
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(["grün", "e"]));
        let right = file(&[one(texts)], None);
        assert!(direct(&right, &Declared::default()).is_some());
        let place = right.windows(6).position(|bytes| bytes == "grüne".as_bytes()).expect("its values");
        for (offset, byte) in [(2, b'x'), (3, b'x'), (5, 0x80)] {
            let mut wrong = right.to_vec();
            wrong[place + offset] = byte;
            assert_eq!(direct(&wrong.into(), &Declared::default()), None, "{offset}");
        }
    }

    #[test]
    fn rows_that_a_file_only_claims_take_no_memory() {
        let whole = file(&[batch(1000, false)], None);
        let to = Destination { memory: 1000, ..destination() };
        let fault = super::load(&Stored::Memory(whole), &Declared::default(), &to).expect_err("no memory");
        assert!(fault.message.contains("in memory"), "{fault}");
    }
}
