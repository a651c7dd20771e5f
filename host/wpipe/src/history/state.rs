//! The state of a run.

use std::fmt;

use serde::Serialize;

/// The state of a run, by its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Its process is at work.
    Running,
    /// Every node completed, and everything promised is durable.
    Completed,
    /// It ended with an error.
    Failed,
    /// It was interrupted.
    Interrupted,
    /// Its process ended without a word.
    Killed,
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Killed => "killed",
        })
    }
}
