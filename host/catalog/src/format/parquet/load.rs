//! From a file to record batches: the requested columns, as kinds that hold all of their values.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow::error::ArrowError;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type;
use parquet::errors::ParquetError;
use parquet::schema::types::SchemaDescriptor;
use wpipe_data::table::toml_key;
use wpipe_data::{ColumnKind, MAX_ARCHIVE_SIZE};

use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::format::shield::shielded;
use crate::parallel::map;
use crate::progress::Phase;
use crate::table::{Declared, Pieces, Selected, Tally, as_views, selected_of, too_large};

/// The number of rows decoded at a time: large enough that the pieces do not count, small enough for the cache.
const BATCH_ROWS: usize = 64 << 10;

/// The decoded columns of a file.
pub(super) struct Decoded {
    pub(super) columns: Vec<Selected>,
    pub(super) pieces: Pieces,
    pub(super) rows: usize,
}

/// Decodes each column of each row group by itself, on all processors.
pub(super) fn decode(bytes: &Bytes, declared: &Declared, to: &Destination) -> Result<Decoded, Fault> {
    let file = ArrowReaderMetadata::load(bytes, ArrowReaderOptions::new()).map_err(|error| refused(&error))?;
    let (parquet, stored) = (file.parquet_schema(), file.schema());
    let legacy: Vec<usize> = (0..stored.fields().len()).filter(|at| is_legacy_timestamp(parquet, *at)).collect();
    let schema = readable(stored, &legacy, declared);
    let whole = exact_schema(stored, &legacy);
    let columns = selected_of(&schema, declared)?;
    let rows = check_size(&file, &columns)?;

    let reading = |schema: SchemaRef| {
        let options = ArrowReaderOptions::new().with_schema(schema);
        ArrowReaderMetadata::try_new(file.metadata().clone(), options).map_err(|error| refused(&error))
    };
    let (exact, read) = (reading(whole)?, reading(schema)?);
    let reader = |metadata: &ArrowReaderMetadata, place: usize, group: usize| {
        let mask = ProjectionMask::roots(metadata.parquet_schema(), [place]);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata.clone());
        let builder = builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(BATCH_ROWS);
        builder.build().map_err(|error| refused(&error))
    };
    let tally = Mutex::new(Tally::new(to.memory));
    let groups = file.metadata().row_groups();
    let starts = groups.iter().scan(0, |start, group| {
        let first = *start;
        *start += group.num_rows();
        Some(first)
    });
    let starts: Vec<i64> = starts.collect();
    // All groups of a column, then those of the next one.
    let places = columns.iter().filter_map(|column| column.wanted.at);
    let work: Vec<_> = places.flat_map(|place| (0..groups.len()).map(move |group| (place, group))).collect();
    let decode_one = |place: usize, group: usize| {
        let mut batches = Vec::new();
        for batch in reader(&read, place, group)? {
            to.go_on()?;
            let batch = batch.map_err(|error| refused_batch(&error))?;
            tally.lock().unwrap_or_else(PoisonError::into_inner).add(&batch)?;
            batches.push(batch);
        }
        if legacy.contains(&place) {
            check_legacy(reader(&exact, place, group)?, &batches, starts[group])?;
        }
        let expected = groups[group].num_rows();
        if batches.iter().map(|batch| batch.num_rows() as i64).sum::<i64>() != expected {
            return Err(damaged("a column has more or fewer values than its row group has rows"));
        }
        Ok(batches.iter().map(|batch| batch.column(0).clone()).collect::<Vec<ArrayRef>>())
    };
    let bytes_of = |place: usize, group: usize| {
        let leaves = groups[group].columns().iter().enumerate();
        let own = leaves.filter(|(leaf, _)| parquet.get_column_root_idx(*leaf) == place);
        own.map(|(_, chunk)| usize::try_from(chunk.compressed_size()).unwrap_or(0)).sum::<usize>()
    };
    let all = work.iter().map(|(place, group)| bytes_of(*place, *group) as u64).sum();
    to.progress.begin(Phase::Decoding, Some(all));
    // A panic of the reader is reported on its own thread.
    let decoded = map(work, |(place, group)| {
        shielded(
            |panic| damaged(&panic),
            || decode_one(place, group).inspect(|_| to.progress.add(bytes_of(place, group))),
        )
    })?;
    let mut decoded = decoded.into_iter();
    let pieces = columns.iter().map(|column| match column.wanted.at {
        Some(_) => decoded.by_ref().take(groups.len()).flatten().collect(),
        None => Vec::new(),
    });
    let pieces = pieces.collect();
    Ok(Decoded { columns, pieces, rows })
}

pub(super) fn damaged(message: &str) -> Fault {
    Fault::new(format!("not readable as parquet: {message}")).help("the file may be cut off or of another type")
}

fn refused(error: &ParquetError) -> Fault {
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
fn check_size(file: &ArrowReaderMetadata, columns: &[Selected]) -> Result<usize, Fault> {
    let rows = file
        .metadata()
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
