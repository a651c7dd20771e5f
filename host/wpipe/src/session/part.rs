//! The second step: the part of the manifest that runs.

use std::marker::PhantomData;

use wpipe_build::{Built, Output};
use wpipe_pipeline::ComponentSpec;

use super::built::BuiltPart;
use super::scope::Part;
use crate::{Difference, Error, Project, Resumption, RunRecord};

/// A part of a project whose components are still to be built: a [`SelectedPart`] or a [`RemainingPart`].
#[derive(Debug)]
pub struct UnbuiltPart<Origin> {
    part: Part,
    origin: PhantomData<Origin>,
}

/// A part of a project that a caller has selected.
pub type SelectedPart = UnbuiltPart<Selected>;

/// The part that an earlier run has left.
pub type RemainingPart = UnbuiltPart<Remaining>;

/// The origin of a [`SelectedPart`].
#[derive(Debug)]
pub enum Selected {}

/// The origin of a [`RemainingPart`].
#[derive(Debug)]
pub enum Remaining {}

impl<Origin> UnbuiltPart<Origin> {
    /// Returns the project that runs; `None` if there is nothing to run.
    pub fn project(&self) -> Option<&Project> {
        self.part.rest.as_ref()
    }

    /// Builds the node crates that are stale, and prints cargo's output only if it fails.
    ///
    /// # Errors
    ///
    /// Fails with every component that could not be built, and as [`already_built`](Self::already_built) does.
    pub fn build(self) -> Result<BuiltPart, Error> {
        self.build_with(Output::Capture, |_, _| {})
    }

    /// Builds as [`build`](Self::build) does; cargo's output goes to `output`, and `built` is called for each
    /// component.
    ///
    /// # Errors
    ///
    /// Fails as [`build`](Self::build) does.
    pub fn build_with(self, output: Output, built: impl FnMut(&ComponentSpec, &Built)) -> Result<BuiltPart, Error> {
        self.part.rest.as_ref().unwrap_or(&self.part.whole).build(output, built)?;
        self.already_built()
    }

    /// Takes the components as they are.
    ///
    /// # Errors
    ///
    /// Fails as [`Incremental::of_run`](crate::Incremental::of_run) does for an incremental run, and as
    /// [`Resumption::outdated`] does for a resumed one.
    pub fn already_built(self) -> Result<BuiltPart, Error> {
        BuiltPart::new(self.part)
    }
}

impl SelectedPart {
    pub(super) fn new(part: Part) -> Self {
        Self { part, origin: PhantomData }
    }

    /// Leaves out the nodes whose stored outputs are there, unless another output of them is needed.
    ///
    /// # Errors
    ///
    /// Fails as [`Project::only_missing_outputs`] does.
    pub fn only_missing_outputs(mut self) -> Result<Self, Error> {
        if let Some(rest) = self.part.rest {
            self.part.rest = rest.only_missing_outputs()?;
        }
        Ok(self)
    }

    /// Leaves out the nodes and partitions whose results earlier incremental runs have made, and records the results of
    /// this run.
    #[must_use]
    pub fn incremental(mut self) -> Self {
        self.part.is_incremental = true;
        self
    }
}

impl RemainingPart {
    pub(super) fn of_run(part: Part, record: RunRecord, resumption: Resumption) -> Self {
        let resumed = Some(Box::new((record, resumption)));
        Self { part: Part { resumed, ..part }, origin: PhantomData }
    }

    /// Returns the run that is resumed.
    pub fn resumed(&self) -> &RunRecord {
        &self.left().0
    }

    /// Returns the differences between the manifest and that of the run.
    pub fn differences(&self) -> &[Difference] {
        &self.left().1.differences
    }

    fn left(&self) -> &(RunRecord, Resumption) {
        match &self.part.resumed {
            Some(resumed) => resumed,
            None => unreachable!("what remains is of a run"),
        }
    }
}
