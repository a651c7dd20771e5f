//! Deciding and recording for a project.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::Path;

use wpipe_catalog::{Listing, PartitionedDataset};
use wpipe_pipeline::{Pipeline, Problems, Role};
use wpipe_runner::{Job, Report};

use super::decide::{Decision, World, decide};
use super::key::{digest_of_input, digest_of_text};
use super::partitions::{PartitionDone, keys};
use super::record::{Done, Records};
use crate::done::{DonePartitions, done_of};
use crate::history::WrittenPartitions;
use crate::storage::{listings, marks};
use crate::stored::Stored;
use crate::{Error, Project, Transports, datasets};

/// What need not run again in a project, and what does, and why.
#[derive(Debug)]
pub struct Incremental {
    /// What becomes of each node, in the order of the plan.
    pub decisions: Vec<Decision>,
    records: Records,
    opened: BTreeMap<String, Stored>,
    /// What the partitions of multipipelines that run depend on, by multipipeline and id.
    partitions: BTreeMap<String, BTreeMap<String, String>>,
}

impl Incremental {
    /// What becomes of each node of `project`, by what earlier incremental runs have recorded. Components must have been
    /// built; nothing is compiled or run.
    ///
    /// # Errors
    ///
    /// When a component or an input cannot be read, or storage does not say what it has.
    pub fn of(project: &Project) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let opened = datasets::open(project, &Transports::detect(), &mut problems);
        let graph = project.pipeline();
        let used: BTreeSet<_> = graph.nodes().iter().map(|node| node.component.as_str()).collect();
        let mut components = BTreeMap::new();
        for spec in graph.manifest().components.values().filter(|spec| used.contains(spec.name.as_str())) {
            match digest_of_file(&project.component_file(spec)) {
                Ok(digest) => drop(components.insert(spec.name.clone(), digest)),
                Err(error) => {
                    let message = format!("failed to read component `{}`: {error}", spec.name);
                    let help = Some("build it with `wpipe build`".to_owned());
                    problems.push(graph.component_problem(&spec.name, message, help));
                }
            }
        }
        let mut records = Records::load(project.directory());
        let (mut inputs, mut outputs) = (BTreeMap::new(), BTreeMap::new());
        for (dataset, mark) in marks(opened.values())? {
            let name = dataset.name();
            let is_input = graph.dataset(name).is_some_and(|dataset| dataset.role == Role::FreeInput);
            match mark {
                Ok(Some(mark)) if is_input => {
                    let digest = input(&mut records, &dataset, &mark);
                    let digest = digest.map_err(|error| Error::Value(format!("failed to read `{name}`: {error}")))?;
                    inputs.insert(name.to_owned(), digest_of_input(&digest));
                }
                Ok(Some(mark)) => drop(outputs.insert(name.to_owned(), mark)),
                Ok(None) => {}
                Err(error) => problems.push(datasets::does_not_say(project, &dataset, &error)),
            }
        }
        Problems::check(graph.manifest().source.name.clone(), problems)?;
        let world = World { components: &components, inputs: &inputs, outputs: &outputs, records: &records };
        Ok(Self { decisions: decide(graph, &world), records, opened, partitions: BTreeMap::new() })
    }

    /// The nodes that run.
    pub fn to_run(&self) -> Vec<String> {
        let running = self.decisions.iter().filter(|decision| !decision.reasons.is_empty());
        // The node alone, where a multipipeline has its name.
        running.map(|decision| format!("={}", decision.node)).collect()
    }

    /// The partitions of each multipipeline of `job` that need not run again, with where their results are: those that
    /// an earlier incremental run has recorded, whose key is the same, and whose results are there as they were saved.
    pub(crate) fn done_partitions(&mut self, graph: &Pipeline, job: &Job) -> Result<DonePartitions, Error> {
        let sets = self.opened.values().filter_map(|stored| match stored {
            Stored::Set(set) => Some(set),
            Stored::Whole(_) => None,
        });
        let listings = listings(sets)?.into_iter().map(|(set, listing)| (set.name().to_owned(), listing)).collect();
        let mut all = DonePartitions::new();
        for multipipeline in graph.multipipelines() {
            let name = &multipipeline.name;
            let Some(keys) = keys(graph, multipipeline, &self.decisions, &listings) else {
                self.partitions.insert(name.clone(), BTreeMap::new());
                continue;
            };
            let recorded = self.records.partitions.get(name).into_iter().flatten();
            let same = recorded.filter(|(id, done)| keys.get(*id) == Some(&done.key));
            let mut claimed = WrittenPartitions::new();
            for (id, done) in same {
                for (dataset, stored) in &done.outputs {
                    claimed.entry(dataset.clone()).or_default().insert(id.clone(), stored.clone());
                }
            }
            let of_job = job.multipipelines.iter().find(|of_job| of_job.rules.name == *name);
            let done = of_job.map(|of_job| done_of(job, of_job, &claimed)).transpose()?;
            all.extend(done.flatten().map(|done| (name.clone(), done)));
            self.partitions.insert(name.clone(), keys);
        }
        Ok(all)
    }

    /// Records what a run of these nodes has done.
    ///
    /// # Errors
    ///
    /// When storage does not say what it has, or the record cannot be written.
    pub fn record(mut self, project: &Project, report: &Report) -> Result<(), Error> {
        let persisted: BTreeSet<_> = report.persisted.iter().map(String::as_str).collect();
        self.record_partitions(project.pipeline(), &persisted)?;
        let completed: BTreeSet<_> = report.completed.iter().map(String::as_str).collect();
        let done = self.decisions.into_iter().filter(|decision| completed.contains(decision.node.as_str()));
        let done: Vec<_> = done.collect();
        let saved = |name: &&String| persisted.contains(name.as_str());
        let outputs = done.iter().flat_map(|decision| &decision.key.outputs).filter(saved);
        let outputs: Vec<_> = outputs.filter_map(|name| self.opened.get(name)).collect();
        let marked = marks(outputs.into_iter())?.into_iter();
        let marked = marked.filter_map(|(dataset, mark)| Some((dataset.name().to_owned(), mark.ok()??)));
        let marks: BTreeMap<_, _> = marked.collect();
        for Decision { node, key, .. } in done {
            let stored = key.outputs.iter().filter(|name| self.opened.contains_key(*name));
            let outputs: BTreeMap<_, _> =
                stored.clone().filter_map(|name| Some((name.clone(), marks.get(name)?.clone()))).collect();
            if outputs.len() == stored.count() {
                self.records.nodes.insert(node, Done { key, outputs });
            } else {
                self.records.nodes.remove(&node);
            }
        }
        let path = project.directory();
        let cannot = |error: io::Error| Error::Value(format!("failed to write `.wpipe/incremental.json`: {error}"));
        self.records.save(path).map_err(cannot)
    }
}

