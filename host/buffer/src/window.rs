//! Windows: ranges of one linear memory in which buffers are attached, and the rules about them.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::mappings::Claim;
use crate::memory::{Memory, Reservation, Sharing, Source, whole_pages};
use crate::pages::Pages;
use crate::{AccessError, Buffer, MovableBuffer, WASM_PAGE, WINDOW_ALIGNMENT, Writer};

/// A checked range of a linear memory. Holding one is the proof that its bytes are accessible: memories never shrink.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    memory: Arc<Reservation>,
    offset: usize,
    len: usize,
}

impl Window {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns true if both start at the same place: the larger one is the smaller one, extended.
    pub(crate) fn starts_where(&self, other: &Self) -> bool {
        self.offset == other.offset
    }

    /// Returns the range of whole wasm pages that the window takes of the memory.
    fn pages(&self) -> Range<usize> {
        self.offset..self.offset + self.len.next_multiple_of(WASM_PAGE)
    }

    /// Maps `file` over the window's pages from `from` (a whole number of pages) to its end. The rest of the last wasm
    /// page becomes zeros.
    pub(crate) fn map(&self, file: &Arc<dyn Source>, from: usize, sharing: Sharing, claim: Claim) -> io::Result<()> {
        let end = whole_pages(self.len);
        // Discards first, so that nothing can fail once the file is mapped.
        self.memory.discard(self.offset + end..self.pages().end)?;
        if from < end {
            self.memory.place(self.offset + from..self.offset + end, file, from as u64, sharing, claim)?;
        }
        Ok(())
    }

    /// Lays fresh zero pages over the window, whatever its content.
    pub(crate) fn clear(&self) -> io::Result<()> {
        self.memory.clear(self.pages())
    }

    /// Asks for huge pages, if at least one fits.
    pub(crate) fn advise_huge(&self) {
        if self.len >= WINDOW_ALIGNMENT {
            self.memory.advise_huge(self.pages());
        }
    }

    /// Takes the pages of the first `len` bytes out of the memory; zero pages remain.
    pub(crate) fn take_pages(&self, len: usize, claim: Claim) -> io::Result<Pages> {
        assert!(len <= self.len, "pages are taken from within the window");
        Pages::take(&self.memory, self.offset, len, claim)
    }

    /// Lays `pages`, at most as many as the window has, over its start. The rest, to the end of the last wasm page,
    /// becomes zeros of the same mapping.
    pub(crate) fn adopt(&self, pages: Pages) -> Result<(), (Pages, io::Error)> {
        pages.give(&self.memory, self.pages())
    }

    /// Moves the pages of this window, which are one mapping, to the start of `to`, where they are one mapping again.
    /// `to` is larger, and starts at the same place or shares no page with this window. The rest of it becomes zeros,
    /// and so does this window where it is no part of `to`. With an error all is as it was.
    pub(crate) fn move_to(&self, to: &Self) -> io::Result<()> {
        if self.len == 0 {
            return to.clear();
        }
        match to.adopt(self.take_pages(self.len, Claim::Replacing)?) {
            Ok(()) => {
                if !to.starts_where(self) {
                    // The old window is zeros already. Fresh pages can be one mapping with their neighbours, these
                    // cannot.
                    let _ = self.clear();
                }
                Ok(())
            }
            Err((pages, error)) => {
                // The pages go back to where they were; if not even that works, their bytes do.
                if let Err((pages, _)) = self.adopt(pages) {
                    self.write(&pages.as_slice()[..self.len]);
                }
                Err(error)
            }
        }
    }

    /// Copies the bytes of this window to the start of `to`, as [`Window::move_to`] moves its pages; the pages of both
    /// are anonymous. Returns the number of bytes copied: none if `to` starts at the same place.
    pub(crate) fn copy_to(&self, to: &Self) -> io::Result<usize> {
        if to.starts_where(self) {
            to.discard(self.len)?;
            return Ok(0);
        }
        to.discard(0)?;
        self.memory.copy_within(self.offset, to.offset, self.len);
        self.vacate();
        Ok(self.len)
    }

