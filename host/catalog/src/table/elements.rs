//! The values of Arrow's arrays as cells.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type,
    UInt64Type,
};
use wpipe_data::table::{ClockTime, Decimal, Elapsed, Instant};
use wpipe_data::{ColumnKind, Date};

use super::Cell;
pub(super) use super::print::CellAt;

/// Returns the cells of an array in the type that its `kind` has in a table.
pub(super) fn cells_of<'a>(array: &'a ArrayRef, kind: ColumnKind) -> CellAt<'a> {
    match kind {
        ColumnKind::Bool => {
            let bools = array.as_boolean();
            Box::new(move |row| bools.is_valid(row).then(|| Cell::Bool(bools.value(row))))
        }
        ColumnKind::I32 => values::<Int32Type>(array, Cell::I32),
        ColumnKind::I64 => values::<Int64Type>(array, Cell::I64),
        ColumnKind::U64 => values::<UInt64Type>(array, Cell::U64),
        ColumnKind::F32 => values::<Float32Type>(array, Cell::F32),
        ColumnKind::F64 => values::<Float64Type>(array, Cell::F64),
        ColumnKind::Date => values::<Date32Type>(array, |days| Cell::Date(Date(days))),
        ColumnKind::Decimal(_, scale) => {
            values::<Decimal128Type>(array, move |unscaled| Cell::Decimal(Decimal::new(unscaled, scale)))
        }
        ColumnKind::Time(unit) => counts(array, move |count| Cell::Time(ClockTime::new(count, unit))),
        ColumnKind::Timestamp(unit, zone) => counts(array, move |count| Cell::Timestamp(Instant { count, unit, zone })),
        ColumnKind::Duration(unit) => counts(array, move |count| Cell::Duration(Elapsed::new(count, unit))),
        ColumnKind::Binary => Box::new(move |row| bytes_at(array, row).map(Cell::Binary)),
        _ => texts(array),
    }
}

fn values<'a, A: ArrowPrimitiveType>(array: &'a ArrayRef, cell: impl Fn(A::Native) -> Cell<'a> + 'a) -> CellAt<'a> {
    let values: &PrimitiveArray<A> = array.as_primitive();
    Box::new(move |row| values.is_valid(row).then(|| cell(values.value(row))))
}

/// Returns the 64-bit integers of an array whose type depends on its unit.
fn counts<'a>(array: &'a ArrayRef, cell: impl Fn(i64) -> Cell<'a> + 'a) -> CellAt<'a> {
    let data = array.to_data();
    let start = data.offset();
    Box::new(move |row| {
        let count = data.buffers()[0].typed_data::<i64>()[start + row];
        array.is_valid(row).then(|| cell(count))
    })
}

/// Returns the texts of an array, by codes or not.
fn texts(array: &ArrayRef) -> CellAt<'_> {
    let Some(dictionary) = array.as_any_dictionary_opt().filter(|dictionary| !dictionary.values().is_empty()) else {
        return Box::new(move |row| text_at(array, row).map(Cell::Text));
    };
    let (codes, values) = (dictionary.normalized_keys(), dictionary.values());
    Box::new(move |row| array.is_valid(row).then(|| text_at(values, codes[row]))?.map(Cell::Text))
}

/// Returns the text in a row of an array of any of Arrow's text types, or of the one for nothing.
fn text_at(array: &ArrayRef, row: usize) -> Option<&str> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Some(array.as_string_view().value(row)),
        _ => None,
    }
}

/// Returns the bytes in a row of an array of any of Arrow's text or binary types.
pub(super) fn bytes_at(array: &ArrayRef, row: usize) -> Option<&[u8]> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Binary => Some(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Some(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => Some(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => Some(array.as_fixed_size_binary().value(row)),
        _ => text_at(array, row).map(str::as_bytes),
    }
}
