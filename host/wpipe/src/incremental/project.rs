//! Deciding and recording for a project.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::sync::OnceLock;

use wpipe_catalog::{Standing, StoredDataset};
use wpipe_pipeline::{CalledPer, LeftOutReason, Node, Pipeline, Problem, Problems, Role};
use wpipe_runner::{Job, Report};
use wpipe_sandbox::open_file;

use super::decide::{Decision, World, decide};
use super::key::{digest_of_input, digest_of_text};
use super::partitions::Calls;
use super::record::{Done, PartitionsDone, Records};
use super::settings::{Settings, of_dataset};
use crate::done::{DonePartitions, done_of};
use crate::history::WrittenPartitions;
use crate::storage::standings;
use crate::{Error, PlanOptions, Project, Transports, datasets, storage};

/// The nodes and partitions of a project that need not run again, and those that do, with the reasons.
#[derive(Debug)]
pub struct Incremental {
    /// The decision for each node, in the order of the plan.
    pub decisions: Vec<Decision>,
    graph: Pipeline,
    world: World,
    records: Records,
    opened: BTreeMap<String, StoredDataset>,
    /// The state of the sets before the run.
    sets: BTreeMap<String, Standing>,
    /// The nodes that see slices, when a run has loaded their components.
    by_slice: OnceLock<BTreeSet<String>>,
}

/// The options of the run whose results are compared with those of earlier runs.
///
/// ```
/// use wpipe::{Incremental, IncrementalOptions, Project};
///
/// # let directory = tempfile::tempdir()?;
/// # let component = wpipe_tests::guest("well_behaved");
/// # let manifest = format!("
/// #     [pipeline]
/// #     name = \"example\"
/// #     [components.example]
/// #     path = {component:?}
/// #     [nodes.double]
/// #     inputs = [\"flowers\"]
/// #     outputs = [\"larger_flowers\"]
/// #     [datasets.larger_flowers]
/// #     type = \"parquet\"
/// #     path = \"larger.parquet\"
/// # ");
/// let project = Project::parse("pipeline.toml", &manifest, directory.path())?;
/// let decided = Incremental::of_run(&project, &IncrementalOptions::default())?;
/// assert_eq!(decided.decisions[0].node, "double");
/// assert!(!decided.decisions[0].reasons.is_empty(), "no run has made its output before");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct IncrementalOptions {
    /// The slices of multipipelines for which the manifest says no number.
    pub workers: NonZero<usize>,
    /// The versions of versioned free inputs that are loaded, by dataset; of others the newest.
    pub load_versions: BTreeMap<String, String>,
}

impl Default for IncrementalOptions {
    /// Returns the defaults of a run.
    fn default() -> Self {
        Self { workers: PlanOptions::default().workers, load_versions: BTreeMap::new() }
    }
}

impl Incremental {
    /// Returns the decision for each node of `project`, by the records of earlier incremental runs. Components must
    /// have been built; nothing is compiled or run.
    ///
    /// # Errors
    ///
    /// Fails if a component or an input cannot be read, or storage does not say what it has.
    pub fn of(project: &Project) -> Result<Self, Error> {
        Self::of_run(project, &IncrementalOptions::default())
    }