    /// Discards everything as [`Window::discard`] does, by hand if the kernel refuses.
    pub(crate) fn vacate(&self) {
        if self.discard(0).is_err() {
            self.memory.fill_zero(self.pages());
        }
    }

    /// Makes the window read as zeros from `from` on, given that its pages are anonymous.
    pub(crate) fn discard(&self, from: usize) -> io::Result<()> {
        let pages = self.pages();
        let first = (self.offset + whole_pages(from)).min(pages.end);
        self.memory.fill_zero(self.offset + from..first);
        self.memory.discard(first..pages.end)
    }

    /// Overwrites a range of the window, or of its last page, with zeros.
    pub(crate) fn fill_zero(&self, range: Range<usize>) {
        assert!(range.end <= whole_pages(self.len), "zeros stay within the window");
        self.memory.fill_zero(self.offset + range.start..self.offset + range.end);
    }

    /// Returns true if huge pages fit at the window's address.
    pub(crate) fn is_aligned(&self) -> bool {
        self.offset.is_multiple_of(WINDOW_ALIGNMENT)
    }

    /// Makes huge pages of a range of whole ones, pages of a memfd, if the kernel agrees. The content stays.
    pub(crate) fn collapse(&self, range: Range<usize>) -> bool {
        assert!(range.end <= whole_pages(self.len), "huge pages stay within the window");
        self.memory.collapse(self.offset + range.start..self.offset + range.end)
    }

    /// Copies a buffer of the window's length in; the rest of the last wasm page becomes zeros. The pages are anonymous.
    pub(crate) fn copy_in(&self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes);
        self.discard(bytes.len())
    }

    pub(crate) fn read(&self, into: &mut [u8]) {
        assert!(into.len() <= self.len, "reads stay within the window");
        self.memory.read(self.offset, into);
    }

    pub(crate) fn write(&self, from: &[u8]) {
        assert!(from.len() <= self.len, "writes stay within the window");
        self.memory.write(self.offset, from);
    }
}

/// A buffer's place in a linear memory, for [`Windows::detach`].
#[derive(Debug)]
pub struct Attachment {
    window: Window,
    how: How,
}

/// The bytes of payload of one sandbox, by the way they went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes that were copied between a linear memory and a buffer.
    pub copied: u64,
    /// Bytes whose pages were mapped into a linear memory instead.
    pub mapped: u64,
    /// Bytes whose pages were moved from one place to the other.
    pub moved: u64,
    /// Bytes that a writer's window took along to another address; those copied for it are in `copied` too.
    pub relocated: u64,
}

/// The windows of one sandbox.
///
/// Every method must be called while the guest is not running: inside a host call that it made, or between calls.
/// [`instantiate`](crate::instantiate) puts the value where that holds, into the data of the component's store, and
/// there it has to stay. (A component never shows its memory to the host, so there is no slice of it to be changed.)
#[derive(Debug, Default)]
pub struct Windows {
    memory: Option<Memory>,
    /// Start and end of every window, in whole wasm pages.
    taken: BTreeMap<usize, usize>,
    counters: Counters,
}

impl Windows {
    /// Places windows in `memory`. With `None` (the component has no memory, or several) each attach fails with
    /// [`AccessError::Unmappable`].
    pub(crate) fn new(memory: Option<Memory>) -> Self {
        Self { memory, ..Self::default() }
    }

    /// Returns the counts of the windows so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Attaches the whole of `buffer`, copy-on-write, at `address`.
    ///
    /// # Errors
    ///
    /// Fails if the window is misaligned, out of bounds or overlaps another one, or if the pages are not available.
    pub fn attach(&mut self, buffer: &Buffer, address: u64) -> Result<Attachment, AccessError> {
        let window = self.take(address, buffer.len() as u64)?;
        match buffer.storage().attach(&window) {
            Ok(how) => {
                self.counters.add(how, window.len());
                Ok(Attachment { window, how })
            }
            Err(error) => {
                self.release(&window);
                Err(error)
            }
        }
    }

