//! Finished, immutable bytes.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::transport::{Contents, Storage, Vault, heap_contents, open_contents};
use crate::{HostWriter, Readers, Transport, Transports};

/// The bytes of one dataset, or of one partition of it. Immutable; a clone is another handle to the same bytes.
#[derive(Clone)]
pub struct Buffer {
    contents: Contents,
}

/// The only handle to a buffer whose pages can be moved. Moving consumes it: a caller that gave a buffer to its last
/// consumer cannot ask for it again.
#[derive(Debug)]
pub struct MovableBuffer(Vault);

impl Buffer {
    pub(crate) fn new(contents: Contents) -> Self {
        Self { contents }
    }

    pub(crate) fn storage(&self) -> &dyn Storage {
        self.contents.storage()
    }

    /// Returns the buffer for its last consumer, if this is the only handle to it and its pages can be moved.
    ///
    /// # Errors
    ///
    /// Returns the buffer itself otherwise.
    pub fn into_movable(self) -> Result<MovableBuffer, Self> {
        match self.contents {
            Contents::Vault(vault) => match Arc::try_unwrap(vault) {
                Ok(vault) => Ok(MovableBuffer(vault)),
                Err(vault) => Err(Self { contents: Contents::Vault(vault) }),
            },
            shared @ Contents::Shared(_) => Err(Self { contents: shared }),
        }
    }

    /// Makes a buffer that holds a copy of `bytes`.
    ///
    /// # Errors
    ///
    /// Fails if the memory is not available.
    pub fn copy_from(bytes: &[u8], transports: &Transports) -> io::Result<Self> {
        if transports.pick(bytes.len(), Readers::Several) == Transport::Copy {
            return Ok(Self::new(heap_contents(bytes)?));
        }
        let mut writer = HostWriter::new(transports, Readers::Several);
        writer.reserve(bytes.len())?.copy_from_slice(bytes);
        writer.finish(bytes.len())
    }

    /// Maps the first `len` bytes of `file` without reading them.
    ///
    /// Nobody may write to or truncate the file while the buffer lives: a page that is gone ends the process. Pass
    /// files that nobody opens for writing, such as those which this project publishes read-only.
    ///
    /// # Errors
    ///
    /// Fails with `UnexpectedEof` if the file is shorter than `len`.
    pub fn from_immutable_file(file: File, len: u64) -> io::Result<Self> {
        Ok(Self::new(open_contents(Transport::File, file, len)?))
    }

    /// Maps the first `len` bytes of `file`, a published file of a shared store, without reading them. The buffer holds
    /// the file open, and with it the locks that are taken by its description.
    ///
    /// The store's promise is that of [`from_immutable_file`](Self::from_immutable_file), and that the rest of the last
    /// page is zero.
    ///
    /// # Errors
    ///
    /// Fails with `UnexpectedEof` if the file is shorter than `len`.
    pub fn from_stored_file(file: File, len: u64) -> io::Result<Self> {
        Ok(Self::new(open_contents(Transport::Store, file, len)?))
    }

    /// Returns the file of a shared store that holds the bytes from its beginning on, if one does. It ends with them.
    pub fn file(&self) -> Option<&File> {
        self.storage().file().filter(|_| self.transport() == Transport::Store)
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.storage().len()
    }

    /// Returns true if there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the transport that brings the bytes to a consumer.
    pub fn transport(&self) -> Transport {
        self.storage().transport()
    }

    /// Returns the bytes, in the host's own address space, aligned to 64 bytes at least.
    ///
    /// # Errors
    ///
    /// Fails if they cannot be mapped.
    pub fn bytes(&self) -> io::Result<&[u8]> {
        self.storage().bytes()
    }

    /// Returns the bytes as a value of the `bytes` crate, which keeps the buffer alive. Nothing is copied.
    ///
    /// # Errors
    ///
    /// Fails if they cannot be mapped.
    pub fn to_bytes(&self) -> io::Result<Bytes> {
        self.storage().bytes()?;
        Ok(Bytes::from_owner(Viewed(self.clone())))
    }
}

impl MovableBuffer {
    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    pub(crate) fn into_vault(self) -> Vault {
        self.0
    }
}

impl From<MovableBuffer> for Buffer {
    fn from(movable: MovableBuffer) -> Self {
        Self::new(Contents::Vault(Arc::new(movable.0)))
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes by {})", self.len(), self.transport())
    }
}

/// A buffer whose bytes are in the host's address space already.
struct Viewed(Buffer);

impl AsRef<[u8]> for Viewed {
    fn as_ref(&self) -> &[u8] {
        self.0.storage().bytes().expect("a view once made stays")
    }
}
