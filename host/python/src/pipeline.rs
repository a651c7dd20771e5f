//! A pipeline: a manifest on disk, as Python sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyMapping;
use wpipe::build::Output;
use wpipe::pipeline::Role;
use wpipe::viz::Picture;
use wpipe::{Error, History, Overrides, PlanOptions, Project};

use crate::arguments::{self, Settings, runner, selection};
use crate::catalog::Catalog;
use crate::errors::{raised, wrong};
use crate::host::host;
use crate::overrides::overrides;
use crate::records;
use crate::result::Result;
use crate::run::run;
use crate::table::Table;
use crate::wait::wait;

/// A manifest and its graph.
#[pyclass(frozen, subclass, module = "wpipe._wpipe")]
pub(crate) struct Pipeline {
    path: String,
    overrides: Overrides,
    project: Project,
}

#[pymethods]
impl Pipeline {
    #[new]
    #[pyo3(signature = (path, *, env = None, params = None, store = None))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        env: Option<String>,
        params: Option<Bound<'_, PyMapping>>,
        store: Option<PathBuf>,
    ) -> PyResult<Self> {
        let overrides = overrides(env, params.as_ref(), store)?;
        let path = if path.is_dir() { path.join("pipeline.toml") } else { path };
        let project = Project::open_with(&path, &overrides).map_err(|error| raised(py, &error))?;
        Ok(Self { path: path.display().to_string(), overrides, project })
    }

    /// The name.
    #[getter]
    fn name(&self) -> &str {
        &self.project.pipeline().manifest().name
    }

    /// The manifest's path.
    #[getter]
    fn path(&self) -> &str {
        &self.path
    }

    /// The nodes, in the order of execution.
    #[getter]
    fn nodes(&self) -> Vec<&str> {
        self.project.pipeline().nodes().iter().map(|node| node.name.as_str()).collect()
    }

    /// The datasets that no node makes.
    #[getter]
    fn inputs(&self) -> Vec<String> {
        self.of_role(Role::FreeInput)
    }

    /// The datasets that nodes make and none reads.
    #[getter]
    fn outputs(&self) -> Vec<String> {
        self.of_role(Role::FinalOutput)
    }

    /// The datasets in storage.
    #[getter]
    fn catalog(&self) -> Catalog {
        Catalog::new(self.project.clone())
    }

    /// Compiles the node crates that are stale.
    fn build(&self, py: Python<'_>) -> PyResult<()> {
        let work = |_| self.project.build(Output::Capture, |_, _| {});
        let (built, interrupt) = wait(py, work, |_, _| Ok(()), |_, _| wpipe::build::stop());
        interrupt.map_or(Ok(()), Err)?;
        built.map_err(|error| raised(py, &error))
    }

    /// Checks everything that can be checked without running: components, types, and that every input is there, but for
    /// those that are `given`.
    #[pyo3(signature = (given = Vec::new()))]
    fn check(&self, py: Python<'_>, given: Vec<String>) -> PyResult<()> {
        let host = host(py)?;
        let given: BTreeSet<_> = given.into_iter().collect();
        let (checked, interrupt) = wait(py, |_| host.check(&self.project, &given), |_, _| Ok(()), |_, _| {});
        interrupt.map_or(Ok(()), Err)?;
        checked.map_err(|error| raised(py, &error))
    }

    /// Returns the nodes of a run in their order, as a table.
    #[pyo3(signature = (select = None))]
    fn plan(&self, py: Python<'_>, select: Option<Bound<'_, PyAny>>) -> PyResult<Table> {
        let project = self.selected(py, select.as_ref())?;
        records::nodes(py, &project.plan(&PlanOptions::default()))
    }

    /// Returns the datasets of a run, as a table: where they are, and how they get to their readers.
    #[pyo3(signature = (select = None))]
    fn datasets(&self, py: Python<'_>, select: Option<Bound<'_, PyAny>>) -> PyResult<Table> {
        let project = self.selected(py, select.as_ref())?;
        records::datasets(py, &project.plan(&PlanOptions::default()))
    }

    /// Returns the runs of this project as a table, the oldest first; or the nodes of the run of this name.
    #[pyo3(signature = (run = None))]
    fn history(&self, py: Python<'_>, run: Option<&str>) -> PyResult<Table> {
        let history = History::of(self.project.directory());
        let read = || -> std::result::Result<_, Error> {
            match run {
                Some(run) => Ok(records::Read::Nodes(Box::new(history.open(Some(run))?))),
                None => Ok(records::Read::Runs(history.all()?.0)),
            }
        };
        let read = py.detach(read).map_err(|error| raised(py, &error))?;
        records::history(py, &read)
    }

    /// Returns the picture of the graph, and of a run if it is named (`True`: the latest): `svg`, `mermaid`, `html` or
    /// `json`.
    #[pyo3(signature = (format = "svg", *, run = None))]
    fn graph(&self, py: Python<'_>, format: &str, run: Option<Bound<'_, PyAny>>) -> PyResult<String> {
        let picture = match arguments::resume(run.as_ref())? {
            None => Ok(Picture::of(&self.project)),
            Some(run) => Picture::of_run(&self.project, run.as_deref()),
        };
        let picture = picture.map_err(|error| raised(py, &error))?;
        match format {
            "svg" => Ok(picture.to_svg()),
            "mermaid" => Ok(picture.to_mermaid()),
            "html" => Ok(picture.to_html()),
            "json" => Ok(picture.to_json().to_string()),
            other => {
                let text = format!("there is no picture of the form `{other}`");
                Err(wrong(py, &text, Some("there is svg, mermaid, html and json")))
            }
        }
    }

    fn _repr_html_(&self) -> String {
        Picture::of(&self.project).to_svg()
    }

    fn __repr__(&self) -> String {
        format!("<wpipe.Pipeline {}: {} nodes of {}>", self.name(), self.project.pipeline().nodes().len(), self.path)
    }

    /// Runs it, or a part of it: see `Pipeline.run`, which says what happens meanwhile.
    #[expect(clippy::too_many_arguments, reason = "Python has named arguments")]
    #[pyo3(signature = (
        inputs = None, *, select = None, resume = None, incremental = false, only_missing_outputs = false,
        load_versions = None, workers = None, persist = None, keep_going = false, allow_incomplete = false,
        verify_round_trip = false, memory = None, node_memory = None, resources = None, journal = true,
        keep_outputs = true, build = true, on_line = None
    ))]
    fn _run(
        &self,
        py: Python<'_>,
        inputs: Option<Bound<'_, PyMapping>>,
        select: Option<Bound<'_, PyAny>>,
        resume: Option<Bound<'_, PyAny>>,
        incremental: bool,
        only_missing_outputs: bool,
        load_versions: Option<BTreeMap<String, String>>,
        workers: Option<usize>,
        persist: Option<&str>,
        keep_going: bool,
        allow_incomplete: bool,
        verify_round_trip: bool,
        memory: Option<u64>,
        node_memory: Option<u64>,
        resources: Option<BTreeMap<String, u64>>,
        journal: bool,
        keep_outputs: bool,
        build: bool,
        on_line: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Result> {
        let settings = Settings {
            selection: selection(py, select.as_ref())?,
            resume: arguments::resume(resume.as_ref())?,
            incremental,
            only_missing_outputs,
            load_versions: load_versions.unwrap_or_default(),
            runner: runner(py, workers)?,
            persist: arguments::persist(py, persist)?,
            keep_going,
            allow_incomplete,
            verify_round_trip,
            memory,
            node_memory,
            resources: resources.unwrap_or_default(),
            journal,
            keep_outputs,
            build,
        };
        settings.check(py)?;
        run(py, &self.path, &self.overrides, &settings, inputs.as_ref(), on_line.as_ref())
    }
}

impl Pipeline {
    fn of_role(&self, role: Role) -> Vec<String> {
        let datasets = self.project.pipeline().datasets().filter(|dataset| dataset.role == role);
        datasets.map(|dataset| dataset.name.clone()).collect()
    }

    fn selected(&self, py: Python<'_>, select: Option<&Bound<'_, PyAny>>) -> PyResult<Project> {
        match select {
            None => Ok(self.project.clone()),
            Some(_) => self.project.select(&selection(py, select)?).map_err(|error| raised(py, &error)),
        }
    }
}
