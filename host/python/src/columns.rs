//! Tables from what Python itself has: a dict of columns, or a list of rows, each a dict.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDate, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString};
use wpipe::Value;
use wpipe::data::table::{Date, Timestamp, Zone};
use wpipe::data::{Column, Table};

use crate::numbers::{items, told};

/// The largest whole number up to which every one has a float of its own.
const EXACT: i64 = 1 << 53;

/// Returns the table of these columns, each a sequence or an array.
pub(crate) fn of_dict(columns: &Bound<'_, PyDict>) -> Result<Value, String> {
    let py = columns.py();
    let mut laid_out = Vec::with_capacity(columns.len());
    for (name, values) in columns.iter() {
        let name: String = name.extract().map_err(|_| "the name of a column is no `str`".to_owned())?;
        let column = column(py, &values).map_err(|reason| format!("column `{name}`: {reason}"))?;
        laid_out.push((name, column));
    }
    let table = Table::from_columns(laid_out).map_err(|error| error.to_string())?;
    Value::new(&table)
}

/// Returns the columns of a list of dicts, each a row: a key that a row lacks is a missing value.
pub(crate) fn of_rows<'py>(object: &Bound<'py, PyAny>) -> Option<PyResult<Bound<'py, PyDict>>> {
    let rows = object.cast::<PyList>().ok()?;
    let rows: Vec<_> = rows.iter().map(|row| row.cast_into::<PyDict>().ok()).collect::<Option<_>>()?;
    Some(turned(object.py(), &rows))
}

fn turned<'py>(py: Python<'py>, rows: &[Bound<'py, PyDict>]) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    for name in rows.iter().flat_map(|row| row.keys().iter().collect::<Vec<_>>()) {
        if columns.contains(&name)? {
            continue;
        }
        let values = rows.iter().map(|row| row.get_item(&name)).collect::<PyResult<Vec<_>>>()?;
        columns.set_item(name, values)?;
    }
    Ok(columns)
}

fn column(py: Python<'_>, values: &Bound<'_, PyAny>) -> Result<Column, String> {
    let values = match values.call_method0("to_numpy") {
        Ok(array) => array,
        Err(_) => values.clone(),
    };
    if let Some(column) = of_array(&values) {
        return Ok(column);
    }
    if let Ok(dtype) = values.getattr("dtype") {
        // Its items are numbers of days or nanoseconds in Python, which would be taken for such.
        let kind = dtype.getattr("kind").and_then(|kind| kind.extract::<String>()).unwrap_or_default();
        if kind == "M" || kind == "m" {
            return Err("dates and times of NumPy have no zone and many units: give a DataFrame".to_owned());
        }
    }
    let values = values.call_method0("tolist").unwrap_or(values);
    let values = values.try_iter().map_err(|error| told(py, &error))?.collect::<PyResult<Vec<_>>>();
    of_values(&values.map_err(|error| told(py, &error))?)
}

/// Returns the column of an array of numbers: as it is, or in the smallest type of tables that has them all.
fn of_array(array: &Bound<'_, PyAny>) -> Option<Column> {
    fn widened<A: Copy, B: From<A>>(values: Vec<A>) -> Vec<B> {
        values.into_iter().map(B::from).collect()
    }
    items::<f64>(array)
        .map(Column::from)
        .or_else(|| items::<i64>(array).map(Column::from))
        .or_else(|| items::<i32>(array).map(Column::from))
        .or_else(|| items::<f32>(array).map(Column::from))
        .or_else(|| items::<u64>(array).map(Column::from))
        .or_else(|| items::<u32>(array).map(|values| widened::<_, i64>(values).into()))
        .or_else(|| items::<i16>(array).map(|values| widened::<_, i32>(values).into()))
        .or_else(|| items::<u16>(array).map(|values| widened::<_, i32>(values).into()))
        .or_else(|| items::<i8>(array).map(|values| widened::<_, i32>(values).into()))
        .or_else(|| {
            Some(())
                .filter(|()| !array.is_instance_of::<PyBytes>())
                .and_then(|()| items::<u8>(array))
                .map(|values| widened::<_, i32>(values).into())
        })
}