    /// Attaches the whole of `buffer` at `address`, and consumes it: its pages are this memory's own from then on.
    ///
    /// # Errors
    ///
    /// Fails as [`Windows::attach`] does. The buffer comes back if the window is refused.
    pub fn attach_moved(
        &mut self,
        buffer: MovableBuffer,
        address: u64,
    ) -> Result<Attachment, (Option<MovableBuffer>, AccessError)> {
        let window = match self.take(address, buffer.len() as u64) {
            Ok(window) => window,
            Err(error) => return Err((Some(buffer), error)),
        };
        match buffer.into_vault().give(&window) {
            Ok(how) => {
                self.counters.add(how, window.len());
                Ok(Attachment { window, how })
            }
            Err(error) => {
                self.release(&window);
                Err((None, error))
            }
        }
    }

    /// Detaches a buffer: its window reads as zeros again.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses fresh pages, and for an attachment of another sandbox; the window stays as it is
    /// then.
    pub fn detach(&mut self, attachment: Attachment) -> Result<(), AccessError> {
        let Attachment { window, how } = &attachment;
        self.own(window)?;
        match how {
            How::Mapped => window.clear()?,
            // The pages are the memory's own: forgetting them needs no new mapping.
            How::Copied | How::Moved | How::Appended => window.discard(0)?,
        }
        self.release(window);
        Ok(())
    }

    /// Copies `length` bytes of `buffer` from `offset` on.
    ///
    /// # Errors
    ///
    /// Fails with [`AccessError::OutOfBounds`], or if the data is not available.
    pub fn read(&mut self, buffer: &Buffer, offset: u64, length: u64) -> Result<Vec<u8>, AccessError> {
        self.read_bytes(buffer.bytes()?, offset, length)
    }

    /// Copies like [`Windows::read`], from a buffer that is not moved yet.
    ///
    /// # Errors
    ///
    /// Fails with [`AccessError::OutOfBounds`].
    pub fn read_movable(&mut self, buffer: &MovableBuffer, offset: u64, length: u64) -> Result<Vec<u8>, AccessError> {
        self.read_bytes(buffer.bytes(), offset, length)
    }

    fn read_bytes(&mut self, bytes: &[u8], offset: u64, length: u64) -> Result<Vec<u8>, AccessError> {
        let end = offset.checked_add(length).ok_or(AccessError::OutOfBounds)?;
        if end > bytes.len() as u64 {
            return Err(AccessError::OutOfBounds);
        }
        let range = &bytes[offset as usize..end as usize];
        let mut copy = Vec::new();
        copy.try_reserve_exact(range.len()).map_err(|error| AccessError::Unavailable(error.to_string()))?;
        copy.extend_from_slice(range);
        self.counters.copied += length;
        Ok(copy)
    }

    /// Makes `capacity` bytes at `address` the content of `writer`. A smaller window that it has already is extended in
    /// place, or its content goes along to a window that does not overlap it; the old one reads as zeros then.
    ///
    /// # Errors
    ///
    /// Fails as [`Windows::attach`] does; also with [`AccessError::QuotaExceeded`], and with [`AccessError::Overlap`]
    /// if the writer has a window that is not smaller, or that starts elsewhere and overlaps the new one. The old
    /// window then stays in force. If the kernel refuses to give it back, the writer is lost, and says so from then on.
    pub fn attach_writer(&mut self, writer: &mut Writer, address: u64, capacity: u64) -> Result<(), AccessError> {
        writer.admit(capacity)?;
        let Some(old) = writer.window() else {
            let window = self.take(address, capacity)?;
            return match writer.attach(window) {
                Ok(()) => Ok(()),
                Err((window, error)) => {
                    self.release(&window);
                    Err(error)
                }
            };
        };
        self.own(old)?;
        if capacity <= old.len as u64 {
            return Err(AccessError::Overlap);
        }
        let old = old.clone();
        if address == old.offset as u64 {
            self.release(&old);
        }
        let extended = self.take(address, capacity).and_then(|window| {
            let extended = writer.extend(window.clone());
            self.release(if extended.is_ok() { &old } else { &window });
            extended.map(|copied| (window, copied))
        });
        // The writer's present window; none if it is lost.
        if let Some(window) = writer.window() {
            self.hold(window);
        } else {
            self.release(&old);
        }
        let (window, copied) = extended?;
        self.counters.copied += copied as u64;
        if !window.starts_where(&old) {
            self.counters.relocated += old.len as u64;
        }
        Ok(())
    }

