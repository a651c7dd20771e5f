//! The part of a manifest that runs, and its settings: the common state of all steps.

use std::collections::BTreeMap;

use wpipe_pipeline::Selection;
use wpipe_runner::Runner;

use crate::{Project, Resumption, RunRecord};

/// The settings of the run that decisions before it depend on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Settings {
    pub(super) runner: Runner,
    pub(super) load_versions: BTreeMap<String, String>,
    pub(super) has_no_journal: bool,
}

/// The part of a project that runs, with its context.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) whole: Project,
    /// The project that runs; `None` if nothing is left to run.
    pub(super) rest: Option<Project>,
    pub(super) selection: Selection,
    /// The run that is resumed, and the rest that it has left.
    pub(super) resumed: Option<Box<(RunRecord, Resumption)>>,
    /// True if unchanged nodes are left out.
    pub(super) is_incremental: bool,
    pub(super) settings: Settings,
}
