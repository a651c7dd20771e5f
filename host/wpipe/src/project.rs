//! A manifest on disk and its graph, which can be planned without any component.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wpipe_build::{BuildRequest, Built, Output, build};
use wpipe_pipeline::{
    ComponentSpec, Layers, Origin, Pipeline, Problems, Selection, Source, Target, parse, parse_layers,
};

use crate::history::given_params;
use crate::manifest_text::read;
use crate::plan::{Plan, PlanOptions, plan};
use crate::{Error, ManifestError};

/// A manifest, the graph that it describes, and the directory that its paths are relative to.
#[derive(Debug, Clone)]
pub struct Project {
    directory: PathBuf,
    pipeline: Pipeline,
    overrides: Overrides,
    /// All nodes of the manifest, also those outside this part of it.
    manifest_nodes: Arc<[String]>,
}

/// The changes that one run lays over a manifest.
///
/// ```
/// use wpipe::{Overrides, Project};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("pipeline.toml");
/// # std::fs::write(&path, "[pipeline]\nname = \"example\"\n[params]\nrounds = 10\n[components.c]\npath = \"c.wasm\"\n\
/// #     [nodes.fit]\nuses = \"c/fit\"\ninputs = [\"params:rounds\"]\noutputs = [\"model\"]\n")?;
/// let params = vec![("rounds".to_owned(), "500".to_owned())];
/// let project = Project::open_with(&path, &Overrides { params, ..Overrides::default() })?;
/// assert_eq!(project.given_params(), [("rounds".to_owned(), Some("500".to_owned()))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The environment `prod` is the manifest `pipeline.prod.toml` beside `pipeline.toml`. Its entries of components,
    /// nodes, stores and datasets replace those of the same name, its other keys replace keys.
    pub env: Option<String>,
    /// Parameters by their dotted paths, with values in TOML; a value that is not TOML is text. They override both
    /// manifests, and later ones override earlier ones.
    pub params: Vec<(String, String)>,
    /// The directory of the shared store, relative to the working directory. It overrides that of the manifests.
    pub store: Option<PathBuf>,
}