    /// Decides as [`of`](Self::of) does, for a run with these options.
    ///
    /// # Errors
    ///
    /// Fails as [`of`](Self::of) does.
    pub fn of_run(project: &Project, options: &IncrementalOptions) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let opened = datasets::open(project, &Transports::detect(), &mut problems);
        let graph = project.pipeline();
        Records::check_folder(project).map_err(Error::Record)?;
        let mut records = Records::load(project);
        let by_slice = records.nodes.iter().filter(|(_, done)| done.by_slice).map(|(node, _)| node.clone()).collect();
        let mut world = World {
            components: digests_of_components(project, &mut problems),
            datasets: settings_of(graph, &opened),
            workers: options.workers.get(),
            by_slice,
            streams: opened.values().filter(|of| is_stream(of)).map(|of| of.name().to_owned()).collect(),
            ..World::default()
        };
        let mut sets = BTreeMap::new();
        let asked = opened.values().map(|stored| stored.at_version(options.load_versions.get(stored.name())));
        for (dataset, standing) in standings(asked.collect::<Vec<_>>().iter())? {
            let name = dataset.name().to_owned();
            let is_input = graph.dataset(&name).is_some_and(|dataset| dataset.role == Role::FreeInput);
            let standing = match standing {
                Ok(Some(standing)) => standing,
                Ok(None) => continue,
                Err(error) => {
                    problems.push(datasets::does_not_say(project, &dataset, &error));
                    continue;
                }
            };
            let mark = standing.mark();
            if is_input {
                let digest = input(&mut records, &dataset, &mark);
                let digest = digest.map_err(|source| Error::ReadInput { dataset: name.clone(), source })?;
                world.inputs.insert(name.clone(), digest_of_input(&digest));
            } else {
                world.outputs.insert(name.clone(), mark);
            }
            if let storage::Standing::Set(standing) = standing {
                if !standing.listing.missing().is_empty() {
                    world.incomplete.insert(name.clone());
                }
                sets.insert(name, standing);
            }
        }
        Problems::check(graph.manifest().source.name.clone(), problems)?;
        let (decisions, graph) = (decide(graph, &world, &records), graph.clone());
        Ok(Self { decisions, graph, world, records, opened, sets, by_slice: OnceLock::new() })
    }

    /// Checks that a run can be [recorded](Self::record) in the project.
    ///
    /// # Errors
    ///
    /// Fails if it cannot, with the reason.
    pub fn check_recordable(&self, project: &Project) -> Result<(), Error> {
        self.records.check_place(project).map_err(Error::Record)
    }

    /// Returns the nodes that run.
    pub fn to_run(&self) -> Vec<String> {
        let running = self.decisions.iter().filter(|decision| !decision.reasons.is_empty());
        // Names the node alone, where a multipipeline has its name.
        running.map(|decision| format!("={}", decision.node)).collect()
    }

    /// Returns the partitions of each multipipeline of `job` that need not run again, with the places of their results:
    /// an earlier incremental run has recorded them, their calls and inputs are the same, and their results are there
    /// as they were saved.
    pub(crate) fn done_partitions(&self, job: &Job) -> Result<DonePartitions, Error> {
        let by_slice = job.graph.nodes().iter().filter(|node| node.called_per == Some(CalledPer::Slice));
        self.by_slice.get_or_init(|| by_slice.map(|node| node.name.clone()).collect());
        let mut all = DonePartitions::new();
        for multipipeline in self.graph.multipipelines() {
            let name = &multipipeline.name;
            let mut of_job = job.graph.groups().iter_enumerated();
            let Some((group, _)) = of_job.find(|(_, group)| group.name == *name) else { continue };
            let mut calls = Calls::new(&self.graph, multipipeline, &self.decisions);
            let Some(recorded) = self.records.partitions.get(&calls.name()) else { continue };
            let same = calls.same(recorded, &self.sets, |set| self.is_made_anew(set));
            let mut claimed = WrittenPartitions::new();
            for (id, done, _) in &same {
                for (dataset, stored) in &done.outputs {
                    claimed.entry(dataset.clone()).or_default().insert((*id).clone(), stored.clone());
                }
            }
            let Some(mut done) = done_of(job, group, &claimed)? else { continue };
            for (id, _, of) in same {
                if let Some(done) = done.get_mut(id) {
                    done.of = of;
                }
            }
            all.insert(name.clone(), done);
        }
        Ok(all)
    }

    /// Returns true if a node that runs makes it.
    fn is_made_anew(&self, dataset: &str) -> bool {
        let maker = self.graph.producer(dataset);
        maker.is_some_and(|maker| self.decisions.iter().any(|of| of.node == maker.name && !of.reasons.is_empty()))
    }

    /// Records the results of a run of these nodes.
    ///
    /// # Errors
    ///
    /// Fails if storage does not say what it has, or the record cannot be written.
    pub fn record(mut self, project: &Project, report: &Report) -> Result<(), Error> {
        if let Some(by_slice) = self.by_slice.take() {
            self.world.by_slice.retain(|node| !self.decisions.iter().any(|decision| decision.node == *node));
            self.world.by_slice.extend(by_slice);
            for (decision, known) in self.decisions.iter_mut().zip(decide(&self.graph, &self.world, &self.records)) {
                decision.key = known.key;
            }
        }
        let persisted: BTreeSet<_> = report.persisted.iter().map(String::as_str).collect();
        let saved = persisted.iter().filter_map(|name| self.opened.get(*name));
        let run = report.run.to_string();
        let (mut marks, mut sets) = (BTreeMap::new(), self.sets.clone());
        sets.retain(|name, _| !self.is_made_anew(name));
        for (dataset, standing) in standings(saved)? {
            let Ok(Some(mut standing)) = standing else { continue };
            if let storage::Standing::Set(set) = &mut standing {
                // Another run may have replaced it since. The next run sees later changes.
                if set.listing.run() != Some(run.as_str()) {
                    continue;
                }
                set.changed.clear();
                sets.insert(dataset.name().to_owned(), set.clone());
            }
            let found = standing.mark();
            // The next run sees later writes of others.
            let saved = report.marks.get(dataset.name()).filter(|_| dataset.whole().is_some());
            marks.insert(dataset.name().to_owned(), saved.cloned().unwrap_or(found));
        }
        let partitions = self.partitions_done(report, &persisted, &sets);
        self.records.partitions.extend(partitions);
        let completed: BTreeSet<_> = report.completed.iter().map(String::as_str).collect();
        // A result of a set that lacks some partitions is to be made again when these are there.
        let has_failed =
            |name: &String| report.multipipelines.get(name).is_some_and(|of_run| !of_run.failed.is_empty());
        let graph = self.graph.graph();
        let failed = graph.groups().iter().filter(|of| has_failed(&of.name));
        let mut lacking: BTreeSet<_> = failed.flat_map(|of| &of.outputs).map(|&output| graph[output].dataset).collect();
        for Decision { node, key, .. } in self.decisions {
            let of_graph = self.graph.node(&node);
            let lacks = |of: &&Node| of.reads.iter().any(|&read| lacking.contains(&graph[read].dataset));
            if let Some(reader) = of_graph.filter(lacks) {
                lacking.extend(reader.makes.iter().map(|&made| graph[made].dataset));
                self.records.nodes.remove(&node);
                continue;
            }
            if !completed.contains(node.as_str()) {
                continue;
            }
            let stored = key.outputs.iter().filter(|name| self.opened.contains_key(*name));
            let outputs: BTreeMap<_, _> =
                stored.clone().filter_map(|name| Some((name.clone(), marks.get(name)?.clone()))).collect();
            if outputs.len() == stored.count() {
                let by_slice = self.world.by_slice.contains(&node);
                self.records.nodes.insert(node, Done { key, outputs, by_slice });
            } else {
                self.records.nodes.remove(&node);
            }
        }
        self.records.save(project).map_err(Error::Record)
    }

    /// Returns the partitions of each multipipeline that has run, as the `sets` stand now: those that this run has
    /// worked on or that were done before, in the sets in force or, if the run failed, saved for them.
    fn partitions_done(
        &self,
        report: &Report,
        persisted: &BTreeSet<&str>,
        sets: &BTreeMap<String, Standing>,
    ) -> BTreeMap<String, PartitionsDone> {
        let mut all = BTreeMap::new();
        for multipipeline in self.graph.multipipelines() {
            let mut calls = Calls::new(&self.graph, multipipeline, &self.decisions);
            let of_run = report.multipipelines.get(&multipipeline.name);
            let stored = multipipeline.outputs.iter().filter(|name| self.opened.contains_key(*name));
            let partitions = stored.map(|name| {
                let is_in_force = !self.is_made_anew(name) || persisted.contains(name.as_str());
                let partitions = match is_in_force {
                    true => sets.get(name)?.listing.partitions(),
                    false => of_run?.uncommitted.get(name)?,
                };
                Some((name.as_str(), partitions))
            });
            let Some(outputs) = partitions.collect::<Option<BTreeMap<_, _>>>().filter(|_| calls.run()) else {
                continue;
            };
            // A set in memory only cannot be known to be the same again.
            let over = multipipeline.over.iter().map(|name| Some((name.clone(), sets.get(name)?.clone())));
            let Some(over) = over.collect::<Option<BTreeMap<_, _>>>() else { continue };
            let left_out = of_run.into_iter().flat_map(|of_run| &of_run.left_out);
            let as_before = LeftOutReason::Done.to_string();
            // A partition that was not worked on for another reason keeps its record, if it has one.
            let (name, mut done) = (calls.name(), PartitionsDone::new());
            let recorded = self.records.partitions.get(&name);
            let mut passed_over = BTreeSet::new();
            for id in left_out.filter(|left| left.reason != as_before).map(|left| &left.partition) {
                passed_over.insert(id);
                done.extend(recorded.and_then(|recorded| Some((id.clone(), recorded.get(id)?.clone()))));
            }
            let ids: BTreeSet<_> = outputs.values().flat_map(|partitions| partitions.keys()).collect();
            for id in ids.difference(&passed_over) {
                done.extend(calls.done(id, &over, &outputs).map(|of| ((*id).clone(), of)));
            }
            all.insert(name, done);
        }
        all
    }
}

