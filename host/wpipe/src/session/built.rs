//! The third step: components are there, so that what has changed can be told.

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
    /// Why what the run makes could not be recorded.
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
                // Before anything runs: what is made is not made in vain.
                unrecordable = decided.check_recordable(&rest).err();
                part.rest = Some(rest);
            }
            incremental = Some(decided);
        }
        Ok(Self { part, incremental, outdated, unrecordable })
    }

    /// The project that runs; `None` if nothing is to be run.
    pub fn project(&self) -> Option<&Project> {
        self.part.rest.as_ref()
    }

    /// The project that it is a part of.
    pub fn whole(&self) -> &Project {
        &self.part.whole
    }

    /// What has changed for nodes that the resumed run has completed, and whose results are kept all the same.
    pub fn outdated(&self) -> &[Outdated] {
        &self.outdated
    }

    /// What becomes of each node of an incremental run, and why; empty for others.
    pub fn decisions(&self) -> &[Decision] {
        self.incremental.as_ref().map(|decided| decided.decisions.as_slice()).unwrap_or_default()
    }

    /// Why the next incremental run will not know of this one, if so.
    pub fn unrecordable(&self) -> Option<&Error> {
        self.unrecordable.as_ref()
    }

    /// Loads the components, opens the datasets and checks every edge.
    ///
    /// # Errors
    ///
    /// With every problem that can be found without running.
    pub fn load(self, host: &Host) -> Result<ReadyPart, Error> {
        let pipeline = self.project().map(|project| host.load_project(project.clone())).transpose()?;
        Ok(ReadyPart::new(self, pipeline))
    }
}
