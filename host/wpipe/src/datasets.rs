//! Opening the datasets that a pipeline reads and writes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use wpipe_buffer::Transports;
use wpipe_catalog::{DataError, Dataset, Location};
use wpipe_pipeline::{self as pipeline, DatasetSpec, Problem, Problems, Role, base_name};
use wpipe_runner::StorageRuntime;

use crate::{Error, Project};

/// Opens every stored dataset, by exact name; what is wrong with an entry becomes a problem.
pub(crate) fn open(
    project: &Project,
    transports: &Transports,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Dataset> {
    let mut opened = BTreeMap::new();
    for dataset in project.pipeline().datasets() {
        let Some(spec) = &dataset.spec else { continue };
        let Some(location) = location(spec) else { continue };
        let root = project.directory();
        match Dataset::open(&dataset.name, root, &spec.kind, &location, &spec.options, transports) {
            Ok(stored) => {
                opened.insert(dataset.name.clone(), stored);
            }
            Err(errors) => problems.extend(errors.into_iter().map(|error| {
                // What is wrong with the entry as a whole is wrong with its type.
                let key = error.key.as_deref().unwrap_or("type");
                project.pipeline().dataset_problem(&dataset.name, Some(key), error.message, error.help)
            })),
        }
    }
    problems.extend(unlisted_formats(project));
    opened
}

/// A dataset that is written in one format and read in another goes through storage, so both must be listed.
fn unlisted_formats(project: &Project) -> impl Iterator<Item = Problem> {
    let graph = project.pipeline();
    graph.datasets().filter_map(|dataset| {
        let listed = dataset.spec.as_ref().is_some_and(|spec| location(spec).is_some());
        if listed || dataset.role != Role::Intermediate || base_name(&dataset.name) == dataset.name {
            return None;
        }
        let name = &dataset.name;
        let message = format!("`{name}` is handed over through storage, and the catalog does not list it");
        let help = format!("add a `[datasets.\"{name}\"]` entry with the type and path of this format");
        Some(graph.dataset_problem(name, None, message, Some(help)))
    })
}

fn location(spec: &DatasetSpec) -> Option<Location> {
    match &spec.location {
        pipeline::Location::Path(path) => Some(Location::Path(path.clone())),
        pipeline::Location::Url(url) => Some(Location::Url(url.clone())),
        pipeline::Location::Memory => None,
    }
}

/// The stored datasets that nodes make and that are there, by exact name.
pub(crate) fn existing_outputs(project: &Project) -> Result<BTreeSet<String>, Error> {
    let mut problems = Vec::new();
    let opened = open(project, &Transports::detect(), &mut problems);
    Problems::check(project.name(), problems)?;
    let graph = project.pipeline();
    let mut storage = StorageRuntime::default();
    let mut there = BTreeSet::new();
    let mut problems = Vec::new();
    for dataset in graph.datasets().filter(|dataset| dataset.role != Role::FreeInput) {
        let Some(stored) = opened.get(&dataset.name) else { continue };
        match storage.wait(stored.exists()).map_err(no_runtime)? {
            Ok(true) => drop(there.insert(dataset.name.clone())),
            Ok(false) => {}
            Err(error) => problems.push(does_not_say(project, stored, &error)),
        }
    }
    Problems::check(project.name(), problems)?;
    Ok(there)
}

fn no_runtime(error: io::Error) -> Error {
    Error::Engine(format!("failed to start the storage runtime: {error}"))
}

fn does_not_say(project: &Project, dataset: &Dataset, error: &DataError) -> Problem {
    let message = format!("cannot tell whether `{}` exists: {error}", dataset.name());
    project.pipeline().dataset_problem(dataset.name(), Some("path"), message, error.help())
}

/// Problems for every stored free input that does not exist and is not given.
pub(crate) fn absent_inputs(
    project: &Project,
    opened: &BTreeMap<String, Dataset>,
    given: &BTreeSet<String>,
) -> Result<Vec<Problem>, Error> {
    let graph = project.pipeline();
    let free = graph.datasets().filter(|dataset| dataset.role == Role::FreeInput && !given.contains(&dataset.name));
    let stored: Vec<_> = free.filter_map(|dataset| opened.get(&dataset.name)).collect();
    let mut storage = StorageRuntime::default();
    let mut problems = Vec::new();
    for dataset in stored {
        let name = dataset.name();
        problems.push(match storage.wait(dataset.exists()).map_err(no_runtime)? {
            Ok(true) => continue,
            Ok(false) => {
                let message = format!("no node makes `{name}`, and `{}` does not exist", dataset.location());
                let help = "put the file there, or correct the path, which is relative to the manifest";
                graph.dataset_problem(name, Some("path"), message, Some(help.to_owned()))
            }
            Err(error) => does_not_say(project, dataset, &error),
        });
    }
    Ok(problems)
}
