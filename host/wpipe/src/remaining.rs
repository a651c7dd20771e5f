//! What is left to do of a project: by what storage has, and by what an earlier run has done.

use crate::{Error, Project, Resumption, RunRecord, datasets};

impl Project {
    /// The part of the project that has to run so that every stored dataset is there; `None` if all are.
    ///
    /// # Errors
    ///
    /// When an entry of the catalog is wrong, or storage does not say what it has.
    pub fn only_missing_outputs(&self) -> Result<Option<Self>, Error> {
        let there = datasets::existing_outputs(self)?;
        let part = self.pipeline().only_missing_outputs(|name| there.contains(name));
        Ok(part.map(|pipeline| self.with(pipeline)))
    }

    /// What is left of `run`: the nodes that did not complete, those that make what they need and storage does not
    /// have, and all that depends on these; `None` if nothing is left. What the run was to do counts, as far as the
    /// manifest still has it.
    ///
    /// # Errors
    ///
    /// When the manifest has none of the run's nodes, or storage does not say what it has.
    pub fn resume(&self, run: &RunRecord) -> Result<Option<Self>, Error> {
        Ok(self.resumption(run)?.rest)
    }

    /// As [`Project::resume`], and in what the manifest differs from that of the run.
    ///
    /// # Errors
    ///
    /// As [`Project::resume`], and when a node that did not complete is no more in the manifest and nothing else is left.
    pub fn resumption(&self, run: &RunRecord) -> Result<Resumption, Error> {
        Resumption::of(self, run)
    }
}
