//! One run of a loaded pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wpipe_buffer::Buffer;
use wpipe_catalog::{Dataset, Listing, StoredDataset};
use wpipe_data::{Produce, View};
use wpipe_pipeline::{OnPartitionError, Selection};
use wpipe_runner::{
    self as runner, Content, Job, Observer, OnSaveError, Output, Persist, Piece, Report, RunId, RunOptions, Runner,
    SchemaId, Sharing,
};

use crate::datasets::FoundInputs;
use crate::done::done_partitions;
use crate::history::{History, InputPartitions, Journal, RunContext, RunRecord, check_place};
use crate::incremental::{CallKey, World, digest_of_input, keys, settings_of};
use crate::resume::still_meant;
use crate::value::to_buffer;
use crate::{CancelToken, Error, Incremental, InputError, OutputError, Pipeline, TypeMismatch, Value, Values, shared};

/// A run being prepared.
///
/// ```
/// use std::num::NonZero;
/// use std::sync::mpsc;
/// use wpipe::{CancelToken, Event, Host, OnSaveError, Persist, Project, Record, Runner, Table};
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
/// # ");
/// let host = Host::builder().build()?;
/// let pipeline = host.load_project(Project::parse("pipeline.toml", &manifest, directory.path())?)?;
/// let flowers = Table::from_columns([("petal_length", vec![1.4, 4.7].into())])?;
///
/// let (sender, completed) = mpsc::channel();
/// let result = pipeline
///     .run()
///     .input("flowers", &flowers)
///     .runner(Runner::Parallel { workers: NonZero::new(2).unwrap() })
///     .persist(Persist::Tee)
///     .memory(256 << 20)
///     .node_memory(1 << 30)
///     .keep_going(true)
///     .on_save_error(OnSaveError::Finish)
///     .resource("gpu", 1)
///     .cancel(CancelToken::new())
///     .observe(move |record: &Record| {
///         if let Event::NodeCompleted { node, .. } = &record.event {
///             sender.send(node.clone()).unwrap();
///         }
///     })
///     .execute()?;
/// assert_eq!(result.report().completed, ["double"]);
/// assert_eq!(completed.recv()?, "double");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Run<'a> {
    pipeline: &'a Pipeline,
    given: BTreeMap<String, Result<(Content, SchemaId), String>>,
    /// The run that this one resumes.
    resumed: Option<RunRecord>,
    options: RunOptions,
    journal: Option<Selection>,
    /// The run that this one is a part of, and the folder of its journal.
    whole: Option<(RunId, PathBuf)>,
    allow_incomplete: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(pipeline: &'a Pipeline) -> Self {
        let options = RunOptions { executor: pipeline.0.executor.clone(), ..RunOptions::default() };
        let given = BTreeMap::new();
        Self { pipeline, given, resumed: None, options, journal: None, whole: None, allow_incomplete: false }
    }

    /// Gives the value of a free input, which is then not loaded from storage. If its type is not the one that the
    /// nodes expect, [`Run::execute`] fails.
    #[must_use]
    pub fn input<T: Produce>(mut self, dataset: impl Into<String>, value: &T) -> Self {
        let schema = SchemaId { name: T::NAME.to_owned(), fingerprint: T::FINGERPRINT };
        let buffer = to_buffer(value, &self.pipeline.0.transports).map(|buffer| (Content::Whole(buffer), schema));
        self.given.insert(dataset.into(), buffer);
        self
    }

    /// Gives the partitions of a free partitioned input, by id, which are then not loaded from storage. If the type of
    /// a value is not the one that the nodes expect, [`Run::execute`] fails.
    #[must_use]
    pub fn input_partitions<'v, T: Produce + 'v>(
        mut self,
        dataset: impl Into<String>,
        values: impl IntoIterator<Item = (impl Into<String>, &'v T)>,
    ) -> Self {
        let schema = SchemaId { name: T::NAME.to_owned(), fingerprint: T::FINGERPRINT };
        let partitions = values
            .into_iter()
            .map(|(id, value)| Ok((id.into(), to_buffer(value, &self.pipeline.0.transports)?)))
            .collect::<Result<_, String>>();
        let given = partitions.map(|partitions| (Content::Partitions(partitions), schema));
        self.given.insert(dataset.into(), given);
        self
    }

    /// Gives a free input as [`input`](Self::input) does: the content of another run, or one that several runs get. No
    /// byte of it is copied.
    #[must_use]
    pub fn value(mut self, dataset: impl Into<String>, value: &Value) -> Self {
        let content = Content::Whole(value.buffer().clone());
        self.given.insert(dataset.into(), Ok((content, value.schema().clone())));
        self
    }

    /// Gives the partitions of a free partitioned input as [`input_partitions`](Self::input_partitions) does, without
    /// copying a byte of them. They are of one type.
    #[must_use]
    pub fn value_partitions(mut self, dataset: impl Into<String>, values: &BTreeMap<String, Value>) -> Self {
        let mut schemas = values.values().map(Value::schema);
        let schema = schemas.next().cloned();
        let given = match schemas.find(|other| Some(*other) != schema.as_ref()) {
            Some(other) => {
                let first = schema.unwrap_or_default();
                Err(format!("its partitions are of the types `{}` and `{}`", first.name, other.name))
            }
            None => {
                let buffers = values.iter().map(|(id, value)| (id.clone(), value.buffer().clone())).collect();
                Ok((Content::Partitions(buffers), schema))
            }
        };
        let dataset = dataset.into();
        // A set without partitions is of any type.
        let expected = || self.pipeline.type_of(&dataset).cloned().unwrap_or_default();
        let given = given.map(|(content, schema)| (content, schema.unwrap_or_else(expected)));
        self.given.insert(dataset, given);
        self
    }

    /// Resumes an earlier run of these nodes: partitions that it has written, and that are still there, are not made
    /// again.
    #[must_use]
    pub fn resume(mut self, run: &RunRecord) -> Self {
        self.resumed = Some(run.clone());
        self
    }

    /// Leaves out the partitions whose results are there, by the records of `decided`; this is to
    /// [record](Incremental::record) the run afterwards. (The selection of the project decides which nodes run.)
    ///
    /// # Errors
    ///
    /// Fails if storage does not say what it has.
    pub fn incremental(mut self, decided: &Incremental) -> Result<Self, Error> {
        self.options.done_partitions = decided.done_partitions(&self.pipeline.0.job)?;
        Ok(self)
    }

    /// Loads this version of a versioned free input, rather than the newest.
    #[must_use]
    pub fn load_version(mut self, dataset: impl Into<String>, version: impl Into<String>) -> Self {
        self.options.load_versions.insert(dataset.into(), version.into());
        self
    }

    /// Adds an observer.
    #[must_use]
    pub fn observe(mut self, observer: impl Observer + 'static) -> Self {
        self.options.observers.push(Arc::new(observer));
        self
    }

    /// Adds an observer to which the caller keeps a handle.
    #[must_use]
    pub fn observe_shared(mut self, observer: Arc<dyn Observer>) -> Self {
        self.options.observers.push(observer);
        self
    }

    /// Ends the run soon after `cancel` is cancelled: no more nodes start, loads under way are given up, and finished
    /// outputs are saved.
    #[must_use]
    pub fn cancel(mut self, cancel: impl Into<CancelToken>) -> Self {
        self.options.cancel = cancel.into().into_flag();
        self
    }

    /// Gives up the saves that are not finished when `abandon` is cancelled, after the token of
    /// [`cancel`](Self::cancel) was.
    #[must_use]
    pub fn abandon(mut self, abandon: impl Into<CancelToken>) -> Self {
        self.options.abandon = abandon.into().into_flag();
        self
    }

    /// Sets the order of nodes and how many run at once; by default in parallel, with a worker for each processor.
    #[must_use]
    pub fn runner(mut self, runner: Runner) -> Self {
        self.options.runner = runner;
        self
    }

    /// Sets how datasets reach storage, where the manifest does not say otherwise; by default [`Persist::Tee`].
    #[must_use]
    pub fn persist(mut self, persist: Persist) -> Self {
        self.options.persist = persist;
        self
    }

    /// Sets the limit in bytes on datasets in memory: beyond it nothing more begins until some are saved or read to the
    /// end. The default is [`default_memory`](crate::default_memory).
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.options.memory = bytes;
        self
    }

    /// Sets the limit in bytes on the memory of concurrent calls, besides the datasets given to them: a call waits
    /// until its node's `memory` fits, and one at a time runs in any case. The default is
    /// [`default_node_memory`](crate::default_node_memory).
    #[must_use]
    pub fn node_memory(mut self, bytes: u64) -> Self {
        self.options.node_memory = bytes;
        self
    }

    /// Sets whether nodes that do not depend on a failed one still run (by default they do not).
    #[must_use]
    pub fn keep_going(mut self, keep_going: bool) -> Self {
        self.options.keep_going = keep_going;
        self
    }

    /// Sets whether the run continues without the partitions that fail and still succeeds, as if every multipipeline
    /// had `on_partition_error = "skip"` and `allow_incomplete = true`. By default the manifest decides for each.
    #[must_use]
    pub fn allow_incomplete(mut self, allow: bool) -> Self {
        self.allow_incomplete = allow;
        self
    }

    /// Sets the effect of a failed save on nodes whose inputs are there; the run fails at its end in any case.
    #[must_use]
    pub fn on_save_error(mut self, what: OnSaveError) -> Self {
        self.options.on_save_error = what;
        self
    }

    /// Sets whether every save is loaded back and compared (by default it is not).
    #[must_use]
    pub fn verify_round_trip(mut self, verify: bool) -> Self {
        self.options.verify_round_trip = verify;
        self
    }

    /// Sets the amount of a named resource that nodes take; the default is 1.
    #[must_use]
    pub fn resource(mut self, name: impl Into<String>, amount: u64) -> Self {
        self.options.resources.insert(name.into(), amount);
        self
    }

    /// Sets whether the result also holds final outputs that are stored (default). It always holds those that are not.
    #[must_use]
    pub fn keep_outputs(mut self, keep: bool) -> Self {
        self.options.keep_outputs = keep;
        self
    }

    /// Keeps a journal of the run in the project's directory, for [`History`](crate::History) and to resume it; by
    /// default there is none. `selection` is the argument of the project's [`select`](crate::Project::select).
    #[must_use]
    pub fn journal(mut self, selection: &Selection) -> Self {
        self.journal = Some(selection.clone());
        self
    }

    /// Makes this a part of the run `whole`, one of maybe several attempts, whose journal goes to `folder`.
    pub(crate) fn part_of(mut self, whole: RunId, folder: PathBuf, fence: String, piece: Option<Piece>) -> Self {
        self.whole = Some((whole, folder));
        self.options.fence = Some(fence);
        self.options.piece = piece;
        self
    }

    /// Fails unless the run's settings are those that the decision was made for.
    pub(crate) fn check_decided_for(&self, runner: Runner, versions: &BTreeMap<String, String>) -> Result<(), Error> {
        if self.options.runner.workers() == runner.workers() && self.options.load_versions == *versions {
            return Ok(());
        }
        Err(Error::NotAsDecided)
    }

    /// Runs the pipeline on this thread, which it blocks: an async program calls it from `spawn_blocking` or the like.
    ///
    /// # Errors
    ///
    /// Fails if an input is missing or does not fit, before anything runs; if the run fails, with a report of the work
    /// done.
    pub fn execute(mut self) -> Result<RunResult, Error> {
        let names: BTreeSet<_> = self.given.keys().cloned().collect();
        let (loaded, graph) = (&self.pipeline.0.job, self.pipeline.project().pipeline());
        let job = if self.allow_incomplete { &Arc::new(allowing_incomplete(loaded)) } else { loaded };
        for (name, value) in self.given {
            let (content, schema) = value.map_err(|reason| InputError::Invalid { dataset: name.clone(), reason })?;
            let graph = &job.graph;
            let dataset = graph.find_format(&name).filter(|&format| !graph.is_written(format));
            let unknown = || InputError::Unknown { dataset: name.clone(), pipeline: graph.pipeline().to_owned() };
            let dataset = dataset.ok_or_else(unknown)?;
            fits(&name, &job.datasets[dataset].schema, &schema).map_err(InputError::from)?;
            let is_partitioned = graph.dataset_of(dataset).is_partitioned;
            match content {
                Content::Whole(buffer) if !is_partitioned => drop(self.options.given.insert(name, buffer)),
                Content::Partitions(all) if is_partitioned => drop(self.options.given_partitions.insert(name, all)),
                Content::Whole(_) => return Err(InputError::IsPartitioned { dataset: name }.into()),
                Content::Partitions(_) => return Err(InputError::NotPartitioned { dataset: name }.into()),
            }
        }
        for (name, version) in self.resumed.iter().flat_map(|run| &run.description.load_versions) {
            if graph.dataset(name).is_some_and(|dataset| dataset.producer.is_none()) {
                self.options.load_versions.entry(name.clone()).or_insert_with(|| version.clone());
            }
        }
        for name in self.options.load_versions.keys() {
            let stored = job.graph.find_format(name).and_then(|dataset| job.datasets[dataset].stored.as_ref());
            if !stored.and_then(StoredDataset::whole).is_some_and(Dataset::is_versioned) {
                return Err(InputError::Unversioned { dataset: name.clone() }.into());
            }
            if let Some(node) = graph.dataset(name).and_then(|dataset| dataset.producer.as_ref()) {
                return Err(InputError::MadeHere { dataset: name.clone(), node: node.clone() }.into());
            }
        }
        let store = self.pipeline.0.store.as_ref();
        let mut names = names;
        let mut taken = match store {
            Some(store) => shared::taken(self.pipeline.project(), job, store, &names)?,
            None => BTreeMap::new(),
        };
        names.extend(taken.keys().cloned());
        let found = self.pipeline.check_inputs(&names)?;
        if let Some(store) = store {
            let is_newest = |name: &String| !self.options.load_versions.contains_key(name);
            let current = shared::current(self.pipeline.project(), job, store, &found, self.options.persist)?;
            taken.extend(current.into_iter().filter(|(name, _)| is_newest(name)));
        }
        self.options.sizes = found.iter().map(|(name, found)| (name.clone(), found.size)).collect();
        // Only runs that leave records ask for these.
        let is_remembered = self.journal.is_some() || self.resumed.is_some() || store.is_some();
        let known: BTreeMap<_, _> = taken.iter().map(|(name, of)| (name.clone(), of.key.clone())).collect();
        let (calls, inputs) = match is_remembered {
            true => (calls(self.pipeline, &found, &known), partitions_of_inputs(graph, &found)),
            false => Default::default(),
        };
        if let Some(store) = store {
            let mut keys = shared::keys_of_results(self.pipeline, &found, &known, &calls);
            keys.extend(shared::keys_of_inputs(self.pipeline, &found));
            let marks = found.iter().filter_map(|(name, found)| Some((name.clone(), found.mark.clone()?)));
            let mut attached = Vec::new();
            let marks = marks.collect();
            for (name, taken) in taken {
                attached.extend(taken.parts.into_iter().map(|(at, bytes)| (name.clone(), at, bytes)));
                match taken.content {
                    Content::Whole(buffer) => drop(self.options.given.insert(name, buffer)),
                    Content::Partitions(all) => drop(self.options.given_partitions.insert(name, all)),
                }
            }
            let pipeline = shared::scope(self.pipeline.project());
            self.options.sharing = Some(Sharing { store: store.clone(), pipeline, keys, marks, attached });
        }
        if let Some(run) = &self.resumed {
            self.options.done_partitions = done_partitions(job, &still_meant(run, graph, &calls, &inputs))?;
        }
        // A sequential run has no choice of the next node.
        if self.journal.is_some() && self.options.runner != Runner::Sequential {
            self.options.durations = durations_before(self.pipeline);
        }
        if self.journal.is_some() && self.whole.is_none() {
            check_place(self.pipeline.project())?;
        }
        let cannot = |error| Error::Journal(error);
        let resumed = self.resumed.as_ref().map(|run| &run.description);
        let marks = self.resumed.as_ref().map(RunRecord::saved_marks).unwrap_or_default();
        let journal = self.journal.map(|selection| {
            let components = digests(self.pipeline);
            let mut load_versions = resumed.map(|of| of.load_versions.clone()).unwrap_or_default();
            load_versions.extend(self.options.load_versions.clone());
            let context =
                RunContext { components, selection: &selection, calls, inputs: &inputs, resumed, marks, load_versions };
            match &self.whole {
                Some((whole, folder)) => {
                    Journal::begin_in(folder.clone(), whole.clone(), self.pipeline.project(), context)
                }
                None => Journal::begin(self.pipeline.project(), context),
            }
        });
        let journal = journal.transpose();
        let journal = journal.map_err(cannot)?.map(Arc::new);
        if let Some(journal) = &journal {
            self.options.run = Some(journal.run.clone());
            self.options.observers.push(journal.clone());
        }
        let result = runner::run(job, &self.options);
        // The time of the next run is unknown.
        self.pipeline.0.transports.release_idle();
        let kept = journal.as_ref().map(|journal| journal.directory().to_owned());
        if let Some(journal) = journal
            && let Err(error) = journal.finish()
        {
            tracing::warn!("the journal in `{}` is not complete: {error}", journal.directory().display());
        }
        if let Some(journal) = kept.filter(|_| self.whole.is_none()) {
            let graph = self.pipeline.project().pipeline().manifest();
            let history = History::of(self.pipeline.project().directory());
            // Old journals are in nobody's way: the next run removes them.
            if let Err(error) = history.keep(&graph.source.name, graph.history, SystemTime::now()) {
                tracing::warn!("old journals beside `{}` are still there: {error}", journal.display());
            }
        }
        Ok(RunResult { report: result? })
    }
}

