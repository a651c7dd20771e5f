//! Why a window could not be had: the `access-error` of the contract with guests.

use std::io;

/// Why an access to a buffer was refused. Nothing has changed when one of these is returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The address is not a multiple of 64 KiB.
    #[error("the address is not a multiple of 64 KiB")]
    Misaligned,
    /// The window is not within the linear memory, or more was finished or read than there is.
    #[error("the range is out of bounds")]
    OutOfBounds,
    /// The window touches another one, or the buffer is attached already and not made larger.
    #[error("the window overlaps another one, or the buffer is attached already")]
    Overlap,
    /// Pages cannot be placed in this memory.
    #[error("pages cannot be placed in this memory")]
    Unmappable,
    /// The limit on output bytes is used up.
    #[error("the limit on output bytes is used up")]
    QuotaExceeded,
    /// The data cannot be had, for the given reason.
    #[error("{0}")]
    Unavailable(String),
}

impl From<io::Error> for AccessError {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(format!("the operating system refused: {error}"))
    }
}

impl From<rustix::io::Errno> for AccessError {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
