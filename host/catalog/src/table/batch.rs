//! A record batch over a buffer's own pages: no column is copied.
//!
//! The buffer is a guest's work. Its root is checked by `Table::view`; what stands in its columns, by Arrow's
//! validating constructors, which make no undefined array whatever they are given.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayData, ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow::buffer::{BooleanBuffer, Buffer as Pages, NullBuffer};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;
use wpipe_buffer::Buffer;
use wpipe_data::table::raw::ColumnBuffers;
use wpipe_data::{ColumnKind, Table};

use super::words;
use crate::fault::Fault;

/// The table in `buffer` as one record batch, which keeps the buffer alive.
pub(crate) fn batch_of(buffer: &Buffer) -> Result<RecordBatch, Fault> {
    let bytes = buffer.to_bytes().map_err(|error| Fault::new(format!("the buffer cannot be mapped: {error}")))?;
    let table = Table::view(&bytes)?;
    let mut fields = Vec::with_capacity(table.raw_columns().len());
    let mut arrays = Vec::with_capacity(table.raw_columns().len());
    for column in table.raw_columns() {
        let array = array_of(&bytes, column, table.rows()).map_err(|fault| fault.column(&column.name))?;
        fields.push(Field::new(&column.name, array.data_type().clone(), column.validity.is_some()));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(table.rows()));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
    batch.map_err(|error| Fault::new(words(&error)))
}

/// Arrow's type for a kind of column.
pub(super) fn data_type(kind: ColumnKind) -> Result<DataType, Fault> {
    Ok(match kind {
        ColumnKind::Bool => DataType::Boolean,
        ColumnKind::I32 => DataType::Int32,
        ColumnKind::I64 => DataType::Int64,
        ColumnKind::U64 => DataType::UInt64,
        ColumnKind::F32 => DataType::Float32,
        ColumnKind::F64 => DataType::Float64,
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::Binary => DataType::Binary,
        ColumnKind::Date => DataType::Date32,
        ColumnKind::Time(unit) => DataType::Time64(arrow_unit(unit)),
        ColumnKind::Timestamp(unit, zone) => {
            DataType::Timestamp(arrow_unit(unit), zone.map(|zone| zone.as_str().into()))
        }
        ColumnKind::Duration(unit) => DataType::Duration(arrow_unit(unit)),
        ColumnKind::Decimal(precision, scale) => DataType::Decimal128(precision, scale),
        other => return Err(Fault::new(format!("the kind {other} is newer than this catalog"))),
    })
}

fn arrow_unit(unit: wpipe_data::TimeUnit) -> TimeUnit {
    match unit {
        wpipe_data::TimeUnit::Second => TimeUnit::Second,
        wpipe_data::TimeUnit::Milli => TimeUnit::Millisecond,
        wpipe_data::TimeUnit::Micro => TimeUnit::Microsecond,
        wpipe_data::TimeUnit::Nano => TimeUnit::Nanosecond,
    }
}

fn array_of(bytes: &Bytes, column: &ColumnBuffers, rows: usize) -> Result<ArrayRef, Fault> {
    let pages = |range: &Range<usize>| Pages::from(bytes.slice(range.clone()));
    let mut data = ArrayData::builder(data_type(column.kind)?).len(rows);
    if let Some(range) = &column.validity {
        // The view has seen that there are bits for all rows.
        let nulls = NullBuffer::new(BooleanBuffer::new(pages(range), 0, rows));
        if nulls.null_count() != column.null_count {
            return Err(Fault::new("its validity map and its number of missing values differ"));
        }
        data = data.nulls(Some(nulls));
    }
    if let Some(range) = &column.offsets {
        data = data.add_buffer(pages(range));
    }
    let data = data.add_buffer(pages(&column.values)).build();
    Ok(make_array(data.map_err(|error| Fault::new(words(&error)))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wpipe_buffer::Transports;
    use wpipe_data::to_archive;

    #[test]
    fn columns_are_the_buffers_own_pages() -> Result<(), Box<dyn std::error::Error>> {
        let columns =
            [("x", vec![1.5, 2.5].into()), ("y", vec![Some("a"), None].into()), ("z", vec![true, false].into())];
        let archive = to_archive(&Table::from_columns(columns)?)?;
        let buffer = Buffer::copy_from(&archive, &Transports::detect())?;
        let batch = batch_of(&buffer).map_err(|fault| fault.to_string())?;

        let pages = buffer.bytes()?.as_ptr_range();
        for array in batch.columns() {
            let data = array.to_data();
            let validity = data.nulls().map(|nulls| nulls.buffer());
            let all = data.buffers().iter().chain(validity);
            for part in all {
                assert!(pages.contains(&part.as_ptr()), "{:?}", array.data_type());
                assert!(part.as_slice().as_ptr_range().end <= pages.end);
            }
        }
        Ok(())
    }
}
