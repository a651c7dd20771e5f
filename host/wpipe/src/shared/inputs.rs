//! Free inputs that the shared store has: datasets of memory that another process has made, and stored ones of which the
//! store has the same content.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{Problem, Role};
use wpipe_runner::{At, Content, Facts, Job, Persist, SchemaId};
use wpipe_store::{Attached, Entry, Member, SharedStore, StoreError};

use super::scope;
use crate::datasets::FoundInputs;
use crate::{Error, InputError, Project};

/// A free input that was attached.
pub(crate) struct Taken {
    pub(crate) content: Content,
    /// Its objects, which say what the content depends on.
    pub(crate) key: String,
    /// The parts of it with their bytes.
    pub(crate) parts: Vec<(At, u64)>,
}

/// Attaches the free inputs that live in memory and are not in `given`.
pub(crate) fn taken(
    project: &Project,
    job: &Job,
    store: &SharedStore,
    given: &BTreeSet<String>,
) -> Result<BTreeMap<String, Taken>, Error> {
    let mut all = BTreeMap::new();
    for name in of_memory(project, given) {
        let Some((entry, attached)) = store.attach_dataset(&scope(project), name)? else { continue };
        fits(job, name, store, &entry).map_err(InputError::from)?;
        all.insert(name.to_owned(), taken_of(&entry, attached)?);
    }
    Ok(all)
}

/// Attaches the stored free inputs of which the store has the content that storage has at the moment. `persist` is the
/// way of datasets in the run: where readers are to get what is stored, they do.
pub(crate) fn current(
    project: &Project,
    job: &Job,
    store: &SharedStore,
    found: &FoundInputs,
    persist: Persist,
) -> Result<BTreeMap<String, Taken>, Error> {
    let mut all = BTreeMap::new();
    for (name, found) in found {
        let Some(format) = job.graph.find_format(name) else { continue };
        let facts = Facts::of(&job.graph, format);
        let is_whole = matches!(job.datasets[format].stored, Some(StoredDataset::Whole(_)));
        if !is_whole || facts.reload || facts.persist.unwrap_or(persist).reloads() {
            continue;
        }
        // An entry that cannot be used is none: the content is in storage.
        let Ok(Some((entry, attached))) = store.attach_dataset(&scope(project), name) else { continue };
        if entry.mark.is_none()
            || entry.mark != found.mark
            || entry.partitioned
            || fits(job, name, store, &entry).is_err()
        {
            continue;
        }
        all.insert(name.clone(), taken_of(&entry, attached)?);
    }
    Ok(all)
}

/// Returns the free inputs that live in memory and that the store has, and problems for those that do not fit.
pub(crate) fn available(
    project: &Project,
    job: Option<&Job>,
    store: &SharedStore,
    given: &BTreeSet<String>,
) -> Result<(BTreeSet<String>, Vec<Problem>), Error> {
    let (mut there, mut problems) = (BTreeSet::new(), Vec::new());
    for name in of_memory(project, given) {
        let Some(entry) = store.find(&scope(project), name)? else { continue };
        if let Some(Err(misfit)) = job.map(|job| fits(job, name, store, &entry)) {
            let help = Some("run the node that makes it again, with the same store".to_owned());
            problems.push(project.pipeline().dataset_problem(name, None, misfit.to_string(), help));
        }
        there.insert(name.to_owned());
    }
    Ok((there, problems))
}

/// Adds to the problem of a free input that nobody provides what the shared store has to do with it.
pub(crate) fn explained(project: &Project, store: Option<&SharedStore>, problem: Problem) -> Problem {
    let Some(store) = store else { return problem };
    let scope = scope(project);
    let entries = store.entries().unwrap_or_default();
    let there: Vec<_> =
        entries.iter().filter(|entry| entry.pipeline == scope).map(|entry| entry.dataset.as_str()).collect();
    let has = match there.as_slice() {
        [] => "nothing".to_owned(),
        there => there.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    problem.help(format!(
        "run the node that makes it with the same store first, or list it with a type and a place; of `{scope}`, the store \
         `{}` has {has}",
        store.path().display()
    ))
}

/// Returns the free inputs that live in memory and are not in `given`.
fn of_memory<'p>(project: &'p Project, given: &BTreeSet<String>) -> impl Iterator<Item = &'p str> {
    let free = project.pipeline().datasets().filter(|dataset| dataset.role == Role::FreeInput);
    let in_memory = free.filter(|dataset| dataset.spec.is_none());
    in_memory.map(|dataset| dataset.name.as_str()).filter(|name| !given.contains(*name))
}

fn taken_of(entry: &Entry, attached: Vec<(Member, Attached)>) -> Result<Taken, StoreError> {
    let mut parts = Vec::with_capacity(entry.members.len());
    let mut buffers = BTreeMap::new();
    for (member, attached) in attached {
        let at = member.partition.as_deref().map_or_else(At::default, At::partition);
        parts.push((at, member.length));
        buffers.insert(member.partition.unwrap_or_default(), attached.buffer);
    }
    let content = match entry.partitioned {
        true => Content::Partitions(buffers),
        false => {
            let gone = || StoreError::Gone { name: entry.name() };
            Content::Whole(buffers.into_values().next().ok_or_else(gone)?)
        }
    };
    let objects: Vec<_> = entry.members.iter().map(|member| member.id.as_str()).collect();
    Ok(Taken { content, key: objects.join(" "), parts })
}

/// The content of the store is of another type than the nodes expect.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misfit(String);

impl From<Misfit> for InputError {
    fn from(Misfit(reason): Misfit) -> Self {
        Self::Shared { reason }
    }
}

fn fits(job: &Job, name: &str, store: &SharedStore, entry: &Entry) -> Result<(), Misfit> {
    let Some(format) = job.graph.find_format(name) else { return Ok(()) };
    let SchemaId { name: schema, fingerprint } = &job.datasets[format].schema;
    let at = format!("`{name}`, which run {} has left in the store `{}`,", entry.run, store.path().display());
    if *schema != entry.schema {
        return Err(Misfit(format!("{at} is of type `{}`, and its readers expect `{schema}`", entry.schema)));
    }
    if *fingerprint != entry.fingerprint {
        let reason = format!("{at} is of type `{schema}` with another layout: rebuild both sides from one definition");
        return Err(Misfit(reason));
    }
    let (is_set, expected) = (entry.partitioned, job.graph.dataset_of(format).is_partitioned);
    if is_set != expected {
        let kind = |is_set| if is_set { "a set of partitions" } else { "one whole" };
        return Err(Misfit(format!("{at} is {}, and its readers expect {}", kind(is_set), kind(expected))));
    }
    Ok(())
}
