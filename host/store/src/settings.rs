//! The settings of a store.

use std::path::PathBuf;
use std::time::Duration;

/// The longest wait for room, unless the settings say otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// The settings of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The directory. It is created if it does not exist, below a directory that does.
    pub path: PathBuf,
    /// The most bytes that all objects together may take; `None` is half of the file system.
    pub limit: Option<u64>,
    /// True if the members of the directory's group share the store, false if it is this user's alone.
    pub is_shared_with_group: bool,
    /// The longest wait for room when the store is full.
    pub patience: Duration,
}

impl Settings {
    /// Returns the defaults for a store at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), limit: None, is_shared_with_group: false, patience: PATIENCE }
    }
}
