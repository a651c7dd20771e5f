//! From the values of datasets to Python's objects: in place, but for text and single numbers, which are Python's own.

use std::borrow::Borrow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wpipe::data::rkyv::string::ArchivedString;
use wpipe::data::rkyv::vec::ArchivedVec;
use wpipe::{Table as Rows, Value, Values};

use crate::array::{Array, Buffer};
use crate::table::Table;

/// Returns the object for a dataset: of partitions a dict, by their ids.
pub(crate) fn taken(py: Python<'_>, values: Values) -> PyResult<Py<PyAny>> {
    match values {
        Values::Whole(value) => object(py, value),
        Values::Partitions(partitions) => {
            let objects = PyDict::new(py);
            for (id, value) in partitions {
                objects.set_item(id, object(py, value)?)?;
            }
            Ok(objects.into_any().unbind())
        }
    }
}

fn object(py: Python<'_>, value: Value) -> PyResult<Py<PyAny>> {
    if value.is::<Rows<'_>>() {
        return Ok(Py::new(py, Table(value))?.into_any());
    }
    if let Some(array) = Array::of(&value) {
        return Ok(Py::new(py, array.map_err(PyValueError::new_err)?)?.into_any());
    }
    if value.is::<str>() {
        let text = value.view::<str>().map_err(PyValueError::new_err)?;
        return Ok(text.into_pyobject(py)?.into_any().unbind());
    }
    macro_rules! scalars {
        ($($native:ty),*) => {$(
            if value.is::<$native>() {
                let number = value.view::<$native>().map_err(PyValueError::new_err)?;
                let number: $native = *Borrow::<$native>::borrow(&number);
                return Ok(number.into_pyobject(py)?.to_owned().into_any().unbind());
            }
        )*};
    }
    scalars!(f64, f32, i64, i32, i16, i8, u64, u32, u16, bool);
    if value.is::<ArchivedVec<ArchivedString>>() {
        let texts = value.view::<ArchivedVec<ArchivedString>>().map_err(PyValueError::new_err)?;
        let texts: Vec<&str> = texts.iter().map(ArchivedString::as_str).collect();
        return Ok(texts.into_pyobject(py)?.into_any().unbind());
    }
    if value.is::<ArchivedVec<bool>>() {
        let answers = value.view::<ArchivedVec<bool>>().map_err(PyValueError::new_err)?.as_slice().to_vec();
        return Ok(answers.into_pyobject(py)?.into_any().unbind());
    }
    Ok(Py::new(py, Buffer::new(value))?.into_any())
}
