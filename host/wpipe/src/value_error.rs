//! The reasons why values that a program gives to a run, or asks of its result, do not fit.

/// The reason why the value for an input of a run does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The value cannot be laid out.
    #[error("input `{dataset}`: {reason}")]
    Invalid {
        /// The dataset.
        dataset: String,
        /// The error in the value.
        reason: String,
    },
    /// The pipeline reads no such dataset, or makes it itself.
    #[error("`{dataset}` is no free input of pipeline `{pipeline}`")]
    Unknown {
        /// The dataset.
        dataset: String,
        /// The pipeline.
        pipeline: String,
    },
    /// The value is of another type.
    #[error(transparent)]
    Type(#[from] TypeMismatch),
    /// The dataset is a set of partitions.
    #[error("`{dataset}` is partitioned: give it by `input_partitions`")]
    IsPartitioned {
        /// The dataset.
        dataset: String,
    },
    /// The dataset is no set of partitions.
    #[error("`{dataset}` is not partitioned: give it by `input`")]
    NotPartitioned {
        /// The dataset.
        dataset: String,
    },
    /// What the shared store has of the dataset does not fit.
    #[error("{reason}; run the node that makes it again, with the same store")]
    Shared {
        /// The misfit.
        reason: String,
    },
    /// A version is asked for of a dataset that has none.
    #[error("`{dataset}` has no versions: it is no versioned dataset of the pipeline")]
    Unversioned {
        /// The dataset.
        dataset: String,
    },
    /// A version is asked for of a dataset that the run makes.
    #[error("`{dataset}` is made by node `{node}` of this run: versions are of what it only reads (`--from-nodes`)")]
    MadeHere {
        /// The dataset.
        dataset: String,
        /// The node that makes it.
        node: String,
    },
}

/// The reason why a result of a run cannot be returned as requested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The run has kept no such output.
    #[error("`{dataset}` is no output that the run kept: there is {}", named(there))]
    Unknown {
        /// The dataset.
        dataset: String,
        /// The outputs that it has kept, sorted.
        there: Vec<String>,
    },
    /// The output is of another type.
    #[error(transparent)]
    Type(#[from] TypeMismatch),
    /// The content is not valid for its type.
    #[error("output `{dataset}`: {reason}")]
    Invalid {
        /// The dataset.
        dataset: String,
        /// The error in it.
        reason: String,
    },
    /// The output is a set of partitions.
    #[error("output `{dataset}` is partitioned: take its `partitions`")]
    IsPartitioned {
        /// The dataset.
        dataset: String,
    },
    /// The output is no set of partitions.
    #[error("output `{dataset}` is not partitioned: take its `output`")]
    NotPartitioned {
        /// The dataset.
        dataset: String,
    },
}

/// The difference between the type of a dataset and the type that a program takes it for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypeMismatch {
    /// Another type.
    #[error("`{dataset}` is of type `{expected}`, not `{actual}`")]
    Name {
        /// The dataset.
        dataset: String,
        /// Its type.
        expected: String,
        /// The type that the program takes it for.
        actual: String,
    },
    /// The type has the same name and another layout.
    #[error("`{dataset}` is of type `{name}` with another layout: rebuild both sides from one definition")]
    Layout {
        /// The dataset.
        dataset: String,
        /// The type.
        name: String,
    },
}

fn named(there: &[String]) -> String {
    match there {
        [] => "nothing".to_owned(),
        there => there.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}
