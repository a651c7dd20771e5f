//! Plans, catalogs and histories as tables.

use std::time::{SystemTime, UNIX_EPOCH};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wpipe::data::table::Timestamp;
use wpipe::data::{Column, Zone};
use wpipe::pipeline::Role;
use wpipe::{DatasetState, DatasetSummary, Plan, RunRecord, Table as Rows, Value};

use crate::table::Table;

/// What is read of a history.
pub(crate) enum Read {
    Runs(Vec<RunRecord>),
    Nodes(Box<RunRecord>),
}

fn table<const N: usize>(py: Python<'_>, columns: [(&str, Column); N]) -> PyResult<Table> {
    let laid_out = || Value::new(&Rows::from_columns(columns).map_err(|error| error.to_string())?);
    Ok(Table(py.detach(laid_out).map_err(PyValueError::new_err)?))
}

/// Returns a column of one text for each item.
fn texts<T>(items: &[T], text: impl Fn(&T) -> String) -> Column {
    items.iter().map(text).collect::<Vec<_>>().into()
}

/// Returns a column of one text for each item that has one.
fn texts_if<T>(items: &[T], text: impl Fn(&T) -> Option<String>) -> Column {
    items.iter().map(text).collect::<Vec<_>>().into()
}

/// Returns a column of a list of texts for each item.
fn lists<T>(items: &[T], list: impl Fn(&T) -> Vec<String>) -> Column {
    let lists: Vec<Vec<String>> = items.iter().map(list).collect();
    let lengths = lists.iter().map(|list| Some(list.len())).collect();
    Column::lists(lists.into_iter().flatten().collect::<Vec<_>>().into(), lengths)
}

fn counts<T>(items: &[T], count: impl Fn(&T) -> usize) -> Column {
    items.iter().map(|item| count(item) as i64).collect::<Vec<_>>().into()
}

/// Returns the nodes of a plan, in the order of execution.
pub(crate) fn nodes(py: Python<'_>, plan: &Plan) -> PyResult<Table> {
    let nodes = plan.nodes.as_slice();
    table(
        py,
        [
            ("node", texts(nodes, |node| node.name.clone())),
            ("level", counts(nodes, |node| node.level)),
            ("component", texts(nodes, |node| node.component.clone())),
            ("function", texts(nodes, |node| node.function.clone())),
            ("reads", lists(nodes, |node| node.inputs.clone())),
            ("writes", lists(nodes, |node| node.outputs.clone())),
            ("tags", lists(nodes, |node| node.tags.iter().cloned().collect())),
            ("namespace", texts_if(nodes, |node| node.namespace.clone())),
            ("multipipeline", texts_if(nodes, |node| node.multipipeline.clone())),
        ],
    )
}

fn role(role: Role) -> String {
    let name = match role {
        Role::FreeInput => "free input",
        Role::Intermediate => "intermediate",
        Role::FinalOutput => "final output",
    };
    name.to_owned()
}

/// Returns the datasets of a plan, by name.
pub(crate) fn datasets(py: Python<'_>, plan: &Plan) -> PyResult<Table> {
    let all = plan.datasets.as_slice();
    table(
        py,
        [
            ("dataset", texts(all, |of| of.dataset.name.clone())),
            ("role", texts(all, |of| role(of.dataset.role))),
            ("type", texts(all, |of| of.dataset.kind.clone())),
            ("partitioned", all.iter().map(|of| of.partitioned).collect::<Vec<_>>().into()),
            ("location", texts_if(all, |of| of.dataset.location.clone())),
            ("made_by", texts_if(all, |of| of.dataset.producer.clone())),
            ("read_by", lists(all, |of| of.dataset.consumers.clone())),
            ("saved", texts_if(all, |of| of.saved.clone())),
        ],
    )
}

/// Returns what there is of datasets in storage.
pub(crate) fn summaries(py: Python<'_>, all: &[DatasetSummary]) -> PyResult<Table> {
    let bytes = |of: &DatasetSummary| match &of.state {
        DatasetState::Present { bytes } | DatasetState::Incomplete { bytes, .. } => i64::try_from(*bytes).ok(),
        _ => None,
    };
    let state = |of: &DatasetSummary| {
        let name = match &of.state {
            DatasetState::InMemory => "in memory",
            DatasetState::Absent => "absent",
            DatasetState::Unfinished => "unfinished",
            DatasetState::Incomplete { .. } => "incomplete",
            DatasetState::Present { .. } => "present",
            _ => "unknown",
        };
        name.to_owned()
    };
    table(
        py,
        [
            ("dataset", texts(all, |of| of.name.clone())),
            ("role", texts_if(all, |of| of.role.map(role))),
            ("type", texts(all, |of| of.kind.clone())),
            ("location", texts_if(all, |of| of.location.clone())),
            ("partitioned", all.iter().map(|of| of.is_partitioned).collect::<Vec<_>>().into()),
            ("versioned", all.iter().map(|of| of.is_versioned).collect::<Vec<_>>().into()),
            ("state", texts(all, state)),
            ("bytes", all.iter().map(bytes).collect::<Vec<_>>().into()),
        ],
    )
}

/// Returns runs, the oldest first, or the nodes of one.
pub(crate) fn history(py: Python<'_>, read: &Read) -> PyResult<Table> {
    match read {
        Read::Runs(runs) => table(
            py,
            [
                ("run", texts(runs, |run| run.description.id.clone())),
                ("pipeline", texts(runs, |run| run.description.pipeline.clone())),
                ("state", texts(runs, |run| run.state.to_string())),
                (
                    "started",
                    Column::from(runs.iter().map(|run| micros(run.started?)).collect::<Vec<_>>()).in_zone(Zone::UTC),
                ),
                ("seconds", runs.iter().map(|run| run.seconds).collect::<Vec<_>>().into()),
                ("completed", counts(runs, |run| run.completed().count())),
                ("nodes", counts(runs, |run| run.description.nodes.len())),
                ("persisted", lists(runs, |run| run.persisted.clone())),
                ("errors", lists(runs, |run| run.errors.clone())),
                ("env", texts_if(runs, |run| run.description.env.clone())),
            ],
        ),
        Read::Nodes(run) => {
            let nodes: Vec<_> = run.nodes.iter().collect();
            let bytes = |at: usize| -> Column {
                nodes.iter().map(|(_, node)| node.copied_mapped_moved[at]).collect::<Vec<u64>>().into()
            };
            table(
                py,
                [
                    ("node", texts(&nodes, |(name, _)| (*name).clone())),
                    ("seconds", nodes.iter().map(|(_, node)| node.seconds).collect::<Vec<_>>().into()),
                    ("copied", bytes(0)),
                    ("mapped", bytes(1)),
                    ("moved", bytes(2)),
                    ("attempt", counts(&nodes, |(_, node)| node.attempt as usize)),
                    ("error", texts_if(&nodes, |(_, node)| node.error.clone())),
                ],
            )
        }
    }
}

/// Returns a time in microseconds since 1970.
fn micros(time: SystemTime) -> Option<Timestamp> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp)
}