    /// Appends a copy of `bytes` to `writer`.
    ///
    /// # Errors
    ///
    /// Fails with [`AccessError::QuotaExceeded`], or if the writer has a window.
    pub fn append(&mut self, writer: &mut Writer, bytes: &[u8]) -> Result<(), AccessError> {
        writer.append(bytes)?;
        self.counters.copied += bytes.len() as u64;
        Ok(())
    }

    /// Finishes `writer` with its first `size` bytes. Its window reads as zeros from then on.
    ///
    /// # Errors
    ///
    /// Fails with [`AccessError::OutOfBounds`] if fewer than `size` bytes were written; the writer is gone in any case.
    pub fn finish(&mut self, writer: Writer, size: u64) -> Result<Buffer, AccessError> {
        let window = writer.window().map(|window| (window.offset, window.len));
        if let Some(window) = writer.window() {
            self.own(window)?;
        }
        let finished = writer.finish(size);
        // If the kernel refused to clear the window, nobody else may have it.
        if let Some((start, len)) = window
            && len > 0
            && !matches!(finished, Err(AccessError::Unavailable(_)))
        {
            self.taken.remove(&start);
        }
        let (buffer, how) = finished?;
        self.counters.add(how, buffer.len());
        Ok(buffer)
    }

    /// Abandons a writer: its window reads as zeros from then on.
    pub fn abandon(&mut self, writer: Writer) {
        // A writer that is finished empty leaves nothing behind; if even that fails the sandbox goes with its memory.
        let _ = self.finish(writer, 0);
    }

    fn take(&mut self, address: u64, len: u64) -> Result<Window, AccessError> {
        let memory = &self.memory.as_ref().ok_or(AccessError::Unmappable)?.0;
        let range = memory.check(address, len)?;
        let window = Window { memory: memory.clone(), offset: range.start, len: range.len() };
        let before = self.taken.range(..window.pages().end).next_back();
        if !window.pages().is_empty() && before.is_some_and(|(_, &taken_end)| taken_end > window.offset) {
            return Err(AccessError::Overlap);
        }
        if self.taken.len() >= MAX_WINDOWS {
            return Err(AccessError::Unavailable(format!("a node has at most {MAX_WINDOWS} windows at once")));
        }
        self.hold(&window);
        Ok(window)
    }

    /// Records a window. An empty one takes no room.
    fn hold(&mut self, window: &Window) {
        if window.len > 0 {
            self.taken.insert(window.offset, window.pages().end);
        }
    }

    fn release(&mut self, window: &Window) {
        if window.len > 0 {
            self.taken.remove(&window.offset);
        }
    }

    /// Refuses windows of another sandbox's memory.
    fn own(&self, window: &Window) -> Result<(), AccessError> {
        match &self.memory {
            Some(memory) if Arc::ptr_eq(&memory.0, &window.memory) => Ok(()),
            _ => Err(AccessError::Unmappable),
        }
    }
}

/// The most windows of one sandbox at once. Each is one or two mappings, of which Linux allows a process 65 530.
const MAX_WINDOWS: usize = 4096;

/// The action of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Copied,
    Mapped,
    Moved,
    /// The bytes were copied and counted already, piece by piece.
    Appended,
}

impl Counters {
    fn add(&mut self, how: How, bytes: usize) {
        match how {
            How::Copied => self.copied += bytes as u64,
            How::Mapped => self.mapped += bytes as u64,
            How::Moved => self.moved += bytes as u64,
            How::Appended => {}
        }
    }
}
