//! The targets that nodes are compiled for.

use std::fmt;

/// A compilation target of node crates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Target {
    /// `wasm32-unknown-unknown`: a node that can ask its host only for what the contract gives.
    #[default]
    UnknownUnknown,
    /// `wasm32-wasip2`: a node that also imports WASI 0.2.
    Wasip2,
}

impl Target {
    /// Every target.
    pub const ALL: [Self; 2] = [Self::UnknownUnknown, Self::Wasip2];

    /// Returns its name in rustc.
    #[must_use]
    pub const fn triple(self) -> &'static str {
        match self {
            Self::UnknownUnknown => "wasm32-unknown-unknown",
            Self::Wasip2 => "wasm32-wasip2",
        }
    }

    /// Returns the target of that name, if nodes can be built for it.
    #[must_use]
    pub fn from_triple(triple: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.triple() == triple)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.triple())
    }
}
