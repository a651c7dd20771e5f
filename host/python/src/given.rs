//! From Python's objects to the values of datasets, by the types that the nodes expect.

use std::collections::BTreeMap;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::FromPyArrow;
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString};
use wpipe::pipeline::Role;
use wpipe::{InputError, Pipeline, Produce, SchemaId, Table as Rows, Value, Values, View};

use crate::array::{Array, Buffer};
use crate::columns;
use crate::errors::{raised, unfit};
use crate::numbers::{numbers, raw, told};
use crate::table::Table;

/// The values for a run's inputs.
pub(crate) struct Given {
    /// The values, by dataset.
    pub(crate) values: BTreeMap<String, Values>,
    /// The bytes that were copied out of Python's objects.
    pub(crate) received: u64,
}

/// Returns the values of `inputs` for the free inputs of a pipeline.
pub(crate) fn given(pipeline: &Pipeline, inputs: Option<&Bound<'_, PyMapping>>) -> PyResult<Given> {
    let mut given = Given { values: BTreeMap::new(), received: 0 };
    let Some(inputs) = inputs else { return Ok(given) };
    for item in inputs.items()?.iter() {
        let (name, object): (String, Bound<'_, PyAny>) = item.extract()?;
        let values = given.values_of(pipeline, &name, &object)?;
        given.values.insert(name, values);
    }
    Ok(given)
}

/// Returns any object that is a table as one: a DataFrame, a dict of columns, a list of rows.
#[pyfunction]
pub(crate) fn table(data: &Bound<'_, PyAny>) -> PyResult<Table> {
    if let Ok(table) = data.extract::<PyRef<'_, Table>>() {
        return Ok(Table(table.0.clone()));
    }
    let laid_out = table_of(data)?;
    Ok(Table(laid_out.map_err(|reason| unfit(data.py(), "table", reason))?))
}

impl Given {
    fn values_of(&mut self, pipeline: &Pipeline, name: &str, object: &Bound<'_, PyAny>) -> PyResult<Values> {
        let py = object.py();
        let graph = pipeline.project().pipeline();
        let dataset = graph.dataset(name).filter(|dataset| dataset.role == Role::FreeInput);
        let (Some(dataset), Some(schema)) = (dataset, pipeline.type_of(name)) else {
            let pipeline = graph.manifest().name.clone();
            return Err(raised(py, &InputError::Unknown { dataset: name.to_owned(), pipeline }.into()));
        };
        if !dataset.is_partitioned {
            return Ok(Values::Whole(self.value(name, object, schema)?));
        }
        let Ok(partitions) = object.cast::<PyMapping>() else {
            let reason = "it is partitioned: give a mapping, with the content of each partition under its id";
            return Err(unfit(py, name, reason));
        };
        let mut values = BTreeMap::new();
        for item in partitions.items()?.iter() {
            let (id, object): (String, Bound<'_, PyAny>) = item.extract()?;
            let value = self.value(&format!("{name}[{id}]"), &object, schema)?;
            values.insert(id, value);
        }
        Ok(Values::Partitions(values))
    }

    /// Returns the value of an object. What a run has returned is handed over; of others, the bytes are counted.
    fn value(&mut self, name: &str, object: &Bound<'_, PyAny>, schema: &SchemaId) -> PyResult<Value> {
        if let Some(value) = own(object) {
            return Ok(value);
        }
        let value = of_type(object, schema)?.map_err(|reason| unfit(object.py(), name, reason))?;
        self.received += value.buffer().len() as u64;
        Ok(value)
    }
}

/// Returns the value that an object of this package has.
fn own(object: &Bound<'_, PyAny>) -> Option<Value> {
    if let Ok(table) = object.cast::<Table>() {
        return Some(table.get().0.clone());
    }
    if let Ok(array) = object.cast::<Array>() {
        return Some(array.get().value().clone());
    }
    object.cast::<Buffer>().ok().map(|buffer| buffer.get().value().clone())
}

fn is<V: View + ?Sized>(schema: &SchemaId) -> bool {
    schema.name == V::NAME && schema.fingerprint == V::FINGERPRINT
}

/// Returns the value of an object for a dataset of this type, or the reason why it has none. Exceptions of the object's own
/// library go through.
fn of_type(object: &Bound<'_, PyAny>, schema: &SchemaId) -> PyResult<Result<Value, String>> {
    if is::<Rows<'_>>(schema) {
        return table_of(object);
    }
    macro_rules! number {
        ($($number:ty: $dtype:literal),*) => {$(
            if is::<$number>(schema) {
                return Ok(scalar::<$number>(object, $dtype));
            }
            if is::<[$number]>(schema) {
                return Ok(numbers::<$number>(object, $dtype));
            }
        )*};
    }
    number!(f64: "float64", f32: "float32", i64: "int64", i32: "int32", i16: "int16", i8: "int8");
    number!(u64: "uint64", u32: "uint32", u16: "uint16");
    if is::<[u8]>(schema) {
        return Ok(raw(object));
    }
    if is::<str>(schema) {
        return Ok(match object.cast::<PyString>() {
            Ok(text) => text.to_str().map_err(|error| told(object.py(), &error)).and_then(Value::new),
            Err(_) => Err(expected(object, "a `str`")),
        });
    }
    match schema.name.as_str() {
        "bool" => Ok(scalar::<bool>(object, "bool")),
        "vec<bool>" => Ok(scalar::<Vec<bool>>(object, "list of bool")),
        "vec<text>" => Ok(scalar::<Vec<String>>(object, "list of str")),
        other => Ok(Err(format!(
            "it is of the type `{other}` of its nodes, which Python cannot make: give what a run has returned"
        ))),
    }
}

fn scalar<'py, T>(object: &Bound<'py, PyAny>, what: &str) -> Result<Value, String>
where
    T: Produce + FromPyObjectOwned<'py>,
{
    let py = object.py();
    let extracted: PyResult<T> = object.extract().map_err(Into::into);
    let value = extracted.map_err(|error| {
        let is_too_large = error.is_instance_of::<PyOverflowError>(py);
        if is_too_large { told(py, &error) } else { expected(object, &format!("a `{what}`")) }
    })?;
    Value::new(&value)
}

/// Says what an object is, and what is expected.
fn expected(object: &Bound<'_, PyAny>, what: &str) -> String {
    let kind = object.get_type().qualname().map_or_else(|_| "unknown".to_owned(), |name| name.to_string());
    format!("it is a `{kind}`, and {what} is expected")
}

/// Returns the table of an object.
fn table_of(object: &Bound<'_, PyAny>) -> PyResult<Result<Value, String>> {
    let py = object.py();
    if object.hasattr("__arrow_c_stream__")? {
        let reader = RecordBatchStreamReader::from_pyarrow_bound(object)?;
        return Ok(py.detach(|| {
            let schema = reader.schema();
            let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
            Value::from_arrow(&schema, batches)
        }));
    }
    if object.hasattr("__arrow_c_array__")? {
        let batch = RecordBatch::from_pyarrow_bound(object)?;
        return Ok(py.detach(|| Value::from_arrow(&batch.schema(), vec![batch])));
    }
    if let Ok(columns) = object.cast::<PyDict>() {
        return Ok(columns::of_dict(columns));
    }
    if let Some(columns) = columns::of_rows(object) {
        return Ok(columns::of_dict(&columns?));
    }
    Ok(Err(expected(
        object,
        "a table (a DataFrame of pandas or Polars, a table of pyarrow or DuckDB, a dict of columns, a list of dicts)",
    )))
}
