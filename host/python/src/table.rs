//! A table for Python: read in place by everything that speaks Arrow.

use arrow::array::RecordBatch;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};
use wpipe::{Table as Rows, Value};

use crate::capsule;
use crate::cells;

/// The rows that are shown of a table.
const SHOWN: usize = 10;

/// A table, in the memory that nodes read. `pyarrow.table(t)`, `polars.DataFrame(t)`, `pandas.DataFrame.from_arrow(t)` and
/// DuckDB take it by Arrow's PyCapsule interface, without copying a column.
#[pyclass(frozen, module = "wpipe")]
pub(crate) struct Table(pub(crate) Value);

#[pymethods]
impl Table {
    /// The names of the columns.
    #[getter]
    fn columns(&self) -> PyResult<Vec<String>> {
        Ok(self.view()?.columns().map(|column| column.name.to_owned()).collect())
    }

    /// The types of the columns, by name, as the manifest names them.
    #[getter]
    fn schema<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let schema = PyDict::new(py);
        for column in self.view()?.columns() {
            schema.set_item(column.name, column.kind.to_string())?;
        }
        Ok(schema)
    }

    /// The number of rows.
    #[getter]
    fn num_rows(&self) -> PyResult<usize> {
        Ok(self.view()?.rows())
    }

    /// The size in bytes.
    #[getter]
    fn nbytes(&self) -> usize {
        self.0.buffer().len()
    }

    fn __len__(&self) -> PyResult<usize> {
        self.num_rows()
    }

    /// Arrow's PyCapsule interface: the columns lie in this table's own pages.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A producer that cannot convert gives what it has; the consumer converts.
        drop(requested_schema);
        capsule::stream(py, self.batch()?)
    }

    /// Arrow's PyCapsule interface: the types of the columns.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsule::schema(py, &self.batch()?.schema())
    }

    /// Returns the values of a column as a list.
    fn __getitem__<'py>(&self, py: Python<'py>, column: &str) -> PyResult<Bound<'py, PyList>> {
        let batch = self.batch()?;
        let array = batch.column_by_name(column).ok_or_else(|| PyKeyError::new_err(column.to_owned()))?;
        cells::list(py, array)
    }

    /// Returns the columns as lists, by name. Values that Python has no exact form of are text.
    fn to_pydict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let batch = self.batch()?;
        let columns = PyDict::new(py);
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            columns.set_item(field.name(), cells::list(py, array)?)?;
        }
        Ok(columns)
    }

    /// Returns a DataFrame of pandas.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("wpipe._frames")?.call_method1("to_pandas", (slf,))
    }

    /// Returns a DataFrame of Polars.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("wpipe._frames")?.call_method1("to_polars", (slf,))
    }

    /// Returns a table of pyarrow.
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("wpipe._frames")?.call_method1("to_arrow", (slf,))
    }

    fn __repr__(&self) -> PyResult<String> {
        let view = self.view()?;
        let columns: Vec<_> = view.columns().map(|column| format!("{}: {}", column.name, column.kind)).collect();
        Ok(format!("<wpipe.Table of {} rows: {}>", view.rows(), columns.join(", ")))
    }

    /// The first rows, for notebooks.
    fn _repr_html_(&self) -> PyResult<String> {
        let batch = self.batch()?;
        let shown = batch.slice(0, batch.num_rows().min(SHOWN));
        let mut html = String::from("<table><thead><tr>");
        for field in shown.schema().fields() {
            html += &format!("<th>{}</th>", escaped(field.name()));
        }
        html += "</tr></thead><tbody>";
        let columns = shown.columns().iter().map(cells::texts).collect::<PyResult<Vec<_>>>()?;
        for row in 0..shown.num_rows() {
            html += "<tr>";
            for column in &columns {
                html += &format!("<td>{}</td>", escaped(column[row].as_deref().unwrap_or_default()));
            }
            html += "</tr>";
        }
        Ok(html + &format!("</tbody></table><p>{} rows × {} columns</p>", batch.num_rows(), batch.num_columns()))
    }
}

impl Table {
    fn view(&self) -> PyResult<Rows<'_>> {
        self.0.view::<Rows<'_>>().map_err(PyValueError::new_err)
    }

    fn batch(&self) -> PyResult<RecordBatch> {
        self.0.to_arrow().map_err(PyValueError::new_err)
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
