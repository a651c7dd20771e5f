//! From a file to a table: the requested columns, as kinds that hold all of their values. Values are written to the
//! table batch by batch where the file states what they take there.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use parquet::schema::types::SchemaDescriptor;
use wpipe_buffer::Buffer;
use wpipe_data::table::{PartSize, toml_key};
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE};

use super::wanted;
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::format::shield::shielded;
use crate::format::stored::Stored;
use crate::parallel::map;
use crate::progress::Phase;
use crate::table::{
    Content, Declared, Part, Selected, Tally, Unfit, as_views, comes_in_parts, selected_of, table_in_parts, too_large,
};

/// The number of rows decoded at a time: large enough that the pieces do not count, small enough for the cache.
const BATCH_ROWS: usize = 16 << 10;

/// A file whose metadata is read.
struct File<'l> {
    stored: Stored,
    /// The metadata, and the types that columns are read as.
    read: ArrowReaderMetadata,
    /// The same, but for legacy timestamps with all of their digits.
    exact: ArrowReaderMetadata,
    columns: Vec<Selected>,
    rows: usize,
    /// The first row of each row group.
    starts: Vec<i64>,
    /// The columns of the file with timestamps of 96 bits.
    legacy: Vec<usize>,
    to: &'l Destination,
}

/// Returns the table of a file. Each column of each row group is decoded by itself, on all processors.
pub(super) fn load(stored: Stored, declared: &Declared, to: &Destination) -> Result<Buffer, Fault> {
    let file = File::open(stored, declared, to)?;
    let in_parts = file.columns.iter().map(|column| file.parts_of(column));
    match file.table(in_parts.collect())? {
        Some(buffer) => Ok(buffer),
        // What the file states about its columns is wrong.
        None => {
            let buffer = file.table(file.columns.iter().map(|_| None).collect())?;
            buffer.ok_or_else(|| damaged("the sizes of its columns are unknown"))
        }
    }
}

impl<'l> File<'l> {
    fn open(stored: Stored, declared: &Declared, to: &'l Destination) -> Result<Self, Fault> {
        let (metadata, schema) = wanted::read(&stored, declared)?;
        let parquet = metadata.file_metadata().schema_descr();
        let legacy: Vec<usize> = (0..schema.fields().len()).filter(|at| is_legacy_timestamp(parquet, *at)).collect();
        let readable = readable(&schema, &legacy, declared);
        let columns = selected_of(&readable, declared)?;
        let rows = check_size(&metadata, &columns)?;
        let reading = |schema: SchemaRef| {
            let options = ArrowReaderOptions::new().with_schema(schema);
            ArrowReaderMetadata::try_new(metadata.clone(), options).map_err(|error| refused(&error))
        };
        let (exact, read) = (reading(exact_schema(&schema, &legacy))?, reading(readable)?);
        let starts = metadata.row_groups().iter().scan(0, |start, group| {
            let first = *start;
            *start += group.num_rows();
            Some(first)
        });
        let starts = starts.collect();
        Ok(Self { stored, read, exact, columns, rows, starts, legacy, to })
    }

    fn groups(&self) -> &[RowGroupMetaData] {
        self.read.metadata().row_groups()
    }

    /// Returns the sizes of a column in each row group, if the file states all that a table needs to know before the
    /// column is decoded.
    fn parts_of(&self, column: &Selected) -> Option<(bool, Vec<PartSize>)> {
        let place = column.wanted.at?;
        let field = self.read.schema().field(place);
        if self.legacy.contains(&place) || !comes_in_parts(column, field.data_type()) {
            return None;
        }
        let is_varied = column.kind().is_some_and(ColumnKind::has_offsets);
        let (mut has_gaps, mut sizes) = (false, Vec::with_capacity(self.groups().len()));
        for group in self.groups() {
            let chunk = self.chunks(group, place).next()?;
            has_gaps |= match chunk.statistics().and_then(Statistics::null_count_opt) {
                Some(missing) => missing > 0,
                None if field.is_nullable() => return None,
                None => false,
            };
            let bytes = if is_varied { usize::try_from(chunk.unencoded_byte_array_data_bytes()?).ok()? } else { 0 };
            sizes.push(PartSize { rows: usize::try_from(group.num_rows()).ok()?, bytes });
        }
        let bytes = sizes.iter().try_fold(0_usize, |sum, size| sum.checked_add(size.bytes))?;
        (bytes <= MAX_ARCHIVE_SIZE).then_some((has_gaps, sizes))
    }