impl Incremental {
    /// Records the partitions that the sets in force have of each multipipeline, if this run has `persisted` them all.
    fn record_partitions(&mut self, graph: &Pipeline, persisted: &BTreeSet<&str>) -> Result<(), Error> {
        for (name, keys) in std::mem::take(&mut self.partitions) {
            let multipipeline = graph.multipipelines().iter().find(|multipipeline| multipipeline.name == name);
            let outputs = multipipeline.into_iter().flat_map(|multipipeline| &multipipeline.outputs);
            let sets = outputs.filter_map(|output| match self.opened.get(output) {
                Some(Stored::Set(set)) => Some(set),
                _ => None,
            });
            let sets: Vec<_> = sets.collect();
            if !sets.iter().all(|set| persisted.contains(set.name())) {
                continue;
            }
            let listings = listings(sets.into_iter())?;
            let done = keys.into_iter().filter_map(|(id, key)| {
                let stored = |(set, listing): &(&PartitionedDataset, Listing)| {
                    Some((set.name().to_owned(), listing.partitions().get(&id)?.clone()))
                };
                let outputs = listings.iter().map(stored).collect::<Option<BTreeMap<_, _>>>()?;
                (!outputs.is_empty()).then_some((id, PartitionDone { key, outputs }))
            });
            let done = done.collect();
            self.records.partitions.insert(name, done);
        }
        Ok(())
    }
}

/// The digest of an input's content, or where that is not a local file, of its mark.
fn input(records: &mut Records, dataset: &Stored, mark: &str) -> io::Result<String> {
    let path = match dataset {
        Stored::Whole(whole) if !whole.is_versioned() => whole.path(),
        Stored::Whole(_) | Stored::Set(_) => None,
    };
    let Some(path) = path else { return Ok(digest_of_text(mark)) };
    if let Some((known, digest)) = records.inputs.get(dataset.name())
        && known == mark
    {
        return Ok(digest.clone());
    }
    let digest = digest_of_file(path)?;
    records.inputs.insert(dataset.name().to_owned(), (mark.to_owned(), digest.clone()));
    Ok(digest)
}

fn digest_of_file(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
