//! A manifest on disk and its graph: what can be planned without any component.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wpipe_build::{BuildRequest, Built, Output, build};
use wpipe_pipeline::{ComponentSpec, Origin, Pipeline, Problems, Selection, Source, Target, parse};

use crate::plan::{Plan, plan};
use crate::{Error, Persist, RunRecord, Transports, datasets};

/// A manifest, the graph that it describes, and the directory that its paths are relative to.
#[derive(Debug, Clone)]
pub struct Project {
    directory: PathBuf,
    pipeline: Pipeline,
}

impl Project {
    /// Reads the manifest at `path` and checks its graph.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or with every problem in it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Self::parse(&path.display().to_string(), &text, directory)
    }

    /// Takes the manifest's text, called `name` in errors; its paths are relative to `directory`.
    ///
    /// # Errors
    ///
    /// With every problem in the text.
    pub fn parse(name: &str, text: &str, directory: impl Into<PathBuf>) -> Result<Self, Error> {
        let manifest = parse(Arc::new(Source::new(name, text)))?;
        Ok(Self { directory: directory.into(), pipeline: Pipeline::new(manifest)? })
    }

    /// The graph.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The part of the project that `selection` asks for.
    ///
    /// # Errors
    ///
    /// When a name is unknown, and when no node is left.
    pub fn select(&self, selection: &Selection) -> Result<Self, Error> {
        Ok(Self { directory: self.directory.clone(), pipeline: self.pipeline.select(selection)? })
    }

    /// The part of the project that has to run so that every stored dataset is there; `None` if all are.
    ///
    /// # Errors
    ///
    /// When an entry of the catalog is wrong, or storage does not say what it has.
    pub fn only_missing_outputs(&self) -> Result<Option<Self>, Error> {
        let there = datasets::existing_outputs(self)?;
        let part = self.pipeline.only_missing_outputs(|name| there.contains(name));
        Ok(part.map(|pipeline| Self { directory: self.directory.clone(), pipeline }))
    }

    /// What is left of `run`: the nodes that did not complete, those that make what they need and storage does not
    /// have, and all that depends on these; `None` if nothing is left. What the run was to do counts, as far as the
    /// manifest still has it.
    ///
    /// # Errors
    ///
    /// When the manifest has none of the run's nodes, or storage does not say what it has.
    pub fn resume(&self, run: &RunRecord) -> Result<Option<Self>, Error> {
        let known = |name: &&String| self.pipeline.node(name).is_some();
        let nodes = run.description.nodes.iter().filter(known).cloned().collect::<Vec<_>>();
        if nodes.is_empty() {
            let id = &run.description.id;
            return Err(Error::Value(format!("the manifest has none of the nodes of run `{id}`")));
        }
        let part = self.select(&Selection { nodes, ..Selection::default() })?;
        let there = datasets::existing_outputs(&part)?;
        let durable = |name: &str| run.persisted.iter().any(|persisted| persisted == name) && there.contains(name);
        let from = part.pipeline.resume_from(&run.completed().collect(), durable);
        if from.is_empty() {
            return Ok(None);
        }
        let from_nodes = from.into_iter().map(str::to_owned).collect();
        Ok(Some(part.select(&Selection { from_nodes, ..Selection::default() })?))
    }

    /// What a run would do whose datasets take the ways of `persist`, with buffers as `transports` has them.
    pub fn plan(&self, persist: Persist, transports: &Transports) -> Plan {
        plan(&self.pipeline, persist, transports)
    }

    /// A selection of exactly this project's nodes.
    pub fn selection(&self) -> Selection {
        let nodes = self.pipeline.nodes().iter().map(|node| node.name.clone()).collect();
        Selection { nodes, ..Selection::default() }
    }

    /// What the manifest's paths are relative to.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The manifest's name in errors.
    pub(crate) fn name(&self) -> &str {
        &self.pipeline.manifest().source.name
    }

    /// Brings every `crate = …` component up to date with its sources; `built` hears of each.
    ///
    /// # Errors
    ///
    /// With every component that could not be built.
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

    /// The file of a component: where it is, or where `build` puts it.
    pub(crate) fn component_file(&self, spec: &ComponentSpec) -> PathBuf {
        match &spec.origin {
            Origin::Crate(_) => self.output_directory().join(format!("{}.wasm", spec.name)),
            Origin::Path(path) => self.resolve(path),
        }
    }

    /// A path of the manifest, from the working directory.
    fn resolve(&self, path: &Path) -> PathBuf {
        if self.directory == Path::new(".") { path.to_owned() } else { self.directory.join(path) }
    }

    /// Where `build` puts components.
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
