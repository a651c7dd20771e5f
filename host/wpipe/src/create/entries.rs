//! The steps: which datasets have no entry, what their entries are, and the manifest with them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use similar::TextDiff;
use wpipe_pipeline::{Layers, NewDataset, Pipeline, Problem, Problems, Role, Source, insert_datasets, masked};

use super::choose::{Places, handed};
use super::file::ManifestFile;
use crate::manifest_text::read;
use crate::project::environment_file;
use crate::{Error, Host, ManifestError, Overrides, Project, Transports, datasets};

/// Entries in `[datasets]` for datasets that have none.
///
/// ```
/// use wpipe::{CreateEntries, Host};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("pipeline.toml");
/// # let component = wpipe_tests::guest("well_behaved");
/// # std::fs::write(&path, format!("[pipeline]\nname = \"example\"\n[components.example]\npath = {component:?}\n\
/// #     [nodes.double]\ninputs = [\"flowers\"]\noutputs = [\"larger_flowers\"]\n"))?;
/// let host = Host::builder().build()?;
/// let new = CreateEntries::of(&path).prepare(&host)?;
/// assert_eq!(new.entries().len(), 2);
/// assert!(new.after().ends_with("[datasets.larger_flowers]\ntype = \"parquet\"\npath = \"data/larger_flowers.parquet\"\n"));
/// new.write()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct CreateEntries {
    manifest: PathBuf,
    env: Option<String>,
    datasets: Vec<String>,
    folder: String,
}

impl CreateEntries {
    /// Begins with all datasets of the manifest at `path`, to be stored in the folder `data` beside it.
    pub fn of(path: impl Into<PathBuf>) -> Self {
        Self { manifest: path.into(), env: None, datasets: Vec::new(), folder: "data".to_owned() }
    }