/// Returns the job with multipipelines that continue without the partitions that fail.
fn allowing_incomplete(job: &Job) -> Job {
    let mut job = job.clone();
    for multipipeline in &mut job.multipipelines {
        multipipeline.policy.on_partition_error = OnPartitionError::Skip;
        multipipeline.policy.allow_incomplete = true;
    }
    job
}

/// Returns the digest of each component, by name.
fn digests(pipeline: &Pipeline) -> BTreeMap<String, String> {
    let components = pipeline.components().into_iter();
    components.map(|(name, component)| (name.to_owned(), component.digest())).collect()
}

/// Returns the keys of the calls of a pipeline's nodes, with the state `found` of its free inputs, and what is `known` of
/// those that come from the shared store.
fn calls(pipeline: &Pipeline, found: &FoundInputs, known: &BTreeMap<String, String>) -> BTreeMap<String, CallKey> {
    let graph = pipeline.project().pipeline();
    let world = World {
        components: digests(pipeline),
        inputs: found
            .iter()
            .filter_map(|(name, found)| Some((name.clone(), digest_of_input(found.mark.as_ref()?))))
            .chain(known.iter().map(|(name, key)| (name.clone(), digest_of_input(key))))
            .collect(),
        datasets: settings_of(graph, &pipeline.0.stored),
        ..World::default()
    };
    keys(graph, &world)
}

