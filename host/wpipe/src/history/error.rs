//! The reasons why a recorded run cannot be read or resumed.

use std::path::PathBuf;

/// The reason why a recorded run cannot be read or resumed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no journal of any run.
    #[error("no run has been recorded yet")]
    NoRun,
    /// There are journals, and none of a run of this manifest.
    #[error("no run of `{manifest}` has been recorded yet: the latest in its folder, `{latest}`, is one of `{of}`")]
    NoRunOfManifest {
        /// The manifest.
        manifest: String,
        /// The latest run in its folder.
        latest: String,
        /// The manifest of that run.
        of: String,
    },
    /// No run has this name, nor begins with it.
    #[error("there is no run `{run}`: see `wpipe runs list`")]
    UnknownRun {
        /// The name that was asked for.
        run: String,
    },
    /// The names of several runs begin so.
    #[error("`{run}` may be any of {count} runs, from `{first}` to `{last}`")]
    AmbiguousRun {
        /// The name that was asked for.
        run: String,
        /// The number of such runs.
        count: usize,
        /// The oldest of them.
        first: String,
        /// The newest of them.
        last: String,
    },
    /// The run is one of another manifest.
    #[error("run `{run}` is one of `{of}`, not of `{manifest}`: name that manifest, or another run")]
    OtherManifest {
        /// The run.
        run: String,
        /// Its manifest.
        of: String,
        /// The manifest that was asked for.
        manifest: String,
    },
    /// The journal is damaged.
    #[error("the journal of run `{run}` is damaged: {reason}; to be told no more of it, remove `{}`", folder.display())]
    Damaged {
        /// The run.
        run: String,
        /// The damage.
        reason: String,
        /// The journal's folder.
        folder: PathBuf,
    },
    /// A later version has written it in a layout that this one cannot read.
    #[error("the journal of run `{run}` is of a later version of wpipe, {version}: read it with that one")]
    Newer {
        /// The run.
        run: String,
        /// The version that has written it.
        version: String,
    },
    /// A later version has written it in a layout that this one understands in part, which is too little to resume it.
    #[error(
        "run `{run}` was recorded by a later version of wpipe, {version}, in a layout that this one knows only in part: go \
         on with it by that version"
    )]
    PartlyUnderstood {
        /// The run.
        run: String,
        /// The version that has written it.
        version: String,
    },
    /// The latest run, which may be the one that is meant, cannot be read.
    #[error("{reason}; or say which run to go on with: `--resume RUN`, see `wpipe runs list`")]
    UnreadableLatest {
        /// The reason.
        reason: Box<Self>,
    },
    /// The run was given a parameter whose value its journal does not keep.
    #[error(
        "run `{run}` was given the parameter `{param}`, whose value its journal does not keep since it may be secret: give \
         it again, by `--params {param}=…`"
    )]
    WithheldParam {
        /// The run.
        run: String,
        /// The parameter, by its dotted path.
        param: String,
    },
    /// The manifest has none of the run's nodes any more.
    #[error("the manifest has none of the nodes of run `{run}`: run without `--resume`")]
    NoNodeLeft {
        /// The run.
        run: String,
    },
    /// A node that had not completed is not in the manifest any more, and nothing else is left to do.
    #[error(
        "of run `{run}`, node `{node}`, which had not completed, is not in the manifest any more, and nothing else is left \
         to do: name what takes its place (`--from-nodes NODE`), or run without `--resume`"
    )]
    RemovedNode {
        /// The run.
        run: String,
        /// The node.
        node: String,
    },
}
