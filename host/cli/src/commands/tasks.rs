//! `wpipe tasks`

use std::process::ExitCode;

use wpipe::pipeline::{GraphTask, TaskGraph, TaskKind};
use wpipe::{TaskCommand, pipeline};

use super::select::select;
use crate::arguments::{Format, TasksArguments};
use crate::error::Error;
use crate::terminal::{or_nothing, say, say_json, table};

pub(crate) fn tasks(arguments: &TasksArguments) -> Result<ExitCode, Error> {
    let selection = &arguments.selection;
    if selection.incremental || selection.only_missing_outputs {
        let flag = if selection.incremental { "--incremental" } else { "--only-missing-outputs" };
        return Err(Error::Arguments(format!(
            "`{flag}` is for a run on one machine: what is there when the tasks are printed may not be there when they run"
        )));
    }
    let project = arguments.manifest.open()?;
    let Some(project) = select(project, selection)? else { return Ok(ExitCode::SUCCESS) };
    let command = TaskCommand {
        manifest: arguments.manifest.manifest.clone(),
        selection: selection.selection(),
        flags: arguments.flags.clone(),
    };
    let graph = project.tasks_with_commands(&arguments.grouping.options(), &command)?;
    match arguments.format {
        Format::Text => say(&text(&graph)),
        Format::Json => {
            say_json(serde_json::to_string(&graph).expect("a task graph has string keys and finite numbers"))
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn text(graph: &TaskGraph) -> String {
    let tasks = graph.tasks.iter().map(|task: &GraphTask| {
        let kind = match task.kind {
            TaskKind::Nodes => "nodes",
            TaskKind::Slicer => "slicer",
            TaskKind::Slice => "slice",
            TaskKind::Barrier => "barrier",
        };
        [task.id.clone(), kind.to_owned(), or_nothing(&task.needs.join(", ")), task.nodes.join(", ")]
    });
    let datasets = graph.datasets.iter().map(|of: &pipeline::Crossing| {
        let place = if of.in_run_store { "run store" } else { "manifest" };
        [of.dataset.clone(), of.made_by.clone(), of.read_by.join(", "), place.to_owned(), of.location.clone()]
    });
    let tasks = table(["task", "kind", "waits for", "nodes"], tasks);
    if graph.datasets.is_empty() {
        return tasks.trim_end().to_owned();
    }
    format!("{tasks}\n{}", table(["dataset", "made by", "read by", "placed by", "location"], datasets).trim_end())
}
