//! From a file to record batches: the columns that are wanted, as kinds that hold all of their values.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
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
use crate::table::{Declared, Selected, Tally, as_views, selected_of, too_large};

/// Rows decoded at a time: large enough that the pieces do not count, small enough for the cache.
const BATCH_ROWS: usize = 64 << 10;

/// The columns that are read, and their pieces.
pub(super) fn decode(
    bytes: &Bytes,
    declared: &Declared,
    to: &Destination,
) -> Result<(Vec<Selected>, Vec<RecordBatch>), Fault> {
    let file = ArrowReaderMetadata::load(bytes, ArrowReaderOptions::new()).map_err(|error| refused(&error))?;
    let (parquet, stored) = (file.parquet_schema(), file.schema());
    let legacy: Vec<usize> = (0..stored.fields().len()).filter(|at| is_legacy_timestamp(parquet, *at)).collect();
    let schema = readable(stored, &legacy, declared);
    let columns = selected_of(&schema, declared)?;
    let places: Vec<usize> = columns.iter().filter_map(|column| column.wanted.at).collect();
    check_size(&file, &columns)?;

    let reader = |schema: SchemaRef, places: &[usize]| -> Result<ParquetRecordBatchReader, ParquetError> {
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(file.metadata().clone(), options)?;
        let mask = ProjectionMask::roots(metadata.parquet_schema(), places.iter().copied());
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata);
        builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()
    };
    let mut tally = Tally::new(to.memory);
    let mut batches = Vec::new();
    for batch in reader(schema.clone(), &places).map_err(|error| refused(&error))? {
        to.go_on()?;
        let batch = batch.map_err(|error| refused_batch(&error))?;
        tally.add(&batch)?;
        batches.push(batch);
    }
    let legacy: Vec<usize> = legacy.into_iter().filter(|at| places.contains(at)).collect();
    if !legacy.is_empty() {
        let exact = reader(stored.clone(), &legacy).map_err(|error| refused(&error))?;
        check_legacy(exact, &batches)?;
    }
    Ok((columns, batches))
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

/// The crate's words without their prefix.
pub(super) fn words(error: &ParquetError) -> String {
    match error {
        ParquetError::General(text) | ParquetError::ArrowError(text) | ParquetError::NYI(text) => text.clone(),
        ParquetError::EOF(text) => format!("it ends too early: {text}"),
        error => error.to_string(),
    }
}

/// The types that columns are read as: text in views, and legacy timestamps as what holds all of them.
fn readable(stored: &SchemaRef, legacy: &[usize], declared: &Declared) -> SchemaRef {
    let fields = stored.fields().iter().enumerate().map(|(at, field)| {
        let in_nanos =
            matches!(declared.kind(field.name()), Some(ColumnKind::Timestamp(wpipe_data::TimeUnit::Nano, _)));
        let data_type = match field.data_type() {
            DataType::Timestamp(TimeUnit::Nanosecond, zone) if legacy.contains(&at) && !in_nanos => {
                DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
            }
            other => as_views(other),
        };
        Arc::new(Field::clone(field).with_data_type(data_type))
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), stored.metadata().clone()))
}

/// Whether the column at `at` is one of Spark's and Impala's timestamps: a day, and nanoseconds of it, in 96 bits.
fn is_legacy_timestamp(parquet: &SchemaDescriptor, at: usize) -> bool {
    let field = parquet.root_schema().get_fields().get(at);
    field.is_some_and(|field| field.is_primitive() && field.get_physical_type() == Type::INT96)
}

/// An error if the table would be too large, by what the file says of its rows.
fn check_size(file: &ArrowReaderMetadata, columns: &[Selected]) -> Result<(), Fault> {
    let rows = file
        .metadata()
        .row_groups()
        .iter()
        .try_fold(0_u64, |rows, group| rows.checked_add(u64::try_from(group.num_rows()).ok()?));
    let rows = rows.ok_or_else(|| damaged("it says that it has a negative number of rows"))?;
    // Of text the offsets alone; bits are not worth counting.
    let width: u64 = columns.iter().map(|column| column.kind().map_or(0, least_width)).sum();
    if rows.saturating_mul(width) > MAX_ARCHIVE_SIZE as u64 {
        return Err(too_large());
    }
    Ok(())
}

fn least_width(kind: ColumnKind) -> u64 {
    match kind {
        ColumnKind::Bool => 0,
        kind => kind.width().unwrap_or(4) as u64,
    }
}

/// An error if legacy timestamps, read `exact`ly, have digits that they have lost in `batches`, or are so far away that
/// they have no place in nanoseconds where those are declared. Both wrap around at 64 bits, so that they can be compared
/// whatever the year.
fn check_legacy(exact: ParquetRecordBatchReader, batches: &[RecordBatch]) -> Result<(), Fault> {
    let mut row = 0;
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
