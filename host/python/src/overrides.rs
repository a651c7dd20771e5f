//! What a call lays over a manifest.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use toml::Value;
use wpipe::Overrides;

use crate::errors::wrong;

/// Returns the overrides of these arguments.
pub(crate) fn overrides(
    env: Option<String>,
    params: Option<&Bound<'_, PyMapping>>,
    store: Option<PathBuf>,
) -> PyResult<Overrides> {
    let mut flat = Vec::new();
    if let Some(params) = params {
        flatten(params, "", &mut flat)?;
    }
    Ok(Overrides { env, params: flat, store })
}

/// Adds the parameters of a mapping, each by its dotted path: a mapping within sets the keys that it has, and leaves others.
fn flatten(params: &Bound<'_, PyMapping>, before: &str, flat: &mut Vec<(String, String)>) -> PyResult<()> {
    for item in params.items()?.iter() {
        let (name, value): (String, Bound<'_, PyAny>) = item.extract()?;
        let path = if before.is_empty() { name } else { format!("{before}.{name}") };
        match value.cast::<PyDict>() {
            Ok(within) if !within.is_empty() => flatten(within.as_mapping(), &path, flat)?,
            _ => flat.push((path.clone(), toml_of(&path, &value)?.to_string())),
        }
    }
    Ok(())
}

/// Returns a value as TOML has it.
fn toml_of(path: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let py = value.py();
    if value.is_instance_of::<PyBool>() {
        return Ok(Value::Boolean(value.extract()?));
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(Value::Integer(value.extract()?));
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Value::Float(value.extract()?));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Value::String(value.extract()?));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?.map(|item| toml_of(path, &item?));
        return Ok(Value::Array(items.collect::<PyResult<_>>()?));
    }
    if let Ok(table) = value.cast::<PyDict>() {
        let entries = table.iter().map(|(key, value)| Ok((key.extract::<String>()?, toml_of(path, &value)?)));
        return Ok(Value::Table(entries.collect::<PyResult<_>>()?));
    }
    // A number of NumPy's is none of Python's.
    if let Ok(plain) = value.call_method0("item") {
        return toml_of(path, &plain);
    }
    let kind = value.get_type().qualname()?;
    let text = format!("the parameter `{path}` is a `{kind}`, which TOML has no form of");
    Err(wrong(py, &text, Some("give numbers, text, lists and dicts; leave out what has no value")))
}
