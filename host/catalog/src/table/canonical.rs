//! Arrow's many types as a table's kinds. Narrower integers become `i32` and `i64`, half precision single, and times of
//! day in s or ms those in µs: none loses anything.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Date64Type, TimeUnit};
use wpipe_data::{ColumnKind, ItemKind, Zone};

use super::batch::data_type;
use super::words;
use crate::fault::Fault;

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// Returns the kind of column that holds values of `data_type`.
pub(super) fn kind_of(data_type: &DataType) -> Result<ColumnKind, Fault> {
    Ok(match data_type {
        DataType::Boolean => ColumnKind::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => ColumnKind::I32,
        DataType::Int64 | DataType::UInt32 => ColumnKind::I64,
        DataType::UInt64 => ColumnKind::U64,
        DataType::Float16 | DataType::Float32 => ColumnKind::F32,
        DataType::Float64 => ColumnKind::F64,
        // A column of the type "nothing" has no values that could be wrong.
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => ColumnKind::Text,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            ColumnKind::Binary
        }
        DataType::Date32 | DataType::Date64 => ColumnKind::Date,
        DataType::Time32(_) => ColumnKind::Time(wpipe_data::TimeUnit::Micro),
        DataType::Time64(unit) => ColumnKind::Time(unit_of(*unit)),
        DataType::Timestamp(unit, None) => ColumnKind::Timestamp(unit_of(*unit), None),
        DataType::Timestamp(unit, Some(name)) => {
            let zone = Zone::new(name);
            let zone = zone.ok_or_else(|| Fault::new(format!("its time zone {name:?} is none")).help(LEAVE_OUT))?;
            ColumnKind::Timestamp(unit_of(*unit), Some(zone))
        }
        DataType::Duration(unit) => ColumnKind::Duration(unit_of(*unit)),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            ColumnKind::decimal(*precision, *scale).ok_or_else(|| no_place(data_type))?
        }
        DataType::List(items)
        | DataType::LargeList(items)
        | DataType::FixedSizeList(items, _)
        | DataType::ListView(items)
        | DataType::LargeListView(items) => {
            let item = ItemKind::of(kind_of(items.data_type())?);
            ColumnKind::List(item.ok_or_else(|| no_place(data_type))?)
        }
        DataType::Dictionary(_, values) => kind_of(values)?,
        DataType::RunEndEncoded(_, values) => kind_of(values.data_type())?,
        other => return Err(no_place(other)),
    })
}

fn no_place(data_type: &DataType) -> Fault {
    Fault::new(format!("its type `{data_type}` has no place in a table")).help(LEAVE_OUT)
}

/// Returns true if values of that type are texts by the codes of a dictionary.
pub(super) fn is_coded_text(data_type: &DataType) -> bool {
    let DataType::Dictionary(_, values) = data_type else { return false };
    matches!(**values, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

const LEAVE_OUT: &str = "name the columns that you want with the option `columns`, or convert the column before";

fn unit_of(unit: TimeUnit) -> wpipe_data::TimeUnit {
    match unit {
        TimeUnit::Second => wpipe_data::TimeUnit::Second,
        TimeUnit::Millisecond => wpipe_data::TimeUnit::Milli,
        TimeUnit::Microsecond => wpipe_data::TimeUnit::Micro,
        TimeUnit::Nanosecond => wpipe_data::TimeUnit::Nano,
    }
}

/// Returns `array` in the one type that its kind has in a table; text, binary and lists may keep their type.
pub(super) fn canonical(array: &ArrayRef, kind: ColumnKind) -> Result<ArrayRef, Fault> {
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => return Ok(array.clone()),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            return Ok(array.clone());
        }
        DataType::Date64 => whole_days(array)?,
        data_type if is_coded_text(data_type) => return Ok(array.clone()),
        _ if matches!(kind, ColumnKind::List(_)) => return Ok(array.clone()),
        _ => {}
    }
    cast(array, &data_type(kind)?)
}

/// Fails if a date in milliseconds is not at midnight.
fn whole_days(array: &ArrayRef) -> Result<(), Fault> {
    let dates = array.as_primitive::<Date64Type>();
    match dates.iter().flatten().find(|millis| millis % MILLIS_PER_DAY != 0) {
        None => Ok(()),
        Some(millis) => {
            let fault = Fault::new(format!("its type is `Date64`, and {millis} ms are within a day"));
            Err(fault.help("write the column as timestamps"))
        }
    }
}

/// Converts an array. A value that does not fit is an error and not a gap.
pub(super) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, Fault> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, to, &strict).map_err(|error| Fault::new(words(&error)))
}