    /// Returns the leaves of a column in a row group.
    fn chunks<'g>(
        &'g self,
        group: &'g RowGroupMetaData,
        place: usize,
    ) -> impl Iterator<Item = &'g ColumnChunkMetaData> {
        let leaves = group.columns().iter().enumerate();
        let own = leaves.filter(move |(leaf, _)| self.read.parquet_schema().get_column_root_idx(*leaf) == place);
        own.map(|(_, chunk)| chunk)
    }

    /// Returns the table of the columns, of which some come `in_parts` with these sizes; `None` if those are wrong.
    fn table(&self, in_parts: Vec<Option<(bool, Vec<PartSize>)>>) -> Result<Option<Buffer>, Fault> {
        let mut tally = Tally::new(self.to.memory);
        for (column, parts) in self.columns.iter().zip(&in_parts) {
            if let Some((_, sizes)) = parts {
                let width = column.kind().map_or(0, least_width);
                let bytes = sizes.iter().map(|size| size.bytes as u64).sum::<u64>();
                tally.lay_out(bytes.saturating_add(self.rows as u64 * width))?;
            }
        }
        let tally = Mutex::new(tally);
        let places = || self.columns.iter().filter_map(|column| column.wanted.at);
        let all_groups = |place| (0..self.groups().len()).map(move |group| (place, group));
        let all = places().flat_map(all_groups).map(|(place, group)| self.stored_bytes(place, group) as u64).sum();
        self.to.progress.begin(Phase::Decoding, Some(all));
        let whole = self.columns.iter().zip(&in_parts).filter(|(_, parts)| parts.is_none());
        let work: Vec<_> = whole.filter_map(|(column, _)| column.wanted.at).flat_map(all_groups).collect();
        // A panic of the reader is reported on its own thread.
        let decoded =
            map(work, |(place, group)| shielded(|panic| damaged(&panic), || self.decode_whole(place, group, &tally)))?;
        let mut decoded = decoded.into_iter();
        let contents = self.columns.iter().zip(in_parts).map(|(column, parts)| match (parts, column.wanted.at) {
            (Some((has_gaps, sizes)), _) => Content::Parts { has_gaps, sizes },
            (None, Some(_)) => Content::Pieces(decoded.by_ref().take(self.groups().len()).flatten().collect()),
            (None, None) => Content::Pieces(Vec::new()),
        });
        let contents = contents.collect();
        table_in_parts(&self.columns, contents, self.rows, self.to, |(column, group), part| {
            let Some(place) = self.columns[column].wanted.at else { return Err(Unfit::Misstated) };
            shielded(|panic| damaged(&panic).into(), || self.decode_part(place, group, part))
        })
    }

    fn stored_bytes(&self, place: usize, group: usize) -> usize {
        let chunks = self.chunks(&self.groups()[group], place);
        chunks.map(|chunk| usize::try_from(chunk.compressed_size()).unwrap_or(0)).sum()
    }

    fn reader(&self, of: &ArrowReaderMetadata, place: usize, group: usize) -> Result<ParquetRecordBatchReader, Fault> {
        let mask = ProjectionMask::roots(of.parquet_schema(), [place]);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.stored.clone(), of.clone());
        let builder = builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(BATCH_ROWS);
        builder.build().map_err(|error| refused(&error))
    }

    fn decode_whole(&self, place: usize, group: usize, tally: &Mutex<Tally>) -> Result<Vec<ArrayRef>, Fault> {
        let mut batches = Vec::new();
        for batch in self.reader(&self.read, place, group)? {
            self.to.go_on()?;
            let batch = batch.map_err(|error| refused_batch(&error))?;
            tally.lock().unwrap_or_else(PoisonError::into_inner).add(&batch)?;
            batches.push(batch);
        }
        if self.legacy.contains(&place) {
            check_legacy(self.reader(&self.exact, place, group)?, &batches, self.starts[group])?;
        }
        self.check_rows(group, batches.iter().map(RecordBatch::num_rows).sum())?;
        self.to.progress.add(self.stored_bytes(place, group));
        Ok(batches.iter().map(|batch| batch.column(0).clone()).collect())
    }

    fn decode_part(&self, place: usize, group: usize, part: &mut Part<'_>) -> Result<(), Unfit> {
        let mut rows = 0;
        for batch in self.reader(&self.read, place, group)? {
            self.to.go_on()?;
            let batch = batch.map_err(|error| refused_batch(&error))?;
            rows += batch.num_rows();
            part.add(batch.column(0))?;
        }
        self.check_rows(group, rows)?;
        self.to.progress.add(self.stored_bytes(place, group));
        Ok(())
    }

    fn check_rows(&self, group: usize, found: usize) -> Result<(), Fault> {
        match self.groups()[group].num_rows() {
            expected if expected == found as i64 => Ok(()),
            _ => Err(damaged("a column has more or fewer values than its row group has rows")),
        }
    }
}

pub(super) fn damaged(message: &str) -> Fault {
    Fault::new(format!("not readable as parquet: {message}")).help("the file may be cut off or of another type")
}

