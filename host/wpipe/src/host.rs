//! The host: one engine, and the pipelines loaded into it.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wpipe_buffer::Transports;
use wpipe_catalog::{self as catalog, Direction, StoredDataset};
use wpipe_data::Signature;
use wpipe_pipeline::{Problem, Problems};
use wpipe_runner::{Executor, Job, Report, SchemaId, StorageRuntime};
use wpipe_sandbox::{CompileLimits, Compiler, Component, DescribeLimits, Engine, EngineConfig};
use wpipe_store::SharedStore;

use crate::assemble::assemble;
use crate::datasets::FoundInputs;
use crate::{CancelToken, Error, Project, Run, components, datasets, shared};

/// A runner of pipelines. One per process is enough; a clone is another handle to the same host.
#[derive(Clone)]
pub struct Host {
    engine: Engine,
    executor: Executor,
}

/// The settings of a [`Host`].
///
/// ```
/// use std::time::Duration;
/// use wpipe::{CancelToken, CompileLimits, DescribeLimits, Host, Project, Transports};
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
/// let cancel = CancelToken::new();
/// let host = Host::builder()
///     .cache(directory.path().join("components"))
///     .transports(Transports::copy())
///     .compile_limits(CompileLimits { time: Some(Duration::from_secs(600)), ..CompileLimits::default() })
///     .describe_limits(DescribeLimits::default())
///     .cancel_compiling(cancel.clone())
///     .build()?;
/// let pipeline = host.load_project(Project::parse("pipeline.toml", &manifest, directory.path())?)?;
/// assert!(pipeline.components().contains_key("example"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct HostBuilder {
    config: EngineConfig,
}

impl Host {
    /// Returns a builder with the defaults.
    pub fn builder() -> HostBuilder {
        let (cache, transports) = (Self::default_cache(), Transports::detect());
        HostBuilder { config: EngineConfig { cache, transports, ..EngineConfig::default() } }
    }

    /// Returns the default directory of compiled components: `wpipe/components` in the user's cache directory, if there
    /// is one.
    pub fn default_cache() -> Option<PathBuf> {
        let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
        Some(base.join("wpipe").join("components"))
    }

    /// Returns the limits on components and on their compilation, where the manifest's `[limits]` do not say otherwise.
    pub fn compile_limits(&self) -> &CompileLimits {
        self.engine.compile_limits()
    }

    /// Returns the limits on the nodes' descriptions by components.
    pub fn describe_limits(&self) -> &DescribeLimits {
        self.engine.describe_limits()
    }

    /// Loads the pipeline whose manifest is at `path`: reads it, loads its components, opens its datasets and checks
    /// every edge. Components must have been built.
    ///
    /// # Errors
    ///
    /// Fails with every problem that can be found without running.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Pipeline, Error> {
        self.load_project(Project::open(path)?)
    }

    /// Loads the pipeline as [`Host::load`] does, from a manifest that has been read.
    ///
    /// # Errors
    ///
    /// Fails with every problem that can be found without running.
    pub fn load_project(&self, project: Project) -> Result<Pipeline, Error> {
        let store = shared::open(&project)?;
        let engine = self.engine_for(store.as_ref());
        let (job, stored) = examine(&project, &engine);
        let transports = engine.transports().clone();
        let job = job.map_err(|problems| Error::Problems(Box::new(problems)))?;
        let (job, executor) = (Arc::new(job), self.executor.clone());
        Ok(Pipeline(Arc::new(LoadedPipeline { project, job, stored, store, transports, executor })))
    }

    /// Returns the engine for runs with a shared store: buffers are written there in place.
    fn engine_for(&self, store: Option<&SharedStore>) -> Engine {
        match store {
            Some(store) => self.engine.with_transports(store.transports(self.engine.transports())),
            None => self.engine.clone(),
        }
    }

    /// Checks everything that can be checked without running: all that [`Host::load_project`] does, and that all free
    /// inputs exist that are not in `given`. Reports all problems at once.
    ///
    /// # Errors
    ///
    /// Fails with every problem found.
    pub fn check(&self, project: &Project, given: &BTreeSet<String>) -> Result<(), Error> {
        let store = shared::open(project)?;
        let (job, stored) = examine(project, &self.engine);
        let mut given = given.clone();
        let mut problems = Vec::new();
        if let Some(store) = &store {
            let (there, misfits) = shared::available(project, job.as_ref().ok(), store, &given)?;
            given.extend(there);
            problems.extend(misfits);
        }
        problems.extend(job.err().into_iter().flatten());
        let missing = missing(&self.executor.storage(), project, &stored, &given, store.as_ref())?;
        problems.extend(missing.err().into_iter().flatten());
        Ok(Problems::check(project.name(), problems)?)
    }

    /// Returns the signatures that the project's components export, by component, or every reason why one cannot be
    /// loaded.
    pub(crate) fn signatures(&self, project: &Project) -> Result<BTreeMap<String, Vec<Signature>>, Error> {
        let mut problems = Vec::new();
        let components = components::load(project, &self.engine, &mut problems);
        Problems::check(project.name(), problems)?;
        Ok(signatures(&components))
    }
}

