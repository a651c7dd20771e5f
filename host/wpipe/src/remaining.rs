//! The rest of a project: the part that storage lacks, or that an earlier run has left.

use crate::{Error, Project, Resumption, RunRecord, datasets};

impl Project {
    /// Returns the part of the project that has to run so that every stored dataset is there; `None` if all are.
    ///
    /// # Errors
    ///
    /// Fails if an entry of the catalog is wrong, or storage does not say what it has.
    pub fn only_missing_outputs(&self) -> Result<Option<Self>, Error> {
        let there = datasets::existing_outputs(self)?;
        let part = self.pipeline().only_missing_outputs(|name| there.contains(name));
        Ok(part.map(|pipeline| self.with(pipeline)))
    }

    /// Returns the rest of `run`: the nodes that did not complete, those that make inputs of them which storage does
    /// not have, and all that depends on these; `None` if nothing is left. The selection of the run counts, as far as
    /// the manifest still has it.
    ///
    /// # Errors
    ///
    /// Fails if the manifest has none of the run's nodes, or storage does not say what it has.
    pub fn resume(&self, run: &RunRecord) -> Result<Option<Self>, Error> {
        Ok(self.resumption(run)?.rest)
    }

    /// Returns the rest as [`Project::resume`] does, and the differences between the manifest and that of the run.
    ///
    /// # Errors
    ///
    /// Fails as [`Project::resume`] does, and if a node that did not complete is no more in the manifest and nothing
    /// else is left.
    pub fn resumption(&self, run: &RunRecord) -> Result<Resumption, Error> {
        Resumption::of(self, run)
    }
}
