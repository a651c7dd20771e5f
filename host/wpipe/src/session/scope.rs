//! What runs of a manifest, and how: what all steps have in common.

use std::collections::BTreeMap;

use wpipe_pipeline::Selection;
use wpipe_runner::Runner;

use crate::{Project, Resumption, RunRecord};

/// How the run is made, as far as what is decided before it depends on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Settings {
    pub(super) runner: Runner,
    pub(super) load_versions: BTreeMap<String, String>,
    pub(super) has_no_journal: bool,
}

/// The part of a project that runs, and what is known of it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) whole: Project,
    /// What runs; `None` if nothing is left to run.
    pub(super) rest: Option<Project>,
    pub(super) selection: Selection,
    /// The run that it goes on with, and what that has left.
    pub(super) resumed: Option<Box<(RunRecord, Resumption)>>,
    /// Whether what has not changed is left out.
    pub(super) is_incremental: bool,
    pub(super) settings: Settings,
}