/// Returns the job of a project, or every problem that prevents it, and the datasets that could be opened.
fn examine(project: &Project, engine: &Engine) -> (Result<Job, Problems>, BTreeMap<String, StoredDataset>) {
    let mut problems = Vec::new();
    let graph = project.pipeline();
    let stored = datasets::open(project, engine.transports(), &mut problems);
    let components = components::load(project, engine, &mut problems);
    let schema = |dataset: &wpipe_pipeline::Dataset| {
        let kind = &dataset.spec.as_ref()?.kind;
        catalog::schema_of(kind).map(str::to_owned)
    };
    let typed = graph.check(&signatures(&components), &schema);
    problems.extend(typed.as_ref().err().into_iter().flat_map(Problems::iter).cloned());
    let sound = Problems::check(project.name(), problems).and(typed);
    (sound.map(|typed| assemble(graph, &typed, &components, &stored)), stored)
}

fn signatures(components: &BTreeMap<String, Component>) -> BTreeMap<String, Vec<Signature>> {
    components.iter().map(|(name, component)| (name.clone(), component.signatures().to_vec())).collect()
}

/// Returns the state of the stored free inputs, or a problem for every free input that is not stored, there or given.
fn missing(
    runtime: &StorageRuntime,
    project: &Project,
    stored: &BTreeMap<String, StoredDataset>,
    given: &BTreeSet<String>,
    store: Option<&SharedStore>,
) -> Result<Result<FoundInputs, Vec<Problem>>, Error> {
    let found = datasets::free_inputs(runtime, project, stored, given)?;
    let unlisted = project.pipeline().missing_inputs(given).err().into_iter().flatten();
    let problems: Vec<_> = unlisted.map(|problem| shared::explained(project, store, problem)).collect();
    Ok(match found {
        Ok(found) if problems.is_empty() => Ok(found),
        found => Err(found.err().into_iter().flatten().chain(problems).collect()),
    })
}

impl HostBuilder {
    /// Keeps compiled components in `directory`, which is made private to this user. The default is `wpipe/components`
    /// in the user's cache directory.
    #[must_use]
    pub fn cache(mut self, directory: impl Into<PathBuf>) -> Self {
        self.config.cache = Some(directory.into());
        self
    }

    /// Compiles components anew in every process.
    #[must_use]
    pub fn no_cache(mut self) -> Self {
        self.config.cache = None;
        self
    }

    /// Sets how buffers reach the nodes; the default is the best of this platform.
    #[must_use]
    pub fn transports(mut self, transports: Transports) -> Self {
        self.config.transports = transports;
        self
    }

    /// Sets the compiler of components. By default it is this process: then the content of a component is limited, but
    /// neither the time nor the memory of compiling it, and nothing interrupts it. A program that loads components of
    /// strangers compiles each in a process of its own:
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    /// use wpipe::{Compiler, Host, compile_if_asked};
    ///
    /// fn main() -> ExitCode {
    ///     if let Some(code) = compile_if_asked() {
    ///         return code; // this process was started to compile
    ///     }
    ///     let host = Host::builder().compiler(Compiler::this_program()).build();
    ///     // …
    /// #   drop(host);
    ///     ExitCode::SUCCESS
    /// }
    /// ```
    ///
    /// Where that is impossible, [`Compiler::Program`] takes the `wpipe` command of the same version.
    #[must_use]
    pub fn compiler(mut self, compiler: Compiler) -> Self {
        self.config.compiler = compiler;
        self
    }

