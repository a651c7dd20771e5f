//! The first step: the manifest and the settings of its run.

use std::path::PathBuf;

use wpipe_pipeline::Selection;
use wpipe_runner::Runner;

use super::part::{RemainingPart, SelectedPart};
use super::scope::{Part, Settings};
use crate::{Error, History, Overrides, Project};

/// A run of a manifest on disk: [`select`](Self::select) chooses its nodes, or [`resume`](Self::resume) continues an
/// earlier run; then build, load and run.
///
/// ```
/// use wpipe::{Host, NextStep, Selection, Session, Table};
///
/// # let directory = tempfile::tempdir()?;
/// # let manifest = directory.path().join("pipeline.toml");
/// # let component = wpipe_tests::guest("well_behaved");
/// # std::fs::write(&manifest, format!("
/// #     [pipeline]
/// #     name = \"example\"
/// #     [components.example]
/// #     path = {component:?}
/// #     [nodes.double]
/// #     inputs = [\"flowers\"]
/// #     outputs = [\"larger_flowers\"]
/// # "))?;
/// let host = Host::builder().build()?;
/// let flowers = Table::from_columns([("petal_length", vec![1.4, 4.7].into())])?;
///
/// let finished = Session::new(&manifest)
///     .select(&Selection::default())?
///     .build()?
///     .load(&host)?
///     .run(|run| run.input("flowers", &flowers))?;
/// assert_eq!(finished.next_step(), &NextStep::Nothing);
///
/// // It has kept a journal, by which another session could go on.
/// let remaining = Session::new(&manifest).resume(None)?;
/// assert!(remaining.differences().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    manifest: PathBuf,
    overrides: Overrides,
    settings: Settings,
}

impl Session {
    /// Returns a session for the manifest at `path`, which is read by the next step.
    pub fn new(manifest: impl Into<PathBuf>) -> Self {
        Self { manifest: manifest.into(), overrides: Overrides::default(), settings: Settings::default() }
    }

    /// Lays an environment and parameters over the manifest.
    #[must_use]
    pub fn overrides(mut self, overrides: Overrides) -> Self {
        self.overrides = overrides;
        self
    }

    /// Sets the order of nodes and how many run at once; by default in parallel, with a worker for each processor.
    #[must_use]
    pub fn runner(mut self, runner: Runner) -> Self {
        self.settings.runner = runner;
        self
    }

    /// Loads this version of a versioned free input, rather than the newest.
    #[must_use]
    pub fn load_version(mut self, dataset: impl Into<String>, version: impl Into<String>) -> Self {
        self.settings.load_versions.insert(dataset.into(), version.into());
        self
    }

    /// Keeps no journal: the run will be in no [`History`], and cannot be resumed.
    #[must_use]
    pub fn without_journal(mut self) -> Self {
        self.settings.has_no_journal = true;
        self
    }

    /// Reads the manifest and takes the part of it that `selection` asks for; the whole by default.
    ///
    /// # Errors
    ///
    /// Fails if the manifest cannot be read, with every problem in it, or if a name of the selection is unknown.
    pub fn select(self, selection: &Selection) -> Result<SelectedPart, Error> {
        let whole = Project::open_with(&self.manifest, &self.overrides)?;
        let rest = if selection.is_everything() { whole.clone() } else { whole.select(selection)? };
        Ok(SelectedPart::new(Part {
            whole,
            rest: Some(rest),
            selection: selection.clone(),
            resumed: None,
            is_incremental: false,
            settings: self.settings,
        }))
    }

    /// Takes the rest of the run of this name, or of the only one whose name begins with it; `None` is the latest run
    /// of the manifest. Its environment and parameters hold again, below those of [`overrides`](Self::overrides).
    ///
    /// # Errors
    ///
    /// Fails if there is no such run or its journal cannot be read, and as [`Project::resumption`] does.
    pub fn resume(self, run: Option<&str>) -> Result<RemainingPart, Error> {
        let record = History::beside(&self.manifest).open_of(&self.manifest, run)?;
        let whole = Project::open_with(&self.manifest, &record.description.overrides(&self.overrides)?)?;
        let resumption = whole.resumption(&record)?;
        let rest = resumption.rest.clone();
        let selection = rest.as_ref().map(Project::selection).unwrap_or_default();
        let part = Part { whole, rest, selection, resumed: None, is_incremental: false, settings: self.settings };
        Ok(RemainingPart::of_run(part, record, resumption))
    }
}
