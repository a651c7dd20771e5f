//! A record batch over a buffer's own pages: no column is copied.
//!
//! The buffer is a guest's work. Its root is checked by `Table::view`, and the content of its columns by Arrow's
//! validating constructors, which make no undefined array from any input.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow::buffer::{BooleanBuffer, Buffer as Pages, NullBuffer};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;
use wpipe_buffer::Buffer;
use wpipe_data::table::raw::ColumnBuffers;
use wpipe_data::{ColumnKind, Table};

use super::words;
use crate::fault::Fault;
use crate::format::pages;

/// Returns the table in `buffer` as one record batch, which keeps the buffer alive.
pub(crate) fn batch_of(buffer: &Buffer) -> Result<RecordBatch, Fault> {
    let bytes = pages(buffer)?;
    let table = Table::view(&bytes)?;
    let mut fields = Vec::with_capacity(table.raw_columns().len());
    let mut arrays = Vec::with_capacity(table.raw_columns().len());
    for column in table.raw_columns() {
        let array = array_of(&bytes, column, table.rows()).map_err(|fault| fault.column(&column.name))?;
        let field = Field::new(&column.name, array.data_type().clone(), column.validity.is_some());
        let is_ordered = column.child.as_ref().is_some_and(|child| child.ordered);
        fields.push(field.with_dict_is_ordered(is_ordered));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(table.rows()));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
    batch.map_err(|error| Fault::new(words(&error)))
}

/// Returns Arrow's type for a kind of column.
pub(crate) fn data_type(kind: ColumnKind) -> Result<DataType, Fault> {
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
        ColumnKind::List(item) => list_of(data_type(item.kind())?, true),
        other => return Err(Fault::new(format!("the kind {other} is newer than this catalog"))),
    })
}

/// Returns the type of lists of such items.
fn list_of(item: DataType, nullable: bool) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, nullable)))
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
    let child = column.child.as_ref().map(|child| array_of(bytes, &child.buffers, child.length)).transpose()?;
    let data_type = match &child {
        Some(values) if column.is_dictionary() => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(values.data_type().clone()))
        }
        Some(items) => list_of(items.data_type().clone(), true),
        None => data_type(column.kind)?,
    };
    let mut data = ArrayData::builder(data_type).len(rows);
    if let Some(range) = &column.validity {
        // The view has checked that there are bits for all rows.
        let nulls = NullBuffer::new(BooleanBuffer::new(pages(range), 0, rows));
        if nulls.null_count() != column.null_count {
            return Err(Fault::new("its validity map and its number of missing values differ"));
        }
        data = data.nulls(Some(nulls));
    }
    if let Some(range) = &column.offsets {
        data = data.add_buffer(pages(range));
    }
    if column.offsets.is_none() || child.is_none() {
        data = data.add_buffer(pages(&column.values));
    }
    if let Some(child) = child {
        data = data.add_child_data(child.to_data());
    }
    let data = data.build();
    Ok(make_array(data.map_err(|error| Fault::new(words(&error)))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wpipe_buffer::Transports;
    use wpipe_data::{Column, to_archive};

    #[test]
    fn columns_are_the_buffers_own_pages() -> Result<(), Box<dyn std::error::Error>> {
        let columns = [
            ("x", vec![1.5, 2.5].into()),
            ("y", vec![Some("a"), None].into()),
            ("z", vec![true, false].into()),
            ("lists", vec![vec![Some(1.5_f32), None], vec![]].into()),
            ("codes", Column::dictionary(["a", "b"], vec![Some(1), Some(0)])),
        ];
        let archive = to_archive(&Table::from_columns(columns)?)?;
        let buffer = Buffer::copy_from(&archive, &Transports::detect())?;
        let batch = batch_of(&buffer).map_err(|fault| fault.to_string())?;

        let pages = buffer.bytes()?.as_ptr_range();
        for array in batch.columns() {
            let mut rest = vec![array.to_data()];
            while let Some(data) = rest.pop() {
                let validity = data.nulls().map(|nulls| nulls.buffer());
                for part in data.buffers().iter().chain(validity) {
                    assert!(pages.contains(&part.as_ptr()), "{:?}", array.data_type());
                    assert!(part.as_slice().as_ptr_range().end <= pages.end);
                }
                rest.extend(data.child_data().iter().cloned());
            }
        }
        Ok(())
    }
}