    /// Sets the limits on components and on their compilation, where the manifest's `[limits]` do not say otherwise.
    #[must_use]
    pub fn compile_limits(mut self, limits: CompileLimits) -> Self {
        self.config.compile_limits = limits;
        self
    }

    /// Sets the limits on the nodes' descriptions by components.
    #[must_use]
    pub fn describe_limits(mut self, limits: DescribeLimits) -> Self {
        self.config.describe_limits = limits;
        self
    }

    /// Ends compilations in [another process](Compiler::Program) within some milliseconds, once `cancel` is cancelled.
    #[must_use]
    pub fn cancel_compiling(mut self, cancel: impl Into<CancelToken>) -> Self {
        self.config.cancel = cancel.into().into_flag();
        self
    }

    /// Sets the host up.
    ///
    /// # Errors
    ///
    /// Fails if this machine cannot run WebAssembly.
    pub fn build(self) -> Result<Host, Error> {
        Ok(Host { engine: Engine::new(self.config).map_err(Error::Engine)?, executor: Executor::default() })
    }
}

/// A pipeline ready to run, as often as you like and from several threads at once.
#[derive(Clone)]
pub struct Pipeline(pub(crate) Arc<LoadedPipeline>);

pub(crate) struct LoadedPipeline {
    pub(crate) project: Project,
    pub(crate) job: Arc<Job>,
    pub(crate) stored: BTreeMap<String, StoredDataset>,
    pub(crate) store: Option<SharedStore>,
    pub(crate) transports: Transports,
    /// The host's.
    pub(crate) executor: Executor,
}

impl Pipeline {
    /// Returns a run, which takes inputs and observers and is then executed.
    pub fn run(&self) -> Run<'_> {
        Run::new(self)
    }

    /// Returns the manifest and the graph.
    pub fn project(&self) -> &Project {
        &self.0.project
    }

    /// Returns true if a node's output is written to standard output, where nothing else may be printed then.
    pub fn writes_to_standard_output(&self) -> bool {
        let graph = self.project().pipeline().graph();
        let is_written = |name| graph.find_format(name).is_some_and(|format| graph.is_written(format));
        let mut stored = self.0.stored.values().filter(|stored| is_written(stored.name()));
        stored.any(|stored| stored.whole().is_some_and(|whole| whole.descriptor(Direction::Write) == Some(1)))
    }

    /// Returns the type of a dataset, by the nodes at its ends; `None` if no node names it.
    pub fn type_of(&self, dataset: &str) -> Option<&SchemaId> {
        let format = self.0.job.graph.find_format(dataset)?;
        Some(&self.0.job.datasets[format].schema)
    }

    /// Returns the components, by name.
    pub fn components(&self) -> BTreeMap<&str, &Component> {
        self.0.job.nodes.iter().map(|node| (node.component.name(), &node.component)).collect()
    }

    /// Returns the nodes with which to continue (`--from-nodes`) after a run that did not complete, sorted. Empty if
    /// nothing is left to do.
    pub fn resume_from(&self, report: &Report) -> Vec<&str> {
        let graph = self.project().pipeline();
        // What others were to find in the shared store is made again.
        let makers = report.unshared.iter().filter_map(|dataset| graph.producer(dataset));
        let unshared: BTreeSet<&str> = makers.map(|node| node.name.as_str()).collect();
        let done = report.completed.iter().map(String::as_str).filter(|node| !unshared.contains(node)).collect();
        graph.resume_from(&done, |dataset| report.persisted.iter().any(|persisted| persisted == dataset))
    }

    /// Checks that every free input is given, or stored and there, and returns the state of those in storage.
    pub(crate) fn check_inputs(&self, given: &BTreeSet<String>) -> Result<FoundInputs, Error> {
        match missing(&self.0.executor.storage(), &self.0.project, &self.0.stored, given, self.0.store.as_ref())? {
            Ok(found) => Ok(found),
            Err(problems) => {
                Problems::check(self.0.project.name(), problems)?;
                Ok(FoundInputs::new())
            }
        }
    }
}
