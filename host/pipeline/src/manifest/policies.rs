//! What a multipipeline does in the cases that its author has to decide.

use super::persist::Persist;

/// Which partitions of several datasets belong together: always those of one id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Join {
    /// Every dataset has every partition, or else it is an error.
    #[default]
    Strict,
    /// Those that every dataset has. The others are left out, which is reported.
    Inner,
    /// Those that any dataset has. A node is called for those of which all that it reads is there.
    Outer,
}

/// What slices have equal shares of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Balance {
    /// Partitions.
    #[default]
    Count,
    /// Bytes.
    Size,
}

/// What it means that there is no partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnEmpty {
    /// Something is wrong.
    #[default]
    Error,
    /// There is nothing to do, and the outputs are empty sets.
    Skip,
}

/// What becomes of the others when one partition fails.
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

    /// How it is written.
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
