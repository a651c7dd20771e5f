//! The home of a buffer's pages: the one choice that decides how a buffer is written and how it reaches a reader.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::pool::Pool;
use super::{PageFile, Transport};

/// The place of the pages of new buffers.
#[derive(Debug, Clone)]
pub(crate) enum Home {
    /// The heap.
    Heap,
    /// Pages of the producer itself, which are taken out of its memory.
    Vault,
    /// Anonymous memory with a descriptor, used again.
    Memfd(Pool),
    /// Unnamed files in a directory.
    Directory(Arc<Path>),
    /// Unnamed files in the directory of a shared store, where a finished one can be given a name.
    Store(Arc<Path>),
}

impl Home {
    pub(crate) fn transport(&self) -> Transport {
        match self {
            Self::Heap => Transport::Copy,
            Self::Vault => Transport::Move,
            Self::Memfd(_) => Transport::Map,
            Self::Directory(_) => Transport::File,
            Self::Store(_) => Transport::Store,
        }
    }

    /// Creates a file for a buffer of some `len` bytes, to be lengthened; `None` if pages of this home are in no file.
    ///
    /// # Errors
    ///
    /// Fails if the process has no descriptor left, or the directory takes no file.
    pub(crate) fn create(&self, len: usize) -> Option<io::Result<Arc<PageFile>>> {
        let file = match self {
            Self::Heap | Self::Vault => return None,
            Self::Memfd(pool) => PageFile::pooled(pool, len),
            Self::Directory(directory) | Self::Store(directory) => PageFile::unnamed(directory),
        };
        Some(file.map(Arc::new))
    }
}
