//! Opening the datasets that a pipeline reads and writes.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_buffer::Transports;
use wpipe_catalog::{
    Catalog, DataError, Dataset, Delay, Entry, Listing, Location, Partitioned, StoreConfig, StoredDataset,
};
use wpipe_pipeline::{self as pipeline, DatasetSpec, DelaySpec, Problem, Problems, Role, Secret, StoreSpec};
use wpipe_runner::StorageRuntime;

use crate::place_key::place_key;
use crate::shared::scope;
use crate::storage::{self, Found, found};
use crate::{Error, Project, left_out, natures, own_files, places};

/// Opens every stored dataset, by exact name; an error in an entry or a store becomes a problem.
pub(crate) fn open(
    project: &Project,
    transports: &Transports,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, StoredDataset> {
    let graph = project.pipeline();
    let catalog = catalog(project, transports, problems);
    let datasets = graph.datasets().filter_map(|dataset| {
        let spec = dataset.spec.as_ref()?;
        Some((dataset.name.clone(), open_one(graph, &catalog, spec, dataset.is_partitioned, problems)?))
    });
    let opened = datasets.collect();
    problems.extend(unused_options(graph, &catalog));
    problems.extend(own_files::overwritten(project, &opened));
    problems.extend(places::overlapping(project, &opened));
    problems.extend(natures::unusable(project, &opened));
    problems.extend(unlisted_formats(project));
    opened
}

/// Returns problems of the options of entries that no node names. Their places do not matter.
fn unused_options(graph: &pipeline::Pipeline, catalog: &Catalog) -> Vec<Problem> {
    let mut problems = Vec::new();
    for spec in graph.unused_datasets() {
        let Some(entry) = entry(&spec.name, spec) else { continue };
        let is_partitioned = entry.partitioned.is_some();
        let errors = if is_partitioned { catalog.open_set(&entry).err() } else { catalog.open(&entry).err() };
        let is_of_place = |key: &str| matches!(key, "url" | "path" | "store" | "connection" | "checkpoint");
        let errors = errors.into_iter().flatten().filter(|error| !error.key.as_deref().is_some_and(is_of_place));
        problems.extend(errors.map(|error| {
            let key = error.key.as_deref().unwrap_or("type");
            graph.dataset_problem(&spec.name, Some(key), error.message, error.help)
        }));
    }
    problems
}

/// Returns the stores that datasets are in; an error in one becomes a problem.
pub(crate) fn catalog(project: &Project, transports: &Transports, problems: &mut Vec<Problem>) -> Catalog {
    let graph = project.pipeline();
    let mut catalog = Catalog::new(project.directory(), transports).for_consumer(scope(project));
    for (name, spec) in &graph.manifest().stores {
        if let Err(errors) = catalog.add_store(name, &store_config(spec)) {
            problems.extend(
                errors
                    .into_iter()
                    .map(|error| graph.store_problem(name, error.key.as_deref(), error.message, error.help)),
            );
        }
    }
    catalog
}

/// Opens the dataset of an entry; `None` if that is wrong, which becomes a problem, or in memory.
pub(crate) fn open_one(
    graph: &pipeline::Pipeline,
    catalog: &Catalog,
    spec: &DatasetSpec,
    is_partitioned: bool,
    problems: &mut Vec<Problem>,
) -> Option<StoredDataset> {
    let mut entry = entry(&spec.name, spec)?;
    let stored = if is_partitioned {
        entry.partitioned.get_or_insert_default();
        catalog.open_set(&entry).map(StoredDataset::Set)
    } else {
        catalog.open(&entry).map(StoredDataset::Whole)
    };
    match stored {
        Ok(stored) => Some(stored),
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| {
                // An error of the entry as a whole is an error of its type.
                let key = error.key.as_deref().unwrap_or("type");
                graph.dataset_problem(&spec.name, Some(key), error.message, error.help)
            }));
            None
        }
    }
}

/// Returns the catalog's form of an entry; `None` for memory.
fn entry(name: &str, spec: &DatasetSpec) -> Option<Entry> {
    Some(Entry {
        options: spec.options.clone(),
        versioned: spec.versioned,
        partitioned: spec.partitioned.as_ref().map(|of| Partitioned {
            suffix: of.suffix.clone(),
            prune: of.prune,
            checkpoint: of.checkpoint.clone(),
            hidden: of.hidden,
            glob: of.glob.clone(),
            exclude: of.exclude.clone(),
        }),
        follow_links: spec.follow_links,
        delay: spec.delay.map(delay).unwrap_or_default(),
        ..Entry::new(name, &spec.kind, location(spec)?)
    })
}

fn delay(spec: DelaySpec) -> Delay {
    Delay {
        load: spec.load.unwrap_or_default(),
        save: spec.save.unwrap_or_default(),
        latency: spec.latency.unwrap_or_default(),
        bandwidth: spec.bandwidth,
        fail_rate: spec.fail_rate.unwrap_or_default(),
        seed: spec.seed.unwrap_or_default(),
    }
}

fn store_config(spec: &StoreSpec) -> StoreConfig {
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.as_str().to_owned());
    StoreConfig {
        url: spec.url.clone(),
        endpoint: spec.endpoint.clone(),
        region: spec.region.clone(),
        access_key_id: secret(&spec.access_key_id),
        secret_access_key: secret(&spec.secret_access_key),
        session_token: secret(&spec.session_token),
        allow_http: spec.allow_http,
        virtual_hosted_style: spec.virtual_hosted_style,
        skip_signature: spec.skip_signature,
        timeout: spec.timeout,
        connect_timeout: spec.connect_timeout,
        retries: spec.retries.map(|retries| u32::try_from(retries).unwrap_or(u32::MAX)),
        retry_timeout: spec.retry_timeout,
        max_concurrent: spec.max_concurrent.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        max_bandwidth: spec.max_bandwidth,
    }
}