pub(super) fn refused(error: &ParquetError) -> Fault {
    damaged(&words(error))
}

fn refused_batch(error: &ArrowError) -> Fault {
    damaged(&crate::table::words(error))
}

/// Returns the crate's words without their prefix.
pub(super) fn words(error: &ParquetError) -> String {
    match error {
        ParquetError::General(text) | ParquetError::ArrowError(text) | ParquetError::NYI(text) => text.clone(),
        ParquetError::EOF(text) => format!("it ends too early: {text}"),
        error => error.to_string(),
    }
}

/// Returns the types that columns are read as: text in views, and legacy timestamps as a type that holds all of them.
fn readable(stored: &SchemaRef, legacy: &[usize], declared: &Declared) -> SchemaRef {
    retyped(stored, |at, field| {
        let in_nanos =
            matches!(declared.kind(field.name()), Some(ColumnKind::Timestamp(wpipe_data::TimeUnit::Nano, _)));
        match field.data_type() {
            // The file's own note of a type may say any unit.
            DataType::Timestamp(_, zone) if legacy.contains(&at) => {
                let unit = if in_nanos { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
                DataType::Timestamp(unit, zone.clone())
            }
            other => as_views(other),
        }
    })
}

/// Returns the types that legacy timestamps have with all of their digits.
fn exact_schema(stored: &SchemaRef, legacy: &[usize]) -> SchemaRef {
    retyped(stored, |at, field| match field.data_type() {
        DataType::Timestamp(_, zone) if legacy.contains(&at) => DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()),
        other => other.clone(),
    })
}

fn retyped(stored: &SchemaRef, data_type: impl Fn(usize, &Field) -> DataType) -> SchemaRef {
    let fields = stored.fields().iter().enumerate();
    let fields = fields.map(|(at, field)| Arc::new(Field::clone(field).with_data_type(data_type(at, field))));
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), stored.metadata().clone()))
}

/// Returns true if the column at `at` is one of Spark's and Impala's timestamps: a day, and nanoseconds of it, in 96
/// bits.
fn is_legacy_timestamp(parquet: &SchemaDescriptor, at: usize) -> bool {
    let field = parquet.root_schema().get_fields().get(at);
    field.is_some_and(|field| field.is_primitive() && field.get_physical_type() == Type::INT96)
}

/// Returns the number of rows that the file states; fails if the table would be too large.
fn check_size(metadata: &ParquetMetaData, columns: &[Selected]) -> Result<usize, Fault> {
    let rows = metadata
        .row_groups()
        .iter()
        .try_fold(0_u64, |rows, group| rows.checked_add(u64::try_from(group.num_rows()).ok()?));
    let rows = rows.ok_or_else(|| damaged("it says that it has a negative number of rows"))?;
    // Of text only the offsets count; bits are too few.
    let width: u64 = columns.iter().map(|column| column.kind().map_or(0, least_width)).sum();
    if rows.saturating_mul(width) > MAX_ARCHIVE_SIZE as u64 {
        return Err(too_large());
    }
    usize::try_from(rows).map_err(|_| too_large())
}

fn least_width(kind: ColumnKind) -> u64 {
    match kind {
        ColumnKind::Bool => 0,
        kind => kind.width().unwrap_or(4) as u64,
    }
}

/// Fails if legacy timestamps, read `exact`ly, have digits that they have lost in `batches`, or are so far away that
/// they have no place in nanoseconds if those are declared. Both wrap around at 64 bits, so that they can be compared
/// whatever the year.
fn check_legacy(exact: ParquetRecordBatchReader, batches: &[RecordBatch], first: i64) -> Result<(), Fault> {
    let mut row = usize::try_from(first).unwrap_or_default();
    for (exact, batch) in exact.zip(batches) {
        let exact = exact.map_err(|error| refused_batch(&error))?;
        for (field, nanos) in exact.schema().fields().iter().zip(exact.columns()) {
            let nanos = nanos.as_primitive::<TimestampNanosecondType>();
            let read = batch.column_by_name(field.name());
            let Some(micros) = read.and_then(|read| read.as_primitive_opt::<TimestampMicrosecondType>()) else {
                continue;
            };
            let rows = 0..nanos.len().min(micros.len());
            let lossy = rows
                .clone()
                .find(|row| nanos.is_valid(*row) && micros.value(*row).wrapping_mul(1_000) != nanos.value(*row));
            if let Some(lossy) = lossy {
                let fault = Fault::new("a timestamp has digits beyond microseconds").column(field.name());
                let help = format!("declare `types = {{ {} = \"timestamp(ns)\" }}`", toml_key(field.name()));
                return Err(fault.at(At::Row((row + lossy) as u64 + 1)).help(help));
            }
        }
        row += batch.num_rows();
    }
    Ok(())
}
