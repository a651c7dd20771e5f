//! What is handed over: the numbers from 0 on, of so many bytes.

use std::fmt;

/// Bytes of the root behind the items of an archived vector.
const ROOT: usize = 8;

/// An archive of f64 numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Payload {
    /// Bytes of the archive.
    pub(crate) bytes: usize,
}

impl Payload {
    /// The sizes that are measured, from small to large.
    pub(crate) const ALL: [Self; 6] =
        [Self::of(4 << 10), Self::of(64 << 10), Self::MIB, Self::of(16 << 20), Self::MIB_256, Self::of(1 << 30)];

    pub(crate) const MIB: Self = Self::of(1 << 20);
    pub(crate) const MIB_256: Self = Self::of(256 << 20);

    const fn of(bytes: usize) -> Self {
        Self { bytes }
    }

    /// How many numbers there are.
    pub(crate) fn numbers(self) -> usize {
        (self.bytes - ROOT) / size_of::<f64>()
    }

    /// The first number and the last one, added.
    pub(crate) fn ends(self) -> f64 {
        (self.numbers() - 1) as f64
    }

    /// The sum of all numbers. Exact, as is every partial sum: it is below 2^53.
    pub(crate) fn sum(self) -> f64 {
        let numbers = self.numbers() as u64;
        (numbers * (numbers - 1) / 2) as f64
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes {
            bytes if bytes >= 1 << 30 => write!(f, "{} GiB", bytes >> 30),
            bytes if bytes >= 1 << 20 => write!(f, "{} MiB", bytes >> 20),
            bytes => write!(f, "{} KiB", bytes >> 10),
        }
    }
}
