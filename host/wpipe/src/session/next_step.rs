//! The step that continues a run.

use wpipe_pipeline::Selection;
use wpipe_runner::Report;

use crate::Pipeline;
use crate::project::exactly;

/// The step that continues a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing is left to run.
    Nothing,
    /// No node has completed: the same run again.
    Repeat,
    /// [`Session::resume`](crate::Session::resume) continues it.
    Resume {
        /// The nodes with which it continues, sorted.
        from: Vec<String>,
        /// True if partitions of a multipipeline are done, which are not made again.
        keeps_partitions: bool,
        /// The parameters that are kept nowhere, since they may be secret: they must be given again.
        withheld: Vec<String>,
    },
    /// The run has kept no journal, or its journal cannot know what is missing in the shared store: a run of this selection
    /// continues it.
    Select {
        /// The part of the selection that is left.
        selection: Box<Selection>,
        /// The parameters that are kept nowhere, since they may be secret: they must be given again.
        withheld: Vec<String>,
    },
}

impl NextStep {
    /// Returns the step after a run of the `selection` of a pipeline that did not complete.
    pub(super) fn after(pipeline: &Pipeline, selection: &Selection, report: &Report, has_journal: bool) -> Self {
        let from = pipeline.resume_from(report);
        let keeps_partitions = report.multipipelines.values().any(|of| of.completed > 0 && of.completed < of.total);
        let given = pipeline.project().given_params().into_iter();
        let withheld = given.filter(|(_, value)| value.is_none()).map(|(path, _)| path).collect();
        if report.completed.is_empty() && !keeps_partitions {
            Self::Repeat
        } else if from.is_empty() {
            Self::Nothing
        } else if has_journal && report.unshared.is_empty() {
            let from = from.into_iter().map(str::to_owned).collect();
            Self::Resume { from, keeps_partitions, withheld }
        } else {
            let multipipelines = pipeline.project().pipeline().multipipelines();
            let only = |node: &str| match multipipelines.iter().any(|of| of.name == node) {
                true => exactly(node),
                false => node.to_owned(),
            };
            // The beginning of the selection no longer counts, its end does.
            let from_nodes = from.into_iter().map(only).collect();
            Self::Select { selection: Box::new(Selection { from_nodes, ..selection.clone() }), withheld }
        }
    }
}
