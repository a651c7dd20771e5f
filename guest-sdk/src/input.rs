//! An input of the running node: attached, or copied where the host cannot attach.

use core::mem::ManuallyDrop;

use wpipe_data::{AlignedBytes, View};

use crate::contract::{AccessError, Buffer, Window, explain};

/// Bytes that one `read` asks for at most: host and guest hold them once more meanwhile.
const PIECE: u64 = 64 << 20;

/// The bytes of one input, for as long as the node runs.
#[derive(Debug)]
pub struct Input {
    name: &'static str,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// The buffer stays attached to the end of the call, and with it its window taken: the sandbox goes then with all
    /// that is in it, and detaching the buffer first would be work for nothing. (Nodes get references to inputs: they
    /// cannot drop them earlier.)
    Attached {
        _buffer: ManuallyDrop<Buffer>,
        window: ManuallyDrop<Window>,
        len: usize,
    },
    Copied(AlignedBytes),
}

impl Input {
    pub(crate) fn new(name: &'static str, buffer: Buffer) -> Result<Self, String> {
        match Content::new(buffer) {
            Ok(content) => Ok(Self { name, content }),
            Err(error) => Err(format!("failed to read the input `{name}`: {}", explain(error))),
        }
    }

    /// The bytes as a `T`, checked.
    ///
    /// # Errors
    ///
    /// When they are none.
    pub fn view<T: View + ?Sized>(&self) -> Result<T::Holder<'_>, String> {
        let bytes = match &self.content {
            Content::Attached { window, len, .. } => window.bytes(*len),
            Content::Copied(bytes) => bytes,
        };
        T::view(bytes).map_err(|error| format!("failed to read the input `{}`: {error}", self.name))
    }
}

impl Content {
    fn new(buffer: Buffer) -> Result<Self, AccessError> {
        let len = usize::try_from(buffer.size()).unwrap_or(usize::MAX);
        if len == 0 {
            return Ok(Self::Copied(AlignedBytes::new()));
        }
        let attached = Window::reserve(len).and_then(|window| {
            buffer.attach(window.address())?;
            Ok(window)
        });
        match attached {
            Ok(window) => {
                Ok(Self::Attached { _buffer: ManuallyDrop::new(buffer), window: ManuallyDrop::new(window), len })
            }
            Err(AccessError::Unmappable) => copy(&buffer).map(Self::Copied),
            Err(error) => Err(error),
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
