//! Record batches laid out as a table, once, in the buffer that consumers will read.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Float32Type, Float64Type, Int32Type, Int64Type, SchemaRef, TimestampMicrosecondType,
};
use wpipe_buffer::Buffer;
use wpipe_data::table::{ColumnMut, Value};
use wpipe_data::{ColumnKind, Date, TableError, TableSpec, Timestamp};

use super::canonical::{canonical, kind_of};
use crate::destination::Destination;
use crate::fault::Fault;

/// The table of `batches`, which have the columns of `schema`.
pub(crate) fn table_of(schema: &SchemaRef, batches: &[RecordBatch], to: &Destination) -> Result<Buffer, Fault> {
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut spec = TableSpec::new(rows);
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (at, field) in schema.fields().iter().enumerate() {
        let column = Chunks::of(batches, at, field.data_type()).map_err(|fault| fault.column(field.name()))?;
        spec = column.declare(spec, field.name());
        columns.push(column);
    }
    let mut area = to.area();
    let mut table = spec.build_in(&mut area)?;
    for (chunks, column) in columns.into_iter().zip(table.columns_mut()) {
        chunks.fill(column).map_err(|error| Fault::new(error.to_string()))?;
    }
    let size = table.finish()?;
    area.finish(size).map_err(|error| Fault::memory(size, &error))
}

/// One column's pieces.
struct Chunks {
    kind: ColumnKind,
    arrays: Vec<ArrayRef>,
}

impl Chunks {
    fn of(batches: &[RecordBatch], at: usize, data_type: &arrow::datatypes::DataType) -> Result<Self, Fault> {
        let kind = kind_of(data_type)?;
        let arrays = batches.iter().map(|batch| canonical(batch.column(at), kind)).collect::<Result<_, _>>()?;
        Ok(Self { kind, arrays })
    }

    fn declare(&self, spec: TableSpec, name: &str) -> TableSpec {
        let spec = match self.kind {
            ColumnKind::Text => spec.text(name, self.arrays.iter().map(text_bytes).sum()),
            kind => spec.column(name, kind),
        };
        if self.arrays.iter().any(|array| array.null_count() > 0) { spec.nullable() } else { spec }
    }

    fn fill(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        match self.kind {
            ColumnKind::Bool => self.fill_bools(column)?,
            ColumnKind::I32 => self.fill_values::<Int32Type, i32>(column, |value| value)?,
            ColumnKind::I64 => self.fill_values::<Int64Type, i64>(column, |value| value)?,
            ColumnKind::F32 => self.fill_values::<Float32Type, f32>(column, |value| value)?,
            ColumnKind::F64 => self.fill_values::<Float64Type, f64>(column, |value| value)?,
            ColumnKind::Date => self.fill_values::<Date32Type, Date>(column, Date)?,
            ColumnKind::Timestamp => self.fill_values::<TimestampMicrosecondType, Timestamp>(column, Timestamp)?,
            _ => return self.fill_texts(column),
        }
        self.fill_validity(column)
    }

    fn fill_values<A, T>(&self, column: &mut ColumnMut<'_>, wrap: impl Fn(A::Native) -> T) -> Result<(), TableError>
    where
        A: ArrowPrimitiveType,
        T: Value,
    {
        let mut rest = column.values::<T>()?;
        for array in &self.arrays {
            let values = array.as_primitive::<A>().values();
            let (places, after) = rest.split_at_mut(values.len());
            rest = after;
            for (place, value) in places.iter_mut().zip(values.iter()) {
                *place = wrap(*value);
            }
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

    fn fill_texts(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let mut writer = column.text()?;
        for array in &self.arrays {
            for row in 0..array.len() {
                writer.push_option(text_at(array, row))?;
            }
        }
        Ok(())
    }

    fn fill_validity(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let mut start = 0;
        for array in &self.arrays {
            if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
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

fn text_bytes(array: &ArrayRef) -> usize {
    (0..array.len()).filter_map(|row| text_at(array, row)).map(str::len).sum()
}

/// The text in a row of an array of any of Arrow's text types.
fn text_at(array: &ArrayRef, row: usize) -> Option<&str> {
    if array.is_null(row) {
        return None;
    }
    if let Some(texts) = array.as_string_opt::<i32>() {
        return Some(texts.value(row));
    }
    if let Some(texts) = array.as_string_opt::<i64>() {
        return Some(texts.value(row));
    }
    array.as_string_view_opt().map(|texts| texts.value(row))
}