impl Project {
    /// Reads the manifest at `path` and checks its graph.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or with every problem in it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, &Overrides::default())
    }

    /// Reads the manifest as [`Project::open`] does, and lays `overrides` over it.
    ///
    /// # Errors
    ///
    /// Fails as [`Project::open`] does, and if a parameter is set that nothing reads.
    pub fn open_with(path: impl AsRef<Path>, overrides: &Overrides) -> Result<Self, Error> {
        let path = path.as_ref();
        let directory = directory_of(path).to_owned();
        let base = Layers::new(read(path)?);
        if overrides == &Overrides::default() {
            let pipeline = Pipeline::load_layers(&base)?;
            return Ok(Self::new(directory, pipeline, overrides.clone()));
        }
        let environment = match &overrides.env {
            Some(name) => Some(environment(path, name)?),
            None => None,
        };
        let layers = match &environment {
            Some(environment) => base.clone().lay(read(environment)?),
            None => base.clone(),
        };
        // One over the other: the later one counts, also within one that is set as a whole.
        let params = overrides.params.iter().map(|(path, value)| (path.as_str(), value.as_str()));
        let pipeline = Pipeline::load_layers(&layers.set(params)).map_err(of_params)?;
        // A text that is a manifest only together with the other one is not judged alone.
        if let Some(environment) = &environment
            && let Ok(base) = parse_layers(&base)
        {
            let name = environment.display().to_string();
            Problems::check(&name, pipeline.slips_of_environment(&base))?;
            let checked = pipeline.check_environment_params(&base);
            checked.map_err(|reason| ManifestError::UnreadParameter { given_by: name, reason })?;
        }
        let unread = |reason| ManifestError::UnreadParameter { given_by: "--params".to_owned(), reason };
        pipeline.check_params().map_err(unread)?;
        Ok(Self::new(directory, pipeline, overrides.clone()))
    }

    /// Takes the manifest's text, called `name` in errors; its paths are relative to `directory`.
    ///
    /// # Errors
    ///
    /// Fails with every problem in the text.
    pub fn parse(name: &str, text: &str, directory: impl Into<PathBuf>) -> Result<Self, Error> {
        let manifest = parse(Arc::new(Source::new(name, text)))?;
        Ok(Self::new(directory.into(), Pipeline::new(manifest)?, Overrides::default()))
    }

    fn new(directory: PathBuf, pipeline: Pipeline, overrides: Overrides) -> Self {
        let manifest_nodes = pipeline.nodes().iter().map(|node| node.name.clone()).collect();
        Self { directory, pipeline, overrides, manifest_nodes }
    }

    /// Returns all nodes of the manifest, also those outside this part of it.
    pub(crate) fn manifest_nodes(&self) -> &[String] {
        &self.manifest_nodes
    }

    /// Returns the graph.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Returns the part of the project that `selection` asks for.
    ///
    /// # Errors
    ///
    /// Fails if a name is unknown, or if no node is left.
    pub fn select(&self, selection: &Selection) -> Result<Self, Error> {
        Ok(self.with(self.pipeline.select(selection)?))
    }

    /// Returns the plan of a run with these options.
    pub fn plan(&self, options: &PlanOptions) -> Plan {
        let store = self.store();
        plan(&self.pipeline, options, store.as_ref().map(|store| store.path.as_path()))
    }

    /// Returns the outputs that are gone when a run ends: no entry of `[datasets]` stores them, and no shared store keeps
    /// them.
    pub fn dropped_outputs(&self) -> Vec<&str> {
        if self.store().is_some() { Vec::new() } else { self.pipeline.unstored_outputs() }
    }

    pub(crate) fn with(&self, pipeline: Pipeline) -> Self {
        Self { pipeline, ..self.clone() }
    }

    /// Returns the environment whose manifest is laid over this one's.
    pub fn env(&self) -> Option<&str> {
        self.overrides.env.as_deref()
    }

    /// Returns the parameters that are laid over the manifest, in that order: by their dotted paths, in TOML.
    /// Parameters whose names suggest a secret have no values.
    pub fn given_params(&self) -> Vec<(String, Option<String>)> {
        given_params(&self.overrides.params)
    }

    /// Returns the directory of the shared store that overrides the manifest's.
    pub(crate) fn given_store(&self) -> Option<&Path> {
        self.overrides.store.as_deref()
    }

    /// Returns a selection of exactly this project's nodes.
    pub fn selection(&self) -> Selection {
        let nodes = self.pipeline.nodes().iter().map(|node| exactly(&node.name)).collect();
        Selection { nodes, ..Selection::default() }
    }

    /// Returns the directory that the manifest's paths are relative to.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns the manifest's name in errors.
    pub(crate) fn name(&self) -> &str {
        &self.pipeline.manifest().source.name
    }

    /// Brings every `crate = …` component up to date with its sources; calls `built` for each.
    ///
    /// # Errors
    ///
    /// Fails with every component that could not be built.
    pub fn build(&self, output: Output, mut built: impl FnMut(&ComponentSpec, &Built)) -> Result<(), Error> {
        let mut problems = Vec::new();
        for spec in self.pipeline.manifest().components.values() {
            let Some(request) = self.build_request(spec) else { continue };
            match build(&request, output) {
                Ok(component) => built(spec, &component),
                Err(error) => {
                    let message = format!("failed to build component `{}`: {error}", spec.name);
                    problems.push(self.pipeline.component_problem(&spec.name, message, error.help()));
                }
            }
        }
        Ok(Problems::check(self.name(), problems)?)
    }

    /// Returns the file of a component: its place, or the place to which `build` writes it.
    pub(crate) fn component_file(&self, spec: &ComponentSpec) -> PathBuf {
        match &spec.origin {
            Origin::Crate(_) => self.output_directory().join(format!("{}.wasm", spec.name)),
            Origin::Path(path) => self.resolve(path),
        }
    }

    /// Returns a path of the manifest, from the working directory.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        if self.directory == Path::new(".") { path.to_owned() } else { self.directory.join(path) }
    }

    /// Returns the directory to which `build` writes components.
    fn output_directory(&self) -> PathBuf {
        self.resolve(Path::new("target/wpipe"))
    }

    fn build_request(&self, spec: &ComponentSpec) -> Option<BuildRequest> {
        let Origin::Crate(crate_dir) = &spec.origin else { return None };
        Some(BuildRequest {
            name: spec.name.clone(),
            crate_dir: self.resolve(crate_dir),
            target: match spec.target {
                Target::Unknown => wpipe_build::Target::UnknownUnknown,
                Target::Wasip2 => wpipe_build::Target::Wasip2,
            },
            output_dir: self.output_directory(),
        })
    }
}

/// Names the node alone in a selection, where a multipipeline has its name.
pub(crate) fn exactly(node: &str) -> String {
    format!("={node}")
}

/// Returns the directory of a manifest, which its paths are relative to and its runs are in.
pub(crate) fn directory_of(manifest: &Path) -> &Path {
    manifest.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

/// Returns the error for problems of a manifest and its set parameters. A parameter that cannot be set is reported
/// alone, in one line that can be pasted from: it is in no text that could be shown.
fn of_params(problems: Problems) -> Error {
    let cannot_be_set = problems.iter().find(|problem| problem.kind() == "wpipe::manifest::bad_param");
    match cannot_be_set {
        Some(problem) => ManifestError::UnsettableParameter { reason: problem.message().to_owned() }.into(),
        None => problems.into(),
    }
}

/// Returns the path of the manifest of the environment `name` beside the one at `path`.
fn environment(path: &Path, name: &str) -> Result<PathBuf, Error> {
    let stem = stem(path);
    let file = environment_file(path, name);
    // An entry that is there and is no file is reported when it is read.
    if file.exists() {
        return Ok(file);
    }
    let names = fs::read_dir(directory_of(path)).into_iter().flatten().flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        Some(name.strip_prefix(&format!("{stem}."))?.strip_suffix(".toml")?.to_owned())
    });
    let mut there: Vec<_> = names.collect();
    there.sort_unstable();
    Err(ManifestError::NoEnvironment { name: name.to_owned(), path: file, there }.into())
}

/// Returns the path that the manifest of the environment `name` has, beside the one at `path`.
pub(crate) fn environment_file(path: &Path, name: &str) -> PathBuf {
    path.with_file_name(format!("{}.{name}.toml", stem(path)))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
