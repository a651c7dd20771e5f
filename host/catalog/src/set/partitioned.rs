//! The settings of a partitioned dataset.

/// The settings of a partitioned dataset, as an entry has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partitioned {
    /// The end of every partition's name behind its id, such as `.csv` or `/part.parquet`.
    pub suffix: String,
    /// True if a commit removes the partitions that the new set does not have, but for those that it was to have and
    /// that failed. Else they stay, and are ignored.
    pub prune: bool,
    /// The place of the id confirmed last, in the same kind of place as the set: a path, a URL, or a key in the store.
    /// `""` is `.wpipe/checkpoint.json` below the set's root; `None` is for sets that keep none, and the same place.
    pub checkpoint: Option<String>,
    /// True if objects are partitions although a part of their names begins with `.` or `_`, as those do that other
    /// tools put beside data. A set that a run has written has all partitions of its manifest in any case.
    pub hidden: bool,
    /// Patterns of ids or names, one of which a partition has to fit; none at all for every partition.
    pub glob: Vec<String>,
    /// Patterns of objects and folders that are left out, as in `.gitignore`.
    pub exclude: Vec<String>,
}