/// Returns the settings of each dataset that count, by exact name.
pub(crate) fn settings_of(graph: &Pipeline, opened: &BTreeMap<String, StoredDataset>) -> BTreeMap<String, Settings> {
    let datasets = graph.datasets();
    datasets.map(|dataset| (dataset.name.clone(), of_dataset(dataset, opened.get(&dataset.name)))).collect()
}

/// Returns the digest of each component that a node uses, by name; an unreadable component becomes a problem.
pub(crate) fn digests_of_components(project: &Project, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let graph = project.pipeline();
    let used: BTreeSet<_> = graph.nodes().iter().map(|node| node.component.as_str()).collect();
    let mut digests = BTreeMap::new();
    for spec in graph.manifest().components.values().filter(|spec| used.contains(spec.name.as_str())) {
        match digest_of_file(&project.component_file(spec)) {
            Ok(digest) => drop(digests.insert(spec.name.clone(), digest)),
            Err(error) => {
                let message = format!("failed to read component `{}`: {error}", spec.name);
                let help = Some("build it with `wpipe build`".to_owned());
                problems.push(graph.component_problem(&spec.name, message, help));
            }
        }
    }
    digests
}

/// Returns the digest of an input's content, or of its mark if that is not a local file.
fn input(records: &mut Records, dataset: &StoredDataset, mark: &str) -> io::Result<String> {
    let path = match dataset {
        // Reading a stream would take it from the run.
        StoredDataset::Whole(whole) if !whole.is_versioned() && !is_stream(dataset) => whole.path(),
        StoredDataset::Whole(_) | StoredDataset::Set(_) => None,
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

fn is_stream(dataset: &StoredDataset) -> bool {
    matches!(dataset, StoredDataset::Whole(whole) if whole.is_read_as_stream() || whole.is_written_as_stream())
}

fn digest_of_file(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open_file(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
