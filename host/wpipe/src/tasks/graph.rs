//! The tasks of a project, with the command lines that run them.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use wpipe_pipeline::{GroupBy, Selection, TaskGraph, TaskOptions};

use super::error::TaskError;
use crate::{Error, Project};

/// What the command lines of tasks have in common.
///
/// The run and its store are not among it: engines name them by `WPIPE_RUN` and `WPIPE_RUN_STORE`.
#[derive(Debug, Clone, Default)]
pub struct TaskCommand {
    /// The manifest, as it is to be named.
    pub manifest: PathBuf,
    /// The part of it.
    pub selection: Selection,
    /// Flags that every task has as well, such as `--keep-going`.
    pub flags: Vec<String>,
}

impl Project {
    /// Returns the tasks of the project, for engines that run each in a process of its own.
    ///
    /// # Errors
    ///
    /// Fails if groups of nodes would wait for each other, or if several tasks would have to confirm one checkpoint.
    pub fn tasks(&self, options: &TaskOptions) -> Result<TaskGraph, Error> {
        let graph = self.pipeline().tasks(options).map_err(TaskError::from)?;
        self.check_checkpoints(&graph)?;
        Ok(graph)
    }

    /// Returns the tasks as [`tasks`](Self::tasks) does, each with its command line.
    ///
    /// # Errors
    ///
    /// Fails as [`tasks`](Self::tasks) does.
    pub fn tasks_with_commands(&self, options: &TaskOptions, command: &TaskCommand) -> Result<TaskGraph, Error> {
        let mut graph = self.tasks(options)?;
        let common = self.common(options, command);
        for task in &mut graph.tasks {
            task.command = common.clone();
            task.command.extend(["--task".to_owned(), task.id.clone()]);
        }
        Ok(graph)
    }

    fn common(&self, options: &TaskOptions, command: &TaskCommand) -> Vec<String> {
        let mut words = vec!["wpipe".to_owned(), "run".to_owned(), command.manifest.display().to_string()];
        let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
        if let Some(env) = self.env() {
            add("--env", env.to_owned());
        }
        // Values that may be secret are printed nowhere.
        for (path, value) in self.given_params() {
            if let Some(value) = value {
                add("--params", format!("{path}={value}"));
            }
        }
        let filters =
            command.selection.filters().into_iter().chain([("--exclude", command.selection.exclude.as_slice())]);
        for (flag, items) in filters.filter(|(_, items)| !items.is_empty()) {
            add(flag, items.join(","));
        }
        if options.group_by != GroupBy::default() {
            add("--group-by", options.group_by.to_string());
        }
        if let Some(slices) = options.slices.map(NonZeroUsize::get) {
            add("--slices", slices.to_string());
        }
        words.push("--no-build".to_owned());
        words.extend(command.flags.iter().cloned());
        words
    }

    /// Fails if several tasks read a set whose checkpoint is confirmed when all its readers have ended.
    fn check_checkpoints(&self, graph: &TaskGraph) -> Result<(), TaskError> {
        let has_checkpoint = |dataset: &&wpipe_pipeline::Dataset| {
            let of = dataset.spec.as_ref().and_then(|spec| spec.partitioned.as_ref());
            of.is_some_and(|of| of.checkpoint.is_some()) && dataset.producer.is_none()
        };
        for dataset in self.pipeline().datasets().filter(has_checkpoint) {
            let reads = |nodes: &[String]| nodes.iter().any(|node| dataset.consumers.contains(node));
            // All pieces of a multipipeline count as one: its barrier confirms.
            let readers = graph.tasks.iter().filter(|task| reads(&task.nodes));
            let mut tasks: Vec<_> =
                readers.map(|task| task.multipipeline.as_ref().unwrap_or(&task.id).clone()).collect();
            tasks.dedup();
            if tasks.len() > 1 {
                return Err(TaskError::Checkpoint { dataset: dataset.name.clone(), tasks });
            }
        }
        Ok(())
    }
}
