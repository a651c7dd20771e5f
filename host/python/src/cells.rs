//! The values of columns as Python's own, and as text.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowTimestampType, DataType, Date32Type, Float32Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Returns the values of a column as Python's own. Text stands for what Python has no exact form of: times in nanoseconds,
/// times of a day, durations.
pub(crate) fn list<'py>(py: Python<'py>, array: &ArrayRef) -> PyResult<Bound<'py, PyList>> {
    match array.data_type() {
        DataType::Boolean => PyList::new(py, array.as_boolean().iter().collect::<Vec<_>>()),
        DataType::Int32 => PyList::new(py, array.as_primitive::<Int32Type>().iter().collect::<Vec<_>>()),
        DataType::Int64 => PyList::new(py, array.as_primitive::<Int64Type>().iter().collect::<Vec<_>>()),
        DataType::UInt64 => PyList::new(py, array.as_primitive::<UInt64Type>().iter().collect::<Vec<_>>()),
        DataType::Float32 => PyList::new(py, array.as_primitive::<Float32Type>().iter().collect::<Vec<_>>()),
        DataType::Float64 => PyList::new(py, array.as_primitive::<Float64Type>().iter().collect::<Vec<_>>()),
        DataType::Utf8 => PyList::new(py, array.as_string::<i32>().iter().collect::<Vec<_>>()),
        DataType::Binary => PyList::new(py, array.as_binary::<i32>().iter().collect::<Vec<_>>()),
        DataType::Date32 => {
            let days: Vec<_> = array.as_primitive::<Date32Type>().iter().collect();
            made(py, "dates", (days,))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => times::<TimestampMicrosecondType>(py, array, 1, zone),
        DataType::Timestamp(TimeUnit::Millisecond, zone) => times::<TimestampMillisecondType>(py, array, 1_000, zone),
        DataType::Timestamp(TimeUnit::Second, zone) => times::<TimestampSecondType>(py, array, 1_000_000, zone),
        DataType::Decimal128(..) => made(py, "decimals", (texts(array)?,)),
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let items = lists.iter().map(|items| items.map(|items| list(py, &items)).transpose());
            PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)
        }
        _ => PyList::new(py, texts(array)?),
    }
}

/// Returns the values of a column as text; `None` for a missing one. Times of a zone are told in UTC.
pub(crate) fn texts(array: &ArrayRef) -> PyResult<Vec<Option<String>>> {
    static OPTIONS: FormatOptions<'_> = FormatOptions::new();
    let (array, end) = match array.data_type() {
        DataType::Timestamp(unit, Some(_)) => (without_zone(array, *unit), "Z"),
        _ => (Arc::clone(array), ""),
    };
    let shown = ArrayFormatter::try_new(&array, &OPTIONS).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let text = |row: usize| (!array.is_null(row)).then(|| format!("{}{end}", shown.value(row)));
    Ok((0..array.len()).map(text).collect())
}

fn without_zone(array: &ArrayRef, unit: TimeUnit) -> ArrayRef {
    fn of<T: ArrowTimestampType>(array: &ArrayRef) -> ArrayRef {
        let counts: PrimitiveArray<T> = array.as_primitive::<T>().clone();
        Arc::new(counts.with_timezone_opt(None::<Arc<str>>))
    }
    match unit {
        TimeUnit::Second => of::<TimestampSecondType>(array),
        TimeUnit::Millisecond => of::<TimestampMillisecondType>(array),
        TimeUnit::Microsecond => of::<TimestampMicrosecondType>(array),
        TimeUnit::Nanosecond => of::<TimestampNanosecondType>(array),
    }
}

/// Returns times, each of `micros` microseconds by its count, as datetimes; as text if Python's years do not reach so far.
fn times<'py, T: ArrowTimestampType>(
    py: Python<'py>,
    array: &ArrayRef,
    micros: i64,
    zone: &Option<Arc<str>>,
) -> PyResult<Bound<'py, PyList>> {
    let counts: Option<Vec<_>> = (array.as_primitive::<T>().iter())
        .map(|count| count.map_or(Some(None), |count| count.checked_mul(micros).map(Some)))
        .collect();
    match counts.map(|counts| made(py, "times", (counts, zone.as_deref()))) {
        Some(Ok(times)) => Ok(times),
        _ => PyList::new(py, texts(array)?),
    }
}

fn made<'py>(py: Python<'py>, what: &str, arguments: impl pyo3::call::PyCallArgs<'py>) -> PyResult<Bound<'py, PyList>> {
    let made = py.import("wpipe._frames")?.call_method1(what, arguments)?;
    Ok(made.cast_into::<PyList>()?)
}
