//! The names of transports, for plans, events and arguments.

use std::fmt;
use std::str::FromStr;

/// The way in which the bytes of a buffer reach a linear memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Copied.
    Copy,
    /// Mapped copy-on-write from anonymous memory.
    Map,
    /// Mapped copy-on-write from a file.
    File,
    /// Moved, page by page, into its last consumer.
    Move,
    /// Mapped copy-on-write from a file of a shared store, which other processes map as well.
    Store,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Copy => "copy",
            Self::Map => "map",
            Self::File => "file",
            Self::Move => "move",
            Self::Store => "store",
        })
    }
}

impl FromStr for Transport {
    type Err = UnknownTransport;

    fn from_str(name: &str) -> Result<Self, UnknownTransport> {
        let all = [Self::Copy, Self::Map, Self::File, Self::Move, Self::Store];
        let named = all.into_iter().find(|transport| transport.to_string() == name);
        named.ok_or_else(|| UnknownTransport(name.to_owned()))
    }
}

/// A name that no transport has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no transport `{}`", .0.escape_debug())]
pub struct UnknownTransport(String);
