//! What map and file have in common: a descriptor whose pages are mapped into windows.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use memmap2::{Mmap, MmapOptions};

use super::{Contents, Draft, Storage, Transport, file, heap_contents, memfd};
use crate::AccessError;
use crate::memory::{Sharing, whole_pages};
use crate::window::{How, Window};

/// What the pages of new buffers are made of.
#[derive(Debug, Clone)]
pub(crate) enum Backing {
    /// Anonymous memory.
    Memfd,
    /// Unnamed files in a directory.
    Directory(Arc<Path>),
}

impl Backing {
    pub(crate) fn transport(&self) -> Transport {
        match self {
            Self::Memfd => Transport::Map,
            Self::Directory(_) => Transport::File,
        }
    }

    pub(crate) fn create(&self) -> io::Result<File> {
        match self {
            Self::Memfd => memfd::create(),
            Self::Directory(directory) => file::create_in(directory),
        }
    }

    /// Lengthens `file` to `len` bytes, all of which can then be touched: pages of a memfd come from memory, and a
    /// regular file gets its blocks now, since a full disk cannot be told to whoever writes to a mapping.
    pub(crate) fn lengthen(&self, file: &File, len: usize) -> io::Result<()> {
        match self {
            Self::Memfd => file.set_len(len as u64),
            Self::Directory(_) => file::allocate(file, len as u64),
        }
    }
}

/// A finished buffer in a memfd or an immutable file, of which no writable shared mapping exists.
#[derive(Debug)]
pub(crate) struct MappedStorage {
    transport: Transport,
    file: File,
    len: usize,
    view: OnceLock<Mmap>,
}

impl MappedStorage {
    /// The first `len` bytes of `file`, which holds as many and does not change from here on.
    pub(crate) fn new(transport: Transport, file: File, len: usize) -> Self {
        Self { transport, file, len, view: OnceLock::new() }
    }
}

impl Storage for MappedStorage {
    fn len(&self) -> usize {
        self.len
    }

    fn transport(&self) -> Transport {
        self.transport
    }

    fn attach(&self, window: &Window) -> Result<How, AccessError> {
        window.map(self.file.as_fd(), 0, Sharing::Private)?;
        Ok(How::Mapped)
    }

    fn bytes(&self) -> io::Result<&[u8]> {
        if let Some(view) = self.view.get() {
            return Ok(view);
        }
        // SAFETY: nobody changes or truncates the file while this value lives: it is a memfd or unnamed file whose
        // descriptor stays in here and whose writable mappings are gone, or an immutable file of a store.
        let view = unsafe { MmapOptions::new().len(self.len).map(&self.file)? };
        // Two threads may come here at once; one of the two equal views is dropped.
        Ok(self.view.get_or_init(|| view))
    }
}

/// A buffer that a guest writes straight into the pages of a file.
#[derive(Debug)]
pub(crate) struct MappedDraft {
    backing: Backing,
    file: File,
    window: Window,
}

impl MappedDraft {
    /// The window becomes one of `file`, which is new.
    pub(crate) fn new(backing: &Backing, file: File, window: Window) -> Result<Self, (Window, AccessError)> {
        let mapped = backing
            .lengthen(&file, whole_pages(window.len()))
            .and_then(|()| window.map(file.as_fd(), 0, Sharing::Shared));
        match mapped {
            Ok(()) => Ok(Self { backing: backing.clone(), file, window }),
            Err(error) => Err((window, error.into())),
        }
    }
}

impl Draft for MappedDraft {
    fn transport(&self) -> Transport {
        self.backing.transport()
    }

    fn window(&self) -> &Window {
        &self.window
    }

    fn extend(&mut self, window: Window) -> Result<(), AccessError> {
        self.backing.lengthen(&self.file, whole_pages(window.len()))?;
        window.map(self.file.as_fd(), whole_pages(self.window.len()), Sharing::Shared)?;
        self.window = window;
        Ok(())
    }

    fn finish(self: Box<Self>, size: usize) -> Result<(Contents, How), AccessError> {
        // Only after the producer's mapping is gone may the file be cut: what it finishes with is all there is, and
        // the rest of the last page reads as zeros to every consumer.
        self.window.clear()?;
        if size == 0 {
            return Ok((heap_contents(&[])?, How::Mapped));
        }
        self.file.set_len(size as u64)?;
        let storage = MappedStorage::new(self.backing.transport(), self.file, size);
        Ok((Contents::Shared(Arc::new(storage)), How::Mapped))
    }
}
