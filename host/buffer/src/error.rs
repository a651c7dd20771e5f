//! The reasons to refuse a window: the `access-error` of the contract with guests.

use std::io;

/// The reason why an access to a buffer was refused. A refused access has changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The address is not a multiple of 64 KiB.
    #[error("the address is not a multiple of 64 KiB")]
    Misaligned,
    /// The window is not within the linear memory, or the guest finished or read more bytes than there are.
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
    /// The data is not available, for the given reason.
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
