//! The arguments of a run.

use std::collections::BTreeMap;
use std::num::NonZero;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyMapping, PyString};
use wpipe::{Persist, Run, Runner, Selection};

use crate::errors::wrong;

/// How a run is to go.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) selection: Selection,
    /// The run that is resumed, by its name; `Some(None)` for the latest.
    pub(crate) resume: Option<Option<String>>,
    pub(crate) incremental: bool,
    pub(crate) only_missing_outputs: bool,
    pub(crate) load_versions: BTreeMap<String, String>,
    pub(crate) runner: Runner,
    pub(crate) persist: Persist,
    pub(crate) keep_going: bool,
    pub(crate) allow_incomplete: bool,
    pub(crate) verify_round_trip: bool,
    pub(crate) memory: Option<u64>,
    pub(crate) node_memory: Option<u64>,
    pub(crate) resources: BTreeMap<String, u64>,
    pub(crate) journal: bool,
    pub(crate) keep_outputs: bool,
    pub(crate) build: bool,
}

impl Settings {
    /// Refuses what contradicts itself.
    pub(crate) fn check(&self, py: Python<'_>) -> PyResult<()> {
        let selects = !self.selection.is_everything() || self.incremental || self.only_missing_outputs;
        match self.resume {
            Some(_) if selects => Err(wrong(py, "`resume` takes what an earlier run has left: it cannot select", None)),
            _ => Ok(()),
        }
    }

    /// Returns a run with these settings, besides those that the session has.
    pub(crate) fn set_up<'r>(&self, run: Run<'r>) -> Run<'r> {
        let mut run = run
            .persist(self.persist)
            .keep_going(self.keep_going)
            .allow_incomplete(self.allow_incomplete)
            .verify_round_trip(self.verify_round_trip)
            .keep_outputs(self.keep_outputs);
        if let Some(bytes) = self.memory {
            run = run.memory(bytes);
        }
        if let Some(bytes) = self.node_memory {
            run = run.node_memory(bytes);
        }
        self.resources.iter().fold(run, |run, (name, amount)| run.resource(name, *amount))
    }
}

/// Returns the selection of an argument: nodes as `--nodes` takes them, a list of them, or a dict of the flags' names.
pub(crate) fn selection(py: Python<'_>, select: Option<&Bound<'_, PyAny>>) -> PyResult<Selection> {
    let mut selection = Selection::default();
    let Some(select) = select else { return Ok(selection) };
    let Ok(flags) = select.cast::<PyMapping>() else {
        selection.nodes = names(select)?;
        return Ok(selection);
    };
    for item in flags.items()?.iter() {
        let (flag, value): (String, Bound<'_, PyAny>) = item.extract()?;
        let list = match flag.as_str() {
            "nodes" => &mut selection.nodes,
            "from_nodes" => &mut selection.from_nodes,
            "to_nodes" => &mut selection.to_nodes,
            "from_inputs" => &mut selection.from_inputs,
            "to_outputs" => &mut selection.to_outputs,
            "tags" => &mut selection.tags,
            "namespaces" => &mut selection.namespaces,
            "exclude" => &mut selection.exclude,
            other => {
                const FLAGS: &str = "nodes, from_nodes, to_nodes, from_inputs, to_outputs, tags, namespaces, exclude";
                let text = format!("nodes cannot be selected by `{other}`");
                return Err(wrong(py, &text, Some(&format!("there is {FLAGS}"))));
            }
        };
        *list = names(&value)?;
    }
    Ok(selection)
}

/// Returns the names of a list, or of a text with commas between them.
fn names(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?.split(',').map(|name| name.trim().to_owned()).collect()),
        Err(_) => value.try_iter()?.map(|name| name?.extract()).collect(),
    }
}

/// Returns the run to resume: `True` is the latest, a text names one.
pub(crate) fn resume(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Option<String>>> {
    let Some(value) = value else { return Ok(None) };
    match value.cast::<PyBool>() {
        Ok(latest) => Ok(latest.is_true().then_some(None)),
        Err(_) => Ok(Some(Some(value.extract()?))),
    }
}

/// Returns the runner with this many workers: with one, nodes run one after the other.
pub(crate) fn runner(py: Python<'_>, workers: Option<usize>) -> PyResult<Runner> {
    match workers.map(NonZero::new) {
        None => Ok(Runner::default()),
        Some(Some(NonZero::<usize>::MIN)) => Ok(Runner::Sequential),
        Some(Some(workers)) => Ok(Runner::Parallel { workers }),
        Some(None) => Err(wrong(py, "nothing runs with 0 workers", None)),
    }
}

/// Returns the way of datasets to storage.
pub(crate) fn persist(py: Python<'_>, name: Option<&str>) -> PyResult<Persist> {
    let Some(name) = name else { return Ok(Persist::default()) };
    name.parse().map_err(|reason: String| wrong(py, &reason, None))
}
