//! The bytes of a finished buffer in the node's memory: attached, or copied if the host cannot attach.

use wpipe_data::AlignedBytes;

use crate::contract::{AccessError, Buffer, Window};

/// The most bytes that one `read` asks for: host and guest hold them once more meanwhile.
const PIECE: u64 = 64 << 20;

/// The bytes of one buffer.
#[derive(Debug)]
pub(crate) enum Content {
    /// The bytes are in a window. The buffer, dropped first, lets go of it; then the window is free again.
    Attached {
        _buffer: Buffer,
        window: Window,
        len: usize,
    },
    Copied(AlignedBytes),
}

impl Content {
    pub(crate) fn new(buffer: Buffer) -> Result<Self, AccessError> {
        let len = usize::try_from(buffer.size()).unwrap_or(usize::MAX);
        if len == 0 {
            return Ok(Self::Copied(AlignedBytes::new()));
        }
        let attached = Window::reserve(len).and_then(|window| {
            buffer.attach(window.address())?;
            Ok(window)
        });
        match attached {
            Ok(window) => Ok(Self::Attached { _buffer: buffer, window, len }),
            Err(AccessError::Unmappable) => copy(&buffer).map(Self::Copied),
            Err(error) => Err(error),
        }
    }
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Attached { window, len, .. } => window.bytes(*len),
            Self::Copied(bytes) => bytes,
        }
    }
}

fn copy(buffer: &Buffer) -> Result<AlignedBytes, AccessError> {
    let size = buffer.size();
    let mut bytes = AlignedBytes::with_capacity(size as usize);
    while (bytes.len() as u64) < size {
        let offset = bytes.len() as u64;
        bytes.extend_from_slice(&buffer.read(offset, PIECE.min(size - offset))?);
    }
    Ok(bytes)
}