    /// Writes into the manifest of this environment, which is made if there is none. What the manifest lists is not
    /// listed again.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>) -> Self {
        self.env = Some(name.into());
        self
    }

    /// Adds entries for these datasets only.
    #[must_use]
    pub fn datasets(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.datasets = names.into_iter().map(Into::into).collect();
        self
    }

    /// Puts the files into this folder, a path relative to the manifest.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<String>) -> Self {
        self.folder = folder.into();
        self
    }

    /// Opens the project as it is, which an environment may not have a manifest of yet.
    ///
    /// # Errors
    ///
    /// Fails as [`Project::open_with`] does, and if the environment cannot be the name of a file.
    pub fn open(&self) -> Result<Project, Error> {
        let env = match &self.env {
            Some(name) => {
                is_name(name).then_some(()).ok_or_else(|| ManifestError::EnvironmentName { name: name.clone() })?;
                environment_file(&self.manifest, name).exists().then(|| name.clone())
            }
            None => None,
        };
        Project::open_with(&self.manifest, &Overrides { env, ..Overrides::default() })
    }

    /// Chooses the entries and edits the text of the manifest, without writing it. Components must have been built.
    ///
    /// # Errors
    ///
    /// Fails if the manifest or a component cannot be read, if there is no dataset of a name, if no node says what a
    /// dataset is, and if its text or its place does not allow the entries.
    pub fn prepare(&self, host: &Host) -> Result<NewEntries, Error> {
        let project = self.open()?;
        let target = match &self.env {
            Some(name) => ManifestFile::read(&environment_file(&self.manifest, name), true)?,
            None => ManifestFile::read(&self.manifest, false)?,
        };
        let names = self.names(&project)?;
        let entries = if names.is_empty() { Vec::new() } else { self.entries(&project, host, &names)? };
        let after = insert_datasets(&target.text, &entries)
            .map_err(|reason| ManifestError::Uneditable { path: target.path().to_owned(), reason })?;
        self.check(&project, &target, &after)?;
        let notes = entries.iter().filter_map(|entry| note(&project, entry)).collect();
        Ok(NewEntries { target, after, entries, notes })
    }

    /// Returns the datasets without an entry, or those of them that are asked for.
    fn names(&self, project: &Project) -> Result<Vec<String>, Error> {
        let graph = project.pipeline();
        for name in &self.datasets {
            graph.check_dataset(name).map_err(Error::UnknownDataset)?;
        }
        let asked: BTreeSet<&str> = self.datasets.iter().map(String::as_str).collect();
        let missing = graph.datasets_without_entry().into_iter();
        Ok(missing.filter(|name| asked.is_empty() || asked.contains(name)).map(str::to_owned).collect())
    }

    fn entries(&self, project: &Project, host: &Host, names: &[String]) -> Result<Vec<NewDataset>, Error> {
        let graph = project.pipeline();
        let signatures = host.signatures(project)?;
        let known = handed(graph, &signatures);
        let mut places = Places::new(graph, project.directory(), &self.folder);
        let mut entries = Vec::new();
        for name in names {
            // What no node says anything of is bound to nothing, which a check explains.
            let Some(of_it) = graph.graph().find_dataset(name).and_then(|id| known.get(&id)) else {
                graph.check(&signatures, &|_| None)?;
                continue;
            };
            let entry = places.entry(name, of_it, &entries);
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Makes sure that the edited manifest has no problems that the manifest does not have now.
    fn check(&self, project: &Project, target: &ManifestFile, after: &str) -> Result<(), Error> {
        let text = Arc::new(Source::new(target.path().display().to_string(), after));
        let layers = match &self.env {
            Some(_) => Layers::new(read(&self.manifest)?).lay(text),
            None => Layers::new(text),
        };
        let edited = project.with(Pipeline::load_layers(&layers)?);
        let problems = |of: &Project| {
            let mut problems = Vec::new();
            datasets::open(of, &Transports::detect(), &mut problems);
            problems
        };
        let known: BTreeSet<String> = problems(project).iter().map(|problem| problem.message().to_owned()).collect();
        let new: Vec<Problem> =
            problems(&edited).into_iter().filter(|problem| !known.contains(problem.message())).collect();
        Ok(Problems::check(edited.name(), new)?)
    }
}

/// The entries, and the text of the manifest with them.
#[derive(Debug, Clone)]
pub struct NewEntries {
    target: ManifestFile,
    after: String,
    entries: Vec<NewDataset>,
    notes: Vec<String>,
}

impl NewEntries {
    /// Returns the entries, sorted by name; none if every dataset has one, or a pattern that fits it.
    pub fn entries(&self) -> &[NewDataset] {
        &self.entries
    }

    /// Returns the manifest that gets them.
    pub fn path(&self) -> &Path {
        self.target.path()
    }

    /// Returns true if the manifest does not exist yet.
    pub fn is_new(&self) -> bool {
        self.target.is_new()
    }

    /// Returns the text of the manifest without them.
    pub fn before(&self) -> &str {
        &self.target.text
    }

    /// Returns the text of the manifest with them.
    pub fn after(&self) -> &str {
        &self.after
    }

    /// Returns the change of the manifest as a unified diff, without credentials; empty if there are no entries.
    pub fn diff(&self) -> String {
        // Line ends are no part of what people compare.
        let shown = |text: &str| masked(text).replace("\r\n", "\n");
        let (before, after) = (shown(self.before()), shown(&self.after));
        let name = self.path().display().to_string();
        let old = if self.is_new() { "/dev/null" } else { &name };
        TextDiff::from_lines(&before, &after).unified_diff().header(old, &name).to_string()
    }

    /// Returns what people should know: files that are in the way of a run, inputs that are not there.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Writes the manifest, whole or not at all; nothing if there are no entries.
    ///
    /// # Errors
    ///
    /// Fails if the file has changed since it was read, or cannot be written.
    pub fn write(&self) -> Result<(), Error> {
        if self.entries.is_empty() { Ok(()) } else { self.target.write(&self.after) }
    }
}

/// Returns what people should know of the place of an entry.
fn note(project: &Project, entry: &NewDataset) -> Option<String> {
    let NewDataset { name, path, .. } = entry;
    let is_free = project.pipeline().dataset(name).is_some_and(|dataset| dataset.role == Role::FreeInput);
    match (is_free, project.directory().join(path).exists()) {
        (true, false) => Some(format!("no node makes `{name}`: put it at `{path}`, or correct its entry")),
        (false, true) => Some(format!("`{path}` is there already: a run that makes `{name}` replaces it")),
        _ => None,
    }
}

/// Returns true if a text may name an environment: it becomes part of a file's name.
fn is_name(env: &str) -> bool {
    !env.is_empty() && env.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}
