//! What an entry says of a partitioned dataset.

/// What an entry says of a partitioned dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partitioned {
    /// What every partition's name ends with behind its id, such as `.csv` or `/part.parquet`.
    pub suffix: String,
    /// Whether a commit removes the partitions that the new set does not have, but for those that it was to have and
    /// that failed. Else they stay, and are ignored.
    pub prune: bool,
    /// Where the id confirmed last is kept, in the same kind of place as the set: a path, a URL, or a key in the store.
    /// `""` is `.wpipe/checkpoint.json` below the set's root; `None` is for sets that keep none, and the same place.
    pub checkpoint: Option<String>,
}
