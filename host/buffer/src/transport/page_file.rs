//! The files whose pages buffers by map and by file are made of.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::pool::{Memfd, Pool, makes_huge_pages};
use super::{Transport, file};
use crate::WINDOW_ALIGNMENT;
use crate::memory::{Source, page_size, whole_pages};
use crate::pages::{Pages, View};
use crate::window::Window;

/// What the pages of new buffers are made of.
#[derive(Debug, Clone)]
pub(crate) enum Backing {
    /// Anonymous memory, used again.
    Memfd(Pool),
    /// Unnamed files in a directory.
    Directory(Arc<Path>),
}

impl Backing {
    pub(crate) fn transport(&self) -> Transport {
        match self {
            Self::Memfd(_) => Transport::Map,
            Self::Directory(_) => Transport::File,
        }
    }

    /// A file for a buffer of some `len` bytes, to be lengthened.
    pub(crate) fn create(&self, len: usize) -> io::Result<Arc<PageFile>> {
        Ok(Arc::new(match self {
            Self::Memfd(pool) => {
                let Memfd { file, len, huge } = pool.take(len)?;
                PageFile::new(file, Some(pool.clone()), Extent { len, stale: len, huge })
            }
            Self::Directory(directory) => PageFile::new(file::create_in(directory)?, None, Extent::default()),
        }))
    }
}

/// A buffer's last huge page stays whole if that takes at most this part of the buffer's own size.
const SPARE_PART: usize = 4;

/// A file of pages. Every view and every linear memory that shows its pages holds it, so that its drop is the proof
/// that they can be used for something else: then a memfd goes back to its pool.
#[derive(Debug)]
pub(crate) struct PageFile {
    view: OnceLock<View>,
    file: Arc<File>,
    /// Where a memfd goes in the end; a regular file is dropped.
    pool: Option<Pool>,
    extent: Mutex<Extent>,
}

/// All in bytes from the file's start.
#[derive(Debug, Default)]
struct Extent {
    /// The file's length.
    len: usize,
    /// What may hold an earlier buffer's bytes.
    stale: usize,
    /// What consists of huge pages.
    huge: usize,
}

/// Where the pages of a file are shown, to be written.
pub(crate) trait Area {
    fn fill_zero(&mut self, range: Range<usize>);

    /// Makes huge pages, if the kernel will.
    fn collapse(&mut self, range: Range<usize>) -> bool;
}

impl PageFile {
    fn new(file: Arc<File>, pool: Option<Pool>, extent: Extent) -> Self {
        Self { view: OnceLock::new(), file, pool, extent: Mutex::new(extent) }
    }

    /// A file that never changes.
    pub(crate) fn immutable(file: File) -> Arc<Self> {
        Arc::new(Self::new(Arc::new(file), None, Extent::default()))
    }

    /// Makes the file at least `len` bytes long, all of which can then be touched: pages of a memfd come from memory,
    /// and a regular file gets its blocks now, since a full disk cannot be told to whoever writes to a mapping.
    pub(crate) fn lengthen(&self, len: usize) -> io::Result<()> {
        let mut extent = self.extent();
        if len > extent.len {
            match self.pool {
                Some(_) => self.file.set_len(len as u64)?,
                None => file::allocate(&self.file, len as u64)?,
            }
            extent.len = len;
        }
        Ok(())
    }

    /// Makes a range read as zeros which nobody has written through `area` so far, whatever an earlier buffer held.
    pub(crate) fn zero(&self, range: Range<usize>, area: &mut impl Area) {
        let stale = range.start..range.end.min(self.extent().stale);
        if !stale.is_empty() {
            area.fill_zero(stale);
        }
    }

    /// Makes huge pages as far as they end at or before `end`, where that is possible. The content stays.
    pub(crate) fn make_huge(&self, end: usize, area: &mut impl Area) {
        let mut extent = self.extent();
        let end = end - end % WINDOW_ALIGNMENT;
        if extent.huge < end && self.pool.is_some() && makes_huge_pages() && area.collapse(extent.huge..end) {
            extent.huge = end;
        }
    }

    /// Gives back what a buffer of `size` bytes does not need, once no mapping shows it.
    pub(crate) fn cut(&self, size: usize) -> io::Result<()> {
        let mut extent = self.extent();
        let mut needed = size;
        if self.pool.is_some() {
            needed = whole_pages(size);
            // A huge page that is cut becomes small ones. It may stay whole if that costs little: what is behind the
            // buffer is memory that nobody's quota counts.
            let whole = size.next_multiple_of(WINDOW_ALIGNMENT);
            if whole <= extent.huge && whole - size <= size / SPARE_PART {
                needed = whole;
            }
        }
        if needed < extent.len {
            self.file.set_len(needed as u64)?;
            let Extent { len, stale, huge } = &mut *extent;
            (*len, *stale, *huge) = (needed, needed.min(*stale), needed.min(*huge));
        }
        Ok(())
    }

    /// The pages of the first `len` bytes, to be written by the host.
    ///
    /// # Safety
    ///
    /// As for [`Pages::shared`]: nobody else writes to the file, shortens it, or has a reference to its bytes.
    pub(crate) unsafe fn share(&self, len: usize) -> io::Result<Pages> {
        self.lengthen(len.checked_next_multiple_of(page_size()).ok_or(io::ErrorKind::OutOfMemory)?)?;
        // SAFETY: the caller's promise; the file is long enough.
        unsafe { Pages::shared(&self.file, len) }
    }

    /// The first `len` bytes, always the same number, in the host's own address space.
    ///
    /// # Safety
    ///
    /// The file has as many bytes, and nobody writes to it or shortens it any more while this value lives.
    pub(crate) unsafe fn view(&self, len: usize) -> io::Result<&[u8]> {
        if let Some(view) = self.view.get() {
            return Ok(view.as_slice());
        }
        // SAFETY: the caller's promise.
        let view = unsafe { View::new(&self.file, len)? };
        // Two threads may come here at once; one of the two equal views is dropped.
        Ok(self.view.get_or_init(|| view).as_slice())
    }

    fn extent(&self) -> MutexGuard<'_, Extent> {
        self.extent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for PageFile {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for PageFile {
    fn drop(&mut self) {
        // Before the pool may give the file to somebody who writes.
        drop(self.view.take());
        if let Some(pool) = &self.pool {
            let Extent { len, huge, .. } = *self.extent();
            pool.give(Memfd { file: self.file.clone(), len, huge });
        }
    }
}

impl Area for &Window {
    fn fill_zero(&mut self, range: Range<usize>) {
        Window::fill_zero(self, range);
    }

    fn collapse(&mut self, range: Range<usize>) -> bool {
        Window::collapse(self, range)
    }
}

impl Area for Pages {
    fn fill_zero(&mut self, range: Range<usize>) {
        Self::fill_zero(self, range);
    }

    fn collapse(&mut self, range: Range<usize>) -> bool {
        Self::collapse(self, range)
    }
}
