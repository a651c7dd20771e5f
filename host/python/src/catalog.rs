//! The datasets in storage.

use pyo3::prelude::*;
use pyo3::types::PyIterator;
use wpipe::{Load, Project, Values};

use crate::errors::raised;
use crate::host::host;
use crate::records;
use crate::table::Table;
use crate::taken::taken;
use crate::wait::wait;

/// The datasets that nodes name or the manifest lists.
#[pyclass(frozen, module = "wpipe")]
pub(crate) struct Catalog(Project);

impl Catalog {
    pub(crate) fn new(project: Project) -> Self {
        Self(project)
    }
}

#[pymethods]
impl Catalog {
    /// The names, sorted.
    #[getter]
    fn names(&self) -> Vec<String> {
        let graph = self.0.pipeline();
        let mut names: Vec<_> = graph.datasets().map(|dataset| dataset.name.clone()).collect();
        names.extend(graph.unused_datasets().into_iter().map(|entry| entry.name.clone()));
        names.sort_unstable();
        names
    }

    fn __len__(&self) -> usize {
        self.names().len()
    }

    fn __contains__(&self, name: &str) -> bool {
        self.names().iter().any(|known| known == name)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.names().into_pyobject(py)?.try_iter()
    }

    /// Loads a dataset from storage, as the nodes would get it.
    #[pyo3(signature = (name, *, version = None, partition = None))]
    fn load(
        &self,
        py: Python<'_>,
        name: &str,
        version: Option<String>,
        partition: Option<String>,
    ) -> PyResult<Py<PyAny>> {
        let host = host(py)?;
        let work = |_| -> Result<Values, wpipe::Error> {
            let mut what = Load::default();
            (what.version, what.partition) = (version, partition);
            if self.0.is_typed_by_nodes(name)? {
                what.schema = host.load_project(self.0.clone())?.type_of(name).cloned();
            }
            self.0.load(name, &what)
        };
        let (loaded, interrupt) = wait(py, work, |_, _| Ok(()), |_, _| {});
        interrupt.map_or(Ok(()), Err)?;
        taken(py, loaded.map_err(|error| raised(py, &error))?)
    }

    /// Returns the datasets with what there is of them in storage, as a table.
    fn describe(&self, py: Python<'_>) -> PyResult<Table> {
        let summaries = py.detach(|| self.0.datasets()).map_err(|error| raised(py, &error))?;
        records::summaries(py, &summaries)
    }

    fn __repr__(&self) -> String {
        format!("<wpipe.Catalog: {}>", self.names().join(", "))
    }
}
