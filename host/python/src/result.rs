//! The result of a run.

use std::collections::BTreeMap;

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyTuple};
use wpipe::{RunResult, Values};

use crate::taken::taken;

/// The final outputs of a run, by name: a mapping.
#[pyclass(frozen, mapping, module = "wpipe")]
pub(crate) struct Result {
    outputs: BTreeMap<String, Values>,
    /// What the run did; `None` if there was nothing to run.
    #[pyo3(get)]
    report: Option<Report>,
}

/// What a run has done.
#[pyclass(frozen, get_all, from_py_object, module = "wpipe")]
#[derive(Clone)]
pub(crate) struct Report {
    /// The run's name, by which its journal is found.
    run: String,
    /// The nodes that completed, in that order.
    completed: Vec<String>,
    /// The number of nodes that were to run.
    total: usize,
    /// The datasets that are durable now.
    persisted: Vec<String>,
    /// The datasets that were made, have a place in storage, and are not there.
    unsaved: Vec<String>,
    /// The nodes that did not run because something that they need failed.
    skipped: Vec<String>,
    /// The duration in seconds.
    seconds: f64,
    /// Bytes that were copied out of Python's objects, each once.
    received: u64,
    /// Bytes that were copied between nodes.
    copied: u64,
    /// Bytes that nodes got mapped instead.
    mapped: u64,
    /// Bytes that nodes got moved instead.
    moved: u64,
}

impl Report {
    pub(crate) fn new(report: &wpipe::Report, received: u64) -> Self {
        Self {
            run: report.run.to_string(),
            completed: report.completed.clone(),
            total: report.total,
            persisted: report.persisted.clone(),
            unsaved: report.unsaved.clone(),
            skipped: report.skipped.clone(),
            seconds: report.duration.as_secs_f64(),
            received,
            copied: report.copied,
            mapped: report.mapped,
            moved: report.moved,
        }
    }
}

#[pymethods]
impl Report {
    fn __repr__(&self) -> String {
        let Self { run, completed, total, seconds, .. } = self;
        format!("<wpipe.Report of {run}: {} of {total} nodes in {seconds:.3} s>", completed.len())
    }
}

impl Result {
    /// Returns the result if there is nothing to do.
    pub(crate) fn nothing() -> Self {
        Self { outputs: BTreeMap::new(), report: None }
    }

    /// Returns the result of a run that completed; of no run if there was nothing to do.
    pub(crate) fn new(result: Option<&RunResult>, received: u64) -> std::result::Result<Self, wpipe::Error> {
        let Some(result) = result else { return Ok(Self::nothing()) };
        let names = result.report().outputs.keys();
        let outputs = names.map(|name| Ok((name.clone(), result.values(name)?)));
        let outputs = outputs.collect::<std::result::Result<_, wpipe::Error>>()?;
        Ok(Self { outputs, report: Some(Report::new(result.report(), received)) })
    }
}

#[pymethods]
impl Result {
    fn __getitem__(&self, py: Python<'_>, name: &str) -> PyResult<Py<PyAny>> {
        let Some(values) = self.outputs.get(name) else {
            let there: Vec<_> = self.outputs.keys().map(|name| format!("`{name}`")).collect();
            let there = if there.is_empty() { "nothing".to_owned() } else { there.join(", ") };
            return Err(PyKeyError::new_err(format!("`{name}` is no output that the run kept: there is {there}")));
        };
        taken(py, values.clone())
    }

    fn __len__(&self) -> usize {
        self.outputs.len()
    }

    fn __contains__(&self, name: &str) -> bool {
        self.outputs.contains_key(name)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.keys(py)?.try_iter()
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.outputs.keys())
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let objects = self.outputs.values().map(|values| taken(py, values.clone()));
        PyList::new(py, objects.collect::<PyResult<Vec<_>>>()?)
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let item = |(name, values): (&String, &Values)| (name, taken(py, values.clone())?).into_pyobject(py);
        self.outputs.iter().map(item).collect()
    }

    #[pyo3(signature = (name, default = None))]
    fn get(&self, py: Python<'_>, name: &str, default: Option<Py<PyAny>>) -> PyResult<Option<Py<PyAny>>> {
        self.outputs.get(name).map_or(Ok(default), |values| taken(py, values.clone()).map(Some))
    }

    fn __repr__(&self) -> String {
        let outputs: Vec<_> = self.outputs.keys().map(String::as_str).collect();
        format!("<wpipe.Result: {}>", outputs.join(", "))
    }
}