/// Returns the partitions of the free inputs that multipipelines go over.
fn partitions_of_inputs(graph: &wpipe_pipeline::Pipeline, found: &FoundInputs) -> InputPartitions {
    let over: BTreeSet<_> = graph.multipipelines().iter().flat_map(|of| &of.over).collect();
    let sets = over.into_iter().filter_map(|set| Some((set, found.get(set)?.listing.as_ref()?)));
    let exact =
        |listing: &Listing| listing.partitions().iter().map(|(id, stored)| (id.clone(), stored.exact())).collect();
    sets.map(|(set, listing)| (set.clone(), exact(listing))).collect()
}

/// Returns the durations of nodes in the latest run that completed any of them, as far as its journal can be read: they
/// only decide the order of nodes.
fn durations_before(pipeline: &Pipeline) -> BTreeMap<String, Duration> {
    let last = History::of(pipeline.project().directory()).open(None);
    let nodes = last.map(|record| record.nodes).unwrap_or_default();
    let timed =
        nodes.into_iter().filter_map(|(name, node)| Some((name, Duration::try_from_secs_f64(node.seconds?).ok()?)));
    timed.collect()
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct RunResult {
    report: Report,
}

impl RunResult {
    /// Returns the report of the run.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Returns a final output, read in place: [`Table`](crate::Table), `str`, `[u8]`, `[f64]`, or the archived form of
    /// a type with `#[derive(Data)]`. The content is checked, as it is a guest's.
    ///
    /// # Errors
    ///
    /// Fails if there is no such output, it is of another type, or its content is not valid.
    pub fn output<V: View + ?Sized>(&self, dataset: &str) -> Result<V::Holder<'_>, Error> {
        let output = self.find(dataset)?;
        let asked = SchemaId { name: V::NAME.to_owned(), fingerprint: V::FINGERPRINT };
        fits(dataset, &output.schema, &asked).map_err(OutputError::from)?;
        let invalid = |reason: String| OutputError::Invalid { dataset: dataset.to_owned(), reason };
        let bytes = self.buffer(dataset)?.bytes().map_err(|error| invalid(error.to_string()))?;
        Ok(V::view_named(bytes, &format!("dataset `{dataset}`")).map_err(|error| invalid(error.to_string()))?)
    }

    /// Returns a final output as a buffer, for hand-over.
    ///
    /// # Errors
    ///
    /// Fails if there is no such output.
    pub fn buffer(&self, dataset: &str) -> Result<&Buffer, Error> {
        match &self.find(dataset)?.content {
            Content::Whole(buffer) => Ok(buffer),
            Content::Partitions(_) => Err(OutputError::IsPartitioned { dataset: dataset.to_owned() }.into()),
        }
    }

    /// Returns the partitions of a final output by id, for hand-over.
    ///
    /// # Errors
    ///
    /// Fails if there is no such output, or it is not partitioned.
    pub fn partitions(&self, dataset: &str) -> Result<&BTreeMap<String, Buffer>, Error> {
        match &self.find(dataset)?.content {
            Content::Partitions(partitions) => Ok(partitions),
            Content::Whole(_) => Err(OutputError::NotPartitioned { dataset: dataset.to_owned() }.into()),
        }
    }

    /// Returns a final output by itself: it outlives this result, and can be given to other runs.
    ///
    /// # Errors
    ///
    /// Fails if there is no such output, or it is partitioned.
    pub fn value(&self, dataset: &str) -> Result<Value, Error> {
        match self.values(dataset)? {
            Values::Whole(value) => Ok(value),
            Values::Partitions(_) => Err(OutputError::IsPartitioned { dataset: dataset.to_owned() }.into()),
        }
    }

    /// Returns a final output by itself, whole or by its partitions.
    ///
    /// # Errors
    ///
    /// Fails if there is no such output.
    pub fn values(&self, dataset: &str) -> Result<Values, Error> {
        let Output { content, schema } = self.find(dataset)?;
        let value = |buffer: &Buffer| Value::of_buffer(buffer.clone(), schema.clone());
        Ok(match content {
            Content::Whole(buffer) => Values::Whole(value(buffer)),
            Content::Partitions(all) => {
                Values::Partitions(all.iter().map(|(id, buffer)| (id.clone(), value(buffer))).collect())
            }
        })
    }

    fn find(&self, dataset: &str) -> Result<&Output, OutputError> {
        self.report.outputs.get(dataset).ok_or_else(|| OutputError::Unknown {
            dataset: dataset.to_owned(),
            there: self.report.outputs.keys().cloned().collect(),
        })
    }
}

pub(crate) fn fits(dataset: &str, expected: &SchemaId, actual: &SchemaId) -> Result<(), TypeMismatch> {
    let dataset = dataset.to_owned();
    if expected.name != actual.name {
        let (expected, actual) = (expected.name.clone(), actual.name.clone());
        return Err(TypeMismatch::Name { dataset, expected, actual });
    }
    if expected.fingerprint != actual.fingerprint {
        return Err(TypeMismatch::Layout { dataset, name: expected.name.clone() });
    }
    Ok(())
}
