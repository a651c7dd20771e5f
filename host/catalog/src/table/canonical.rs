//! Arrow's many types as a table's eight kinds.

use arrow::array::{Array, ArrayRef};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit};
use wpipe_data::ColumnKind;

use super::batch::data_type;
use super::words;
use crate::fault::Fault;

/// The kind of column that holds values of `data_type`.
pub(super) fn kind_of(data_type: &DataType) -> Result<ColumnKind, Fault> {
    Ok(match data_type {
        DataType::Boolean => ColumnKind::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => ColumnKind::I32,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => ColumnKind::I64,
        DataType::Float16 | DataType::Float32 => ColumnKind::F32,
        DataType::Float64 => ColumnKind::F64,
        // A column of the type "nothing" has no values to be wrong about.
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnKind::Text,
        DataType::Date32 | DataType::Date64 => ColumnKind::Date,
        DataType::Timestamp(_, _) => ColumnKind::Timestamp,
        DataType::Dictionary(_, values) => kind_of(values)?,
        other => {
            let help = "a table holds bool, i32, i64, f32, f64, text, date and timestamp: convert the column before";
            return Err(Fault::new(format!("its type `{other}` has no place in a table")).help(help));
        }
    })
}

/// `array` in the one type that its kind has in a table; text may keep the type it has.
pub(super) fn canonical(array: &ArrayRef, kind: ColumnKind) -> Result<ArrayRef, Fault> {
    let to = match (array.data_type(), kind) {
        (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View, ColumnKind::Text) => return Ok(array.clone()),
        (DataType::Timestamp(unit, Some(_)), _) => {
            // An Arrow timestamp with a time zone counts in UTC; without one it is the same number.
            let utc = cast(array, &DataType::Timestamp(*unit, Some("UTC".into())))?;
            return cast(&utc, &DataType::Timestamp(TimeUnit::Microsecond, None));
        }
        (_, kind) => data_type(kind)?,
    };
    cast(array, &to)
}

/// A conversion in which a value that does not fit is an error and not a gap.
fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, Fault> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, to, &strict).map_err(|error| Fault::new(words(&error)))
}
