//! The findings of a law.

/// A place where a law is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    /// The line, counted from 1.
    pub(super) line: usize,
    pub(super) message: String,
}

impl Finding {
    /// Makes a finding on the line of that index, counted from 0.
    pub(super) fn at(index: usize, message: impl Into<String>) -> Self {
        Self { line: index + 1, message: message.into() }
    }
}
