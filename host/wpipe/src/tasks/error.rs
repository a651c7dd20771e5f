//! The reasons why a task cannot be run, or its run not be read.

use std::io;

use wpipe_catalog::DataError;
use wpipe_pipeline::GroupError;

/// The reason why a pipeline cannot be divided into tasks, or a task not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// Groups of nodes would wait for each other.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// No process would know when a checkpoint may be confirmed.
    #[error(
        "the set `{dataset}` has a checkpoint, and is read by several tasks ({}): none would know when it is worked through",
        names(tasks)
    )]
    Checkpoint {
        /// The dataset.
        dataset: String,
        /// The tasks that read it.
        tasks: Vec<String>,
    },
    /// There is no such task.
    #[error("there is no task `{task}`: {help}")]
    Unknown {
        /// The name.
        task: String,
        /// The likely intention.
        help: String,
    },
    /// A run cannot have this name.
    #[error("`{name}` is no name of a run: {reason}")]
    BadName {
        /// The name.
        name: String,
        /// The fault.
        reason: &'static str,
    },
    /// The store of runs cannot be opened.
    #[error("`{store}` cannot be the store of runs: {reason}")]
    BadStore {
        /// The store, as it was given.
        store: String,
        /// The fault.
        reason: String,
    },
    /// The run is of something else.
    #[error("run `{run}` in `{store}` was begun with {}", differ(.differs))]
    OtherRun {
        /// The run.
        run: String,
        /// The store.
        store: String,
        /// What differs: its name, the value in the store, and the value here.
        differs: Vec<(String, String, String)>,
    },
    /// The store has no such run.
    #[error("there is no run `{run}` in `{store}`")]
    NoRun {
        /// The run.
        run: String,
        /// The store.
        store: String,
    },
    /// No attempt of the run has ended.
    #[error("no attempt at a task of run `{run}` in `{store}` has ended")]
    NothingEnded {
        /// The run.
        run: String,
        /// The store.
        store: String,
    },
    /// Tasks that must come before have no result.
    #[error("task `{task}` of run `{run}` cannot begin: {} no result yet", have(lacking))]
    NotReady {
        /// The task.
        task: String,
        /// The run.
        run: String,
        /// The tasks that come first.
        lacking: Vec<String>,
    },
    /// A document is not what this program has written.
    #[error("`{document}` of the store `{store}` is damaged: {reason}")]
    Damaged {
        /// The document.
        document: String,
        /// The store.
        store: String,
        /// The fault.
        reason: String,
    },
    /// A document is of another version.
    #[error("`{document}` of the store `{store}` has format {format}, and this version of wpipe reads format {known}")]
    OtherFormat {
        /// The document.
        document: String,
        /// The store.
        store: String,
        /// Its format.
        format: u32,
        /// The format of this version.
        known: u32,
    },
    /// The store of runs does not answer.
    #[error("the store of runs does not do its part: {0}")]
    Store(#[source] Box<DataError>),
    /// There is no place for the journal of an attempt until it ends.
    #[error("failed to keep the journal in the folder for temporary files: {0}")]
    Journal(#[source] io::Error),
}

impl TaskError {
    /// Returns the remedy, if it is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Checkpoint { .. } => Some("put its readers into one task: `--group-by all`".to_owned()),
            Self::OtherRun { .. } => Some("give the run another name, or repeat it as it was begun".to_owned()),
            Self::NotReady { lacking, .. } => {
                lacking.first().map(|first| format!("run them first, such as `wpipe run … --task {first}`"))
            }
            Self::OtherFormat { .. } => Some("use the version of wpipe that has begun the run".to_owned()),
            Self::Damaged { .. } => Some("begin another run".to_owned()),
            Self::Journal(_) => Some("set `TMPDIR` to a folder that can be written".to_owned()),
            Self::Store(error) => error.help(),
            _ => None,
        }
    }

    /// Returns true if the input was wrong, rather than something having failed.
    pub fn is_bad_input(&self) -> bool {
        !matches!(self, Self::Store(_) | Self::Journal(_))
    }
}

impl From<DataError> for TaskError {
    fn from(error: DataError) -> Self {
        Self::Store(Box::new(error))
    }
}

fn names(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn have(lacking: &[String]) -> String {
    match lacking {
        [only] => format!("task `{only}` has"),
        all => format!("tasks {} have", names(all)),
    }
}

fn differ(differs: &[(String, String, String)]) -> String {
    let all: Vec<_> =
        differs.iter().map(|(what, there, here)| format!("{what} {there}, and here it is {here}")).collect();
    all.join("; ")
}
