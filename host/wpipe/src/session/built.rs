//! The third step: components are built, so that changes can be found.

use wpipe_pipeline::Selection;

use super::ready::ReadyPart;
use super::scope::Part;
use crate::{Decision, Error, Host, Incremental, IncrementalOptions, Outdated, Project};

/// A part of a project whose components are built.
#[derive(Debug)]
pub struct BuiltPart {
    pub(super) part: Part,
    pub(super) incremental: Option<Incremental>,
    outdated: Vec<Outdated>,
    /// The reason why the results of the run could not be recorded.
    pub(super) unrecordable: Option<Error>,
}

impl BuiltPart {
    pub(super) fn new(mut part: Part) -> Result<Self, Error> {
        let outdated = part.resumed.as_ref().map(|resumed| resumed.1.outdated()).transpose()?.unwrap_or_default();
        let (mut incremental, mut unrecordable) = (None, None);
        if let Some(project) = part.rest.take_if(|_| part.is_incremental) {
            let (runner, load_versions) = (part.settings.runner, part.settings.load_versions.clone());
            let decided =
                Incremental::of_run(&project, &IncrementalOptions { workers: runner.workers(), load_versions })?;
            let nodes = decided.to_run();
            if !nodes.is_empty() {
                let rest = project.select(&Selection { nodes, ..Selection::default() })?;
                // Checked before anything runs, so that no work is done in vain.
                unrecordable = decided.check_recordable(&rest).err();
                part.rest = Some(rest);
            }
            incremental = Some(decided);
        }
        Ok(Self { part, incremental, outdated, unrecordable })
    }

    /// Returns the project that runs; `None` if there is nothing to run.
    pub fn project(&self) -> Option<&Project> {
        self.part.rest.as_ref()
    }

    /// Returns the project that it is a part of.
    pub fn whole(&self) -> &Project {
        &self.part.whole
    }

    /// Returns the changes to nodes that the resumed run has completed, and whose results are kept all the same.
    pub fn outdated(&self) -> &[Outdated] {
        &self.outdated
    }

    /// Returns the decision for each node of an incremental run, with its reasons; empty for other runs.
    pub fn decisions(&self) -> &[Decision] {
        self.incremental.as_ref().map(|decided| decided.decisions.as_slice()).unwrap_or_default()
    }

    /// Returns the reason why this run cannot be recorded for the next incremental run, if so.
    pub fn unrecordable(&self) -> Option<&Error> {
        self.unrecordable.as_ref()
    }

    /// Loads the components, opens the datasets and checks every edge.
    ///
    /// # Errors
    ///
    /// Fails with every problem that can be found without running.
    pub fn load(self, host: &Host) -> Result<ReadyPart, Error> {
        let pipeline = self.project().map(|project| host.load_project(project.clone())).transpose()?;
        Ok(ReadyPart::new(self, pipeline))
    }
}
