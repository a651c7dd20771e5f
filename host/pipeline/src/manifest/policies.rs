//! The decisions that the author of a multipipeline has to make.

use super::persist::Persist;

/// The rule that joins partitions of several datasets: only those of one id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Join {
    /// Every dataset must have every partition; otherwise it is an error.
    #[default]
    Strict,
    /// The partitions that every dataset has. The others are left out, which is reported.
    Inner,
    /// The partitions that any dataset has. A node is called for those that have all that it reads.
    Outer,
}

/// The quantity that slices have equal shares of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Balance {
    /// Partitions.
    #[default]
    Count,
    /// Bytes.
    Size,
}

/// The meaning of an empty set of partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnEmpty {
    /// It is an error.
    #[default]
    Error,
    /// There is nothing to do, and the outputs are empty sets.
    Skip,
}

/// The fate of the others when one partition fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnPartitionError {
    /// The run fails.
    #[default]
    Fail,
    /// It is reported and left out, and the others go on.
    Skip,
}

/// The values of a key that has one of a few words.
pub(super) trait Choice: Copy + 'static {
    const VALUES: &'static [Self];

    /// Returns its spelling.
    fn word(self) -> &'static str;
}

impl Choice for Join {
    const VALUES: &'static [Self] = &[Self::Strict, Self::Inner, Self::Outer];

    fn word(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Inner => "inner",
            Self::Outer => "outer",
        }
    }
}

impl Choice for Balance {
    const VALUES: &'static [Self] = &[Self::Count, Self::Size];

    fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Size => "size",
        }
    }
}

impl Choice for OnEmpty {
    const VALUES: &'static [Self] = &[Self::Error, Self::Skip];

    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Skip => "skip",
        }
    }
}

impl Choice for OnPartitionError {
    const VALUES: &'static [Self] = &[Self::Fail, Self::Skip];

    fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

impl Choice for Persist {
    const VALUES: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}