/// Returns a problem for each unlisted format: a dataset that is written in one format and read in another goes through
/// storage, so both must be listed.
fn unlisted_formats(project: &Project) -> impl Iterator<Item = Problem> {
    let graph = project.pipeline();
    let resolved = graph.graph();
    resolved.formats().iter().filter_map(|format| {
        let dataset = &resolved[format.dataset];
        if format.stored.is_some() || dataset.role != Role::Intermediate || dataset.name == format.name {
            return None;
        }
        let name = &format.name;
        let message = format!("`{name}` is handed over through storage, and the catalog does not list it");
        let help = format!("add a `[datasets.\"{name}\"]` entry with the type and path of this format");
        Some(graph.dataset_problem(name, None, message, Some(help)))
    })
}

fn location(spec: &DatasetSpec) -> Option<Location> {
    match &spec.location {
        pipeline::Location::Path(path) => Some(Location::Path(path.clone())),
        pipeline::Location::Url(url) => Some(Location::Url(url.clone())),
        pipeline::Location::Store { store, path } => Some(Location::Store { store: store.clone(), path: path.clone() }),
        pipeline::Location::Connection(text) => Some(Location::Connection(text.clone())),
        pipeline::Location::Memory => None,
    }
}

/// Returns the stored datasets of a project, or every problem with them.
pub(crate) fn opened(project: &Project) -> Result<BTreeMap<String, StoredDataset>, Error> {
    let mut problems = Vec::new();
    let opened = open(project, &Transports::detect(), &mut problems);
    Problems::check(project.name(), problems)?;
    Ok(opened)
}

/// Returns the stored datasets that nodes make and that are there, by exact name.
pub(crate) fn existing_outputs(project: &Project) -> Result<BTreeSet<String>, Error> {
    Ok(marks_of_outputs(project, &opened(project)?, |_| true)?.into_keys().collect())
}

/// Returns the marks of the wanted datasets that nodes make and that are in storage; `None` where there is no mark.
pub(crate) fn marks_of_outputs(
    project: &Project,
    opened: &BTreeMap<String, StoredDataset>,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Option<String>>, Error> {
    // Content that was written into a pipe is not there any more.
    let is_kept =
        |stored: &&StoredDataset| !matches!(stored, StoredDataset::Whole(whole) if whole.is_written_as_stream());
    let made = project.pipeline().datasets().filter(|dataset| dataset.role != Role::FreeInput);
    let made = made.filter(|dataset| is_wanted(&dataset.name));
    let made = made.filter_map(|dataset| opened.get(&dataset.name)).filter(is_kept);
    let mut there = BTreeMap::new();
    let mut problems = Vec::new();
    for (dataset, found) in found(&StorageRuntime::default(), made)? {
        match found {
            Ok(Some(found)) => {
                let mark = found.listing.as_ref().map_or(found.mark, Listing::run_mark);
                there.insert(dataset.name().to_owned(), mark);
            }
            Ok(None) | Err(DataError::Unfinished { .. }) => {}
            Err(error) => problems.push(does_not_say(project, &dataset, &error)),
        }
    }
    Problems::check(project.name(), problems)?;
    Ok(there)
}

/// The state of the free inputs in storage that are not given, by exact name.
pub(crate) type FoundInputs = BTreeMap<String, Found>;

/// Returns the state of the free inputs that are not given, or problems for those that do not exist.
pub(crate) fn free_inputs(
    runtime: &StorageRuntime,
    project: &Project,
    opened: &BTreeMap<String, StoredDataset>,
    given: &BTreeSet<String>,
) -> Result<Result<FoundInputs, Vec<Problem>>, Error> {
    let graph = project.pipeline();
    let free = graph.datasets().filter(|dataset| dataset.role == Role::FreeInput && !given.contains(&dataset.name));
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    for (dataset, answer) in storage::found(runtime, free.filter_map(|dataset| opened.get(&dataset.name)))? {
        let name = dataset.name();
        match answer {
            Ok(Some(of_it)) => drop(found.insert(name.to_owned(), of_it)),
            Ok(None) => {
                let message = format!("no node makes `{name}`, and `{}` does not exist", dataset.location());
                let help = match (dataset.whole().and_then(Dataset::how_to_put), dataset.path().map(left_out::beside)) {
                    (Some(told), _) | (None, Some(Some(told))) => told,
                    (None, Some(None)) => {
                        "put the file there, or correct the path, which is relative to the manifest".to_owned()
                    }
                    (None, None) => "put the object there, or correct the key or URL".to_owned(),
                };
                problems.push(graph.dataset_problem(name, Some(place_key(graph, name)), message, Some(help)));
            }
            Err(error) => problems.push(does_not_say(project, &dataset, &error)),
        }
    }
    problems.extend(left_out::nothing_found(project, opened, &found)?);
    Ok(if problems.is_empty() { Ok(found) } else { Err(problems) })
}

pub(crate) fn does_not_say(project: &Project, dataset: &StoredDataset, error: &DataError) -> Problem {
    let name = dataset.name();
    let message = format!("cannot tell whether `{name}` exists: {error}");
    project.pipeline().dataset_problem(name, Some(place_key(project.pipeline(), name)), message, error.help())
}
