//! The second step: what runs of the manifest.

use wpipe_build::{Built, Output};
use wpipe_pipeline::ComponentSpec;

use super::built::BuiltPart;
use super::scope::Part;
use crate::{Difference, Error, Project, Resumption, RunRecord};

/// A part of a project that somebody has selected.
#[derive(Debug)]
pub struct SelectedPart {
    part: Part,
    is_incremental: bool,
}

/// What an earlier run has left.
#[derive(Debug)]
pub struct RemainingPart {
    part: Part,
    resumed: Box<(RunRecord, Resumption)>,
}

impl SelectedPart {
    pub(super) fn new(part: Part) -> Self {
        Self { part, is_incremental: false }
    }

    /// Leaves out the nodes whose stored outputs are there, as far as nobody needs another output of them.
    ///
    /// # Errors
    ///
    /// As [`Project::only_missing_outputs`].
    pub fn only_missing_outputs(mut self) -> Result<Self, Error> {
        if let Some(rest) = self.part.rest {
            self.part.rest = rest.only_missing_outputs()?;
        }
        Ok(self)
    }

    /// Leaves out the nodes, and partitions, that would make what earlier incremental runs have made, and records what
    /// this one makes.
    #[must_use]
    pub fn incremental(mut self) -> Self {
        self.is_incremental = true;
        self
    }

    /// The selected project; `None` if nothing is to be run.
    pub fn project(&self) -> Option<&Project> {
        self.part.rest.as_ref()
    }

    /// Builds the node crates that are stale, and prints what cargo says only if it fails.
    ///
    /// # Errors
    ///
    /// With every component that could not be built, and as [`Incremental::of_run`](crate::Incremental::of_run).
    pub fn build(self) -> Result<BuiltPart, Error> {
        self.build_with(Output::Capture, |_, _| {})
    }

    /// As [`build`](Self::build); cargo's words go where `output` says, and `built` is called for each component.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_with(self, output: Output, built: impl FnMut(&ComponentSpec, &Built)) -> Result<BuiltPart, Error> {
        self.part.build(output, built)?;
        self.already_built()
    }

    /// Takes the components as they are.
    ///
    /// # Errors
    ///
    /// As [`Incremental::of_run`](crate::Incremental::of_run).
    pub fn already_built(self) -> Result<BuiltPart, Error> {
        BuiltPart::new(self.part, self.is_incremental)
    }
}

impl RemainingPart {
    pub(super) fn new(part: Part, record: RunRecord, resumption: Resumption) -> Self {
        Self { part, resumed: Box::new((record, resumption)) }
    }

    /// The run that is gone on with.
    pub fn resumed(&self) -> &RunRecord {
        &self.resumed.0
    }

    /// In what the manifest differs from that of the run.
    pub fn differences(&self) -> &[Difference] {
        &self.resumed.1.differences
    }

    /// What is left of the run; `None` if nothing is.
    pub fn project(&self) -> Option<&Project> {
        self.part.rest.as_ref()
    }

    /// Builds the node crates that are stale, and prints what cargo says only if it fails.
    ///
    /// # Errors
    ///
    /// With every component that could not be built, and as [`Resumption::outdated`].
    pub fn build(self) -> Result<BuiltPart, Error> {
        self.build_with(Output::Capture, |_, _| {})
    }

    /// As [`build`](Self::build); cargo's words go where `output` says, and `built` is called for each component.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn build_with(self, output: Output, built: impl FnMut(&ComponentSpec, &Built)) -> Result<BuiltPart, Error> {
        self.part.build(output, built)?;
        self.already_built()
    }

    /// Takes the components as they are.
    ///
    /// # Errors
    ///
    /// As [`Resumption::outdated`].
    pub fn already_built(self) -> Result<BuiltPart, Error> {
        BuiltPart::new(Part { resumed: Some(self.resumed), ..self.part }, false)
    }
}
