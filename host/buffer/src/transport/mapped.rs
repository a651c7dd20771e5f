//! The common part of map, file and store: a file whose pages are mapped into windows.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::copy::{copied_contents, heap_contents};
use super::page_file::Area;
use super::{Contents, Draft, Extended, PageFile, Storage, Transport};
use crate::AccessError;
use crate::mappings::Claim;
use crate::memory::{Sharing, Source, whole_pages};
use crate::window::{How, Window};

/// A finished buffer in a memfd or an immutable file, of which no writable shared mapping exists.
#[derive(Debug)]
pub(crate) struct MappedStorage {
    transport: Transport,
    file: Arc<PageFile>,
    len: usize,
}

impl MappedStorage {
    /// Makes a buffer of the first `len` bytes of `file`, which holds as many and does not change from then on. The
    /// rest of their last page is zero.
    pub(crate) fn new(transport: Transport, file: Arc<PageFile>, len: usize) -> Self {
        Self { transport, file, len }
    }
}

/// Returns the first `len` bytes of an immutable file.
///
/// # Errors
///
/// Fails with `UnexpectedEof` if the file is shorter.
pub(crate) fn open_contents(transport: Transport, file: File, len: u64) -> io::Result<Contents> {
    if file.metadata()?.len() < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    if len == 0 {
        return heap_contents(&[]);
    }
    Ok(Contents::Shared(Arc::new(MappedStorage::new(transport, PageFile::immutable(file), len))))
}

impl Storage for MappedStorage {
    fn len(&self) -> usize {
        self.len
    }

    fn transport(&self) -> Transport {
        self.transport
    }

    fn attach(&self, window: &Window) -> Result<How, AccessError> {
        let source: Arc<dyn Source> = self.file.clone();
        match window.map(&source, 0, Sharing::Private, Claim::New) {
            Ok(()) => Ok(How::Mapped),
            // There are too many mappings, say. A copy needs none in the memory.
            Err(_) => {
                window.copy_in(self.bytes()?)?;
                Ok(How::Copied)
            }
        }
    }

    fn file(&self) -> Option<&File> {
        Some(self.file.file())
    }

    fn bytes(&self) -> io::Result<&[u8]> {
        // SAFETY: nobody changes or truncates the file while this value holds it: it is a memfd or unnamed file whose
        // descriptor stays in here and whose writable mappings are gone, or an immutable file of a store.
        unsafe { self.file.view(self.len) }
    }
}

/// A buffer that a guest writes straight into the pages of a file.
#[derive(Debug)]
pub(crate) struct MappedDraft {
    transport: Transport,
    file: Arc<PageFile>,
    window: Window,
    /// The size below which the finished buffer is copied all the same: a file takes a descriptor and at least a page.
    copy_below: usize,
}

impl MappedDraft {
    /// Turns the window into one of a new file.
    pub(crate) fn new(
        transport: Transport,
        file: io::Result<Arc<PageFile>>,
        window: Window,
        copy_below: usize,
    ) -> Result<Self, (Window, AccessError)> {
        let file = match file {
            Ok(file) => file,
            Err(error) => return Err((window, error.into())),
        };
        match show(&file, &window, 0, 0, Claim::New) {
            Ok(()) => Ok(Self { transport, file, window, copy_below }),
            Err(error) => Err((window, error.into())),
        }
    }
}

/// Shows the file in a window, whose first `shown` bytes show it already. The first `written` bytes, which the producer
/// has written, stay; all behind them reads as zeros.
fn show(file: &Arc<PageFile>, window: &Window, shown: usize, written: usize, claim: Claim) -> io::Result<()> {
    let len = whole_pages(window.len());
    file.lengthen(len)?;
    let source: Arc<dyn Source> = file.clone();
    window.map(&source, whole_pages(shown), Sharing::Shared, claim)?;
    file.zero(whole_pages(written)..len, &mut &*window);
    file.make_huge(len, &mut &*window);
    Ok(())
}

impl Draft for MappedDraft {
    fn transport(&self) -> Transport {
        self.transport
    }

    fn window(&self) -> &Window {
        &self.window
    }

    fn extend(mut self: Box<Self>, window: Window) -> Extended {
        if let Err(error) = self.file.lengthen(whole_pages(window.len())) {
            return Err((Some(self), error.into()));
        }
        let in_place = window.starts_where(&self.window);
        // The file holds the written bytes. It shows in one window at a time, so that none is left over if the kernel
        // refuses.
        if !in_place && let Err(error) = self.window.clear() {
            return Err((Some(self), error.into()));
        }
        let written = self.window.len();
        let shown = if in_place { written } else { 0 };
        let Err(error) = show(&self.file, &window, shown, written, Claim::Replacing) else {
            self.window = window;
            return Ok((self, 0));
        };
        let is_as_before = in_place || show(&self.file, &self.window, 0, written, Claim::Replacing).is_ok();
        Err((is_as_before.then_some(self as Box<dyn Draft>), error.into()))
    }

    fn finish(self: Box<Self>, size: usize) -> Result<(Contents, How), AccessError> {
        if size == 0 || size < self.copy_below {
            let contents = copied_contents(&self.window, size)?;
            self.window.clear()?;
            return Ok((contents, How::Copied));
        }
        // Bytes that the producer left behind the end, in the last page, stay hidden.
        self.window.fill_zero(size..whole_pages(size));
        // Only after the producer's mapping is gone may the file be cut.
        self.window.clear()?;
        self.file.cut(size)?;
        let storage = MappedStorage::new(self.transport, self.file, size);
        Ok((Contents::Shared(Arc::new(storage)), How::Mapped))
    }
}

impl Area for &Window {
    fn fill_zero(&mut self, range: Range<usize>) {
        Window::fill_zero(self, range);
    }

    fn is_aligned(&self) -> bool {
        Window::is_aligned(self)
    }

    fn collapse(&mut self, range: Range<usize>) -> bool {
        Window::collapse(self, range)
    }
}