/// Returns the column of values that are all of one type, or missing.
fn of_values(values: &[Bound<'_, PyAny>]) -> Result<Column, String> {
    let there = || values.iter().filter(|value| !value.is_none());
    let all = |is: fn(&Bound<'_, PyAny>) -> bool| there().all(is);
    if values.is_empty() || there().next().is_none() {
        return Err("it has no value that says its type: give an array, or a DataFrame".to_owned());
    }
    let is_whole = |value: &Bound<'_, PyAny>| value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    if all(|value| value.is_instance_of::<PyBool>()) {
        return Ok(extracted::<bool>(values)?.into());
    }
    if there().all(is_whole) {
        return extracted::<i64>(values).map(Column::from).or_else(|_| extracted::<u64>(values).map(Column::from));
    }
    if there().all(|value| value.is_instance_of::<PyFloat>() || is_whole(value)) {
        let exact = |value: &Bound<'_, PyAny>| match value.extract::<i64>() {
            Ok(whole) => whole.abs() <= EXACT,
            Err(_) => value.is_instance_of::<PyFloat>(),
        };
        if let Some(value) = there().filter(|value| is_whole(value)).find(|value| !exact(value)) {
            return Err(format!("{value} among floats is more than a float holds exactly"));
        }
        return Ok(extracted::<f64>(values)?.into());
    }
    if all(|value| value.is_instance_of::<PyString>()) {
        return Ok(extracted::<String>(values)?.into());
    }
    if all(|value| value.is_instance_of::<PyBytes>()) {
        return Ok(Column::binary(extracted::<Vec<u8>>(values)?));
    }
    if all(|value| value.is_instance_of::<PyDateTime>()) {
        return times(values);
    }
    if all(|value| value.is_instance_of::<PyDate>() && !value.is_instance_of::<PyDateTime>()) {
        return dates(values);
    }
    let mut kinds: Vec<_> = there().filter_map(|value| Some(value.get_type().qualname().ok()?.to_string())).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Err(format!("its values are of types that no column holds: {}", kinds.join(", ")))
}

fn extracted<'py, T>(values: &[Bound<'py, PyAny>]) -> Result<Vec<Option<T>>, String>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    let extract = |value: &Bound<'py, PyAny>| match value.is_none() {
        true => Ok(None),
        false => value.extract::<T>().map(Some).map_err(|error| told(value.py(), &error.into())),
    };
    values.iter().map(extract).collect()
}

/// The days from the first of the first year to the first of 1970, as Python counts them.
const EPOCH: i64 = 719_163;

fn dates(values: &[Bound<'_, PyAny>]) -> Result<Column, String> {
    let days = |value: &Bound<'_, PyAny>| -> PyResult<Option<Date>> {
        if value.is_none() {
            return Ok(None);
        }
        let ordinal: i64 = value.call_method0("toordinal")?.extract()?;
        Ok(Some(Date((ordinal - EPOCH) as i32)))
    };
    let days: PyResult<Vec<_>> = values.iter().map(days).collect();
    days.map(Column::from).map_err(|error| error.to_string())
}

/// Returns times in microseconds, which is what Python counts: of no zone, or all of UTC.
fn times(values: &[Bound<'_, PyAny>]) -> Result<Column, String> {
    let has_zone =
        |value: &&Bound<'_, PyAny>| !value.is_none() && value.getattr("tzinfo").is_ok_and(|zone| !zone.is_none());
    let with_zone = values.iter().filter(has_zone).count();
    let there = values.iter().filter(|value| !value.is_none()).count();
    if with_zone != 0 && with_zone != there {
        return Err("some of its times have a zone and some have none".to_owned());
    }
    let micros = |value: &Bound<'_, PyAny>| -> PyResult<Option<Timestamp>> {
        if value.is_none() {
            return Ok(None);
        }
        let module = value.py().import("wpipe._frames")?;
        Ok(Some(Timestamp(module.call_method1("microseconds", (value,))?.extract()?)))
    };
    let micros: PyResult<Vec<_>> = values.iter().map(micros).collect();
    let column = Column::from(micros.map_err(|error| error.to_string())?);
    Ok(if with_zone == 0 { column } else { column.in_zone(Zone::UTC) })
}
