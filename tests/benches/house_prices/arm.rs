//! The ways in which tables get from task to task, and what each took.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A way in which tables get from task to task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arm {
    /// The shared store, a process a task.
    Store,
    /// Files of archives, a process a task.
    Archive,
    /// Parquet files, a process a task.
    Parquet,
    /// CSV files, a process a task.
    Csv,
    /// Parquet in an object store that speaks S3 over loopback, a process a task.
    S3,
    /// One process, which saves all tables as archives while it goes on.
    Tee,
    /// Kedro with vineyard, a process a task.
    Vineyard,
    /// Kedro with CSV files, a process a task.
    KedroCsv,
}

impl Arm {
    /// Returns all of them, those of Python only where one has what they need.
    pub(crate) fn all(has_store: bool, has_python: bool) -> Vec<Self> {
        let store = has_store.then_some(Self::Store);
        let own = [Self::Archive, Self::Parquet, Self::Csv, Self::S3, Self::Tee];
        let peers = [Self::Vineyard, Self::KedroCsv];
        store.into_iter().chain(own).chain(peers.into_iter().filter(|_| has_python)).collect()
    }

    /// Returns its name after `--only`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Archive => "archive",
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::S3 => "s3",
            Self::Tee => "tee",
            Self::Vineyard => "vineyard",
            Self::KedroCsv => "kedro",
        }
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Store => "shared store",
            Self::Archive => "archive files",
            Self::Parquet => "Parquet files",
            Self::Csv => "CSV files",
            Self::S3 => "Parquet in S3",
            Self::Tee => "one process, tee",
            Self::Vineyard => "Kedro, vineyard",
            Self::KedroCsv => "Kedro, CSV",
        })
    }
}

/// What one task took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Task {
    pub(crate) load: Duration,
    pub(crate) compute: Duration,
    pub(crate) save: Duration,
}

impl Task {
    /// What it took to hand tables over.
    pub(crate) fn sharing(self) -> Duration {
        self.load + self.save
    }
}

/// What all tasks took, one after the other.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) arm: Arm,
    /// In the order of the nodes.
    pub(crate) tasks: Vec<Task>,
    /// From the start of the first process to the end of the last.
    pub(crate) wall: Duration,
    /// What the last tables hold, by name.
    pub(crate) digests: BTreeMap<String, String>,
}

impl Measured {
    pub(crate) fn sharing(&self) -> Duration {
        self.tasks.iter().map(|task| task.sharing()).sum()
    }

    pub(crate) fn compute(&self) -> Duration {
        self.tasks.iter().map(|task| task.compute).sum()
    }
}
