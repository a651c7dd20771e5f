//! Linear memories whose pages can be replaced: a reservation of address space that grows in place.
//!
//! ```text
//!   area ─┐  base (2 MiB-aligned)
//!         ▼  ▼
//!         ░░░[ accessible: read-write | reserved: no access .. | polling page ][ guard: no access ]
//!            0                        size                  4 GiB - 64 KiB  capacity
//! ```

use std::ffi::c_void;
use std::fmt::Debug;
use std::io;
use std::mem;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(target_os = "linux")]
use rustix::io::Errno;
#[cfg(target_os = "linux")]
use rustix::mm::MremapFlags;
use rustix::mm::{self, MapFlags, MprotectFlags, ProtFlags};

use crate::AccessError;
use crate::mappings::{Claim, Mappings};
use crate::pages;
use crate::space::{POLLING_PAGE, Space};

/// The unit in which a linear memory grows, in bytes; windows start at its multiples.
pub const WASM_PAGE: usize = 64 << 10;

/// Bases of linear memories are aligned to this many bytes, so that windows which a guest aligns to it can be
/// mapped with whole page tables and huge pages.
pub const WINDOW_ALIGNMENT: usize = 2 << 20;

/// A linear memory in which windows are placed. There is one such handle per memory.
#[derive(Debug)]
pub(crate) struct Memory(pub(crate) Arc<Reservation>);

/// The owner of writes into a mapped window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Writes reach the file: a producer writes in place.
    Shared,
    /// Writes reach nobody else (copy-on-write): a consumer reads in place.
    Private,
}

/// A file whose pages are laid into linear memories. They hold it as long as they show it, so that its drop proves that
/// nobody sees its pages any more.
pub(crate) trait Source: Debug + Send + Sync {
    fn descriptor(&self) -> BorrowedFd<'_>;
}

/// The record that a linear memory keeps of a mapping that was laid into it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The owner of the pages, if not the memory itself.
    source: Option<Arc<dyn Source>>,
    claim: Claim,
    _counted: Mappings,
}

impl Kept {
    /// Returns the record of pages that become the memory's own.
    #[cfg(target_os = "linux")]
    pub(crate) fn moved() -> Self {
        Self { source: None, claim: Claim::New, _counted: Mappings::of(LAID_MAPPINGS) }
    }

    /// Returns true if this mapping continues `other`'s behind it: the kernel keeps one for both.
    fn continues(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Some(source), Some(others)) => self.claim == Claim::Replacing && Arc::ptr_eq(source, others),
            _ => false,
        }
    }
}

/// The most mappings that one laid mapping adds: itself, and the second half of the one that it splits.
const LAID_MAPPINGS: usize = 2;

/// Address space for one linear memory, of which a growing prefix is accessible.
#[derive(Debug)]
pub(crate) struct Reservation {
    /// Present until the drop.
    space: Option<Space>,
    base: NonNull<u8>,
    capacity: usize,
    /// The bytes that were accessible from the start.
    initial: usize,
    accessible: AtomicUsize,
    /// True if more than `accessible` may be accessible, since the kernel refused halfway.
    torn: AtomicBool,
    /// True if its guest is to end: the polling page cannot be read any more.
    interrupted: AtomicBool,
    /// The foreign pages in this memory. They outlive the mapping: fields are dropped after `drop`.
    laid: Mutex<Vec<(Range<usize>, Kept)>>,
}

// SAFETY: the base is that of the space which this value owns alone; it is bound to no thread.
unsafe impl Send for Reservation {}
// SAFETY: the bytes are touched by the guest, and by `Windows`, of which there is one per memory and whose methods
// are called while the guest is not running (its contract); `accessible` is atomic.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves `capacity` bytes (rounded up to a wasm page), of which the first `initial` are accessible and zero, and
    /// an inaccessible `guard` behind them.
    ///
    /// # Errors
    ///
    /// Fails if the address space or the memory is not available.
    pub(crate) fn new(capacity: usize, guard: usize, initial: usize) -> io::Result<Self> {
        let capacity = capacity.checked_next_multiple_of(WASM_PAGE).ok_or(io::ErrorKind::OutOfMemory)?;
        let len = capacity.checked_add(guard).ok_or(io::ErrorKind::OutOfMemory)?;
        let space = Space::new(len, capacity > POLLING_PAGE, initial)?;
        let (base, accessible) = (space.base(), AtomicUsize::new(space.accessible()));
        let new = Self {
            space: Some(space),
            base,
            capacity,
            initial,
            accessible,
            torn: AtomicBool::new(false),
            interrupted: AtomicBool::new(false),
            laid: Mutex::default(),
        };
        new.grow_to(initial)?;
        Ok(new)
    }

    /// Returns the number of bytes that a guest can reach.
    pub(crate) fn accessible(&self) -> usize {
        self.accessible.load(Ordering::Acquire)
    }

    /// Returns the number of bytes to which the memory can grow.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the address of byte 0.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Makes the first `size` bytes accessible; new ones are zero. Never shrinks.
    ///
    /// # Errors
    ///
    /// Fails if `size` is beyond the capacity or the kernel refuses.
    pub(crate) fn grow_to(&self, size: usize) -> io::Result<()> {
        let current = self.accessible();
        if size <= current {
            return Ok(());
        }
        let polled = self.space.as_ref().is_some_and(Space::polled);
        if size > self.capacity || (polled && size > POLLING_PAGE) {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // SAFETY: current..size lies in the reservation, is not accessible to anybody yet, and becomes read-write
        // zero pages (invariant 1).
        let grown = unsafe {
            let start = self.base.add(current).as_ptr();
            mm::mprotect(start.cast(), size - current, MprotectFlags::READ | MprotectFlags::WRITE)
        };
        if grown.is_err() {
            self.torn.store(true, Ordering::Release);
        }
        grown?;
        self.accessible.store(size, Ordering::Release);
        Ok(())
    }

    /// Makes the guest trap at its next poll, if the memory has a polling page.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses; it may be asked again.
    pub(crate) fn interrupt(&self) -> io::Result<()> {
        let Some(space) = self.space.as_ref().filter(|space| space.polled()) else { return Ok(()) };
        self.interrupted.store(true, Ordering::Release);
        space.protect_polling_page(MprotectFlags::empty())
    }

    #[cfg(test)]
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Acquire)
    }

    /// Checks that `len` bytes at `address` may become a window.
    ///
    /// # Errors
    ///
    /// Fails with [`AccessError::Misaligned`] or [`AccessError::OutOfBounds`].
    pub(crate) fn check(&self, address: u64, len: u64) -> Result<Range<usize>, AccessError> {
        if !address.is_multiple_of(WASM_PAGE as u64) {
            return Err(AccessError::Misaligned);
        }
        let end = address.checked_add(len).ok_or(AccessError::OutOfBounds)?;
        if end > self.accessible() as u64 {
            return Err(AccessError::OutOfBounds);
        }
        // Both fit: `accessible` is a usize.
        Ok(address as usize..end as usize)
    }

    /// Lays the pages of `file` from `file_offset` on over `range`, which starts and ends on pages.
    ///
    /// The file must hold all of the range as long as it stays mapped (invariant 4); the memory keeps it until then.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses, or the process has its share of mappings.
    pub(crate) fn place(
        &self,
        range: Range<usize>,
        file: &Arc<dyn Source>,
        file_offset: u64,
        sharing: Sharing,
        claim: Claim,
    ) -> io::Result<()> {
        let flags = match sharing {
            Sharing::Shared => MapFlags::SHARED,
            Sharing::Private => MapFlags::PRIVATE,
        };
        let counted = Mappings::claim(LAID_MAPPINGS, claim)?;
        let kept = Kept { source: Some(file.clone()), claim, _counted: counted };
        self.lay(range, Some(kept), |at, len, fixed| {
            // SAFETY: at an address of the kernel's choice, or over the range that `lay` gives. A private mapping
            // leaves the file as it is; a shared one is only made of a file that is not finished and of which no
            // `&[u8]` exists (invariant 3).
            unsafe {
                let flags = flags | fixed | MapFlags::NORESERVE;
                mm::mmap(at, len, read_write(), flags, file.descriptor(), file_offset)
            }
        })
    }

    /// Lays fresh zero pages over `range`, which starts and ends on pages.
    pub(crate) fn clear(&self, range: Range<usize>) -> io::Result<()> {
        self.lay(range, None, |at, len, fixed| {
            // SAFETY: at an address of the kernel's choice, or over the range that `lay` gives.
            unsafe { mm::mmap_anonymous(at, len, read_write(), reserve_flags() | fixed) }
        })
    }

    /// Lays the mapping that `map` makes over `range`, which starts and ends on pages.
    ///
    /// The mapping is made elsewhere and then moved into place. Laid there directly, a kernel that refuses half-way
    /// (a file system that does not map, a commit limit that is reached) would leave a hole in the accessible memory,
    /// for any other thread's mapping to fall into (invariant 2).
    #[cfg(target_os = "linux")]
    fn lay(
        &self,
        range: Range<usize>,
        kept: Option<Kept>,
        map: impl FnOnce(*mut c_void, usize, MapFlags) -> rustix::io::Result<*mut c_void>,
    ) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        #[cfg(test)]
        if crate::mappings::tests::REFUSES.get() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        let elsewhere = map(ptr::null_mut(), range.len(), MapFlags::empty())?;
        let laid = self.adopt(range.clone(), elsewhere.cast(), range.len(), kept);
        if laid.is_err() {
            // SAFETY: the new mapping is this function's own, and was not moved.
            let _ = unsafe { mm::munmap(elsewhere, range.len()) };
        }
        laid
    }

    /// Moves the mapping of `len` bytes at `elsewhere`, which must be readable, writable and the caller's own, over
    /// `range`, and keeps the file that it shows. All lengths are whole numbers of pages. If `range` is longer, the
    /// mapping grows: an anonymous one by zero pages, one of a file must not. On an error it stays where it is.
    #[cfg(target_os = "linux")]
    pub(crate) fn adopt(
        &self,
        range: Range<usize>,
        elsewhere: *mut u8,
        len: usize,
        kept: Option<Kept>,
    ) -> io::Result<()> {
        assert!(0 < len && len <= range.len(), "the mapping has its place in the range");
        let start = self.accessible_pages(range.start, range.len()).cast();
        // SAFETY: the range is accessible and page-aligned (asserted), and all of it stays readable and writable
        // (invariant 1), as the mapping is, which is not cut (asserted). The caller is in a host call of this memory's
        // guest, or between calls, so that nobody holds a reference into the range: the host forms none over a linear
        // memory.
        let moved = unsafe { mm::mremap_fixed(elsewhere.cast(), len, range.len(), MremapFlags::MAYMOVE, start) };
        let Err(error) = moved else {
            self.note(range, kept);
            return Ok(());
        };
        // SAFETY: should the kernel have unmapped the range all the same, zero pages close the hole; an intact range
        // is left as it is (NOREPLACE).
        let closed = unsafe {
            mm::mmap_anonymous(start, range.len(), read_write(), reserve_flags() | MapFlags::FIXED_NOREPLACE)
        };
        match closed {
            Ok(_) | Err(Errno::EXIST) => {}
            // A hole stays open in memory which a guest may reach: nothing is safe any more.
            Err(_) => std::process::abort(),
        }
        Err(error.into())
    }

    /// Returns the address of `len` accessible bytes at `offset`, both whole numbers of pages.
    #[cfg(target_os = "linux")]
    pub(crate) fn accessible_pages(&self, offset: usize, len: usize) -> *mut u8 {
        self.assert_pages(&(offset..offset + len));
        // SAFETY: the offset lies within the reservation (asserted).
        unsafe { self.base.add(offset).as_ptr() }
    }

    /// Asks for huge pages in `range`, which starts and ends on pages.
    pub(crate) fn advise_huge(&self, range: Range<usize>) {
        #[cfg(target_os = "linux")]
        {
            let start = self.accessible_pages(range.start, range.len());
            // SAFETY: advice about accessible pages; it changes no content. Without huge pages small ones do.
            let _ = unsafe { mm::madvise(start.cast(), range.len(), mm::Advice::LinuxHugepage) };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = range;
    }

    /// Makes huge pages of a range of whole ones, pages of a memfd, if the kernel agrees. The content stays.
    pub(crate) fn collapse(&self, range: Range<usize>) -> bool {
        self.assert_accessible(range.start, range.len());
        // SAFETY: the range is accessible (asserted), and nobody else reads or writes it: see `read`.
        unsafe { pages::collapse(self.base.add(range.start).as_ptr(), range.len()) }
    }

    /// Other systems cannot move mappings; they only lay anonymous pages over anonymous pages.
    #[cfg(not(target_os = "linux"))]
    fn lay(
        &self,
        range: Range<usize>,
        kept: Option<Kept>,
        map: impl FnOnce(*mut c_void, usize, MapFlags) -> rustix::io::Result<*mut c_void>,
    ) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        self.assert_pages(&range);
        // SAFETY: `range` lies within the reservation (asserted).
        let start = unsafe { self.base.add(range.start).as_ptr().cast() };
        map(start, range.len(), MapFlags::FIXED)?;
        self.note(range, kept);
        Ok(())
    }

    /// Records the owner of the pages that are in `range` now, and drops the records of the pages before.
    fn note(&self, range: Range<usize>, kept: Option<Kept>) {
        let mut laid = self.laid.lock().unwrap_or_else(PoisonError::into_inner);
        // A partly covered record stays until the memory ends: keeping too much does no harm.
        let covered = laid.extract_if(.., |(old, _)| range.start <= old.start && old.end <= range.end);
        let gone: Vec<_> = covered.collect();
        let continued = kept
            .as_ref()
            .and_then(|kept| laid.iter_mut().find(|(old, before)| old.end == range.start && kept.continues(before)));
        match (continued, kept) {
            (Some((old, _)), _) => old.end = range.end,
            (None, kept) => laid.extend(kept.map(|kept| (range, kept))),
        }
        drop(laid);
        // Dropping may return a file to its pool, which has a lock of its own.
        drop(gone);
    }

    /// Counts the mappings laid into the memory at the moment, as far as it keeps a record of them.
    #[cfg(test)]
    pub(crate) fn laid(&self) -> usize {
        self.laid.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Makes the anonymous pages of `range` read as zeros, without a new mapping where the system can do so.
    pub(crate) fn discard(&self, range: Range<usize>) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        #[cfg(target_os = "linux")]
        {
            let start = self.accessible_pages(range.start, range.len());
            // SAFETY: private anonymous pages read as zeros after this, and stay mapped; nobody holds a reference into
            // them, see `adopt`.
            let discarded = unsafe { mm::madvise(start.cast(), range.len(), mm::Advice::LinuxDontNeed) };
            match discarded {
                Ok(()) => Ok(()),
                // Locked pages, say, are not discarded.
                Err(_) => self.clear(range),
            }
        }
        #[cfg(not(target_os = "linux"))]
        self.clear(range)
    }

    /// Writes zeros over `range`.
    pub(crate) fn fill_zero(&self, range: Range<usize>) {
        self.assert_accessible(range.start, range.len());
        // SAFETY: the range is accessible (asserted), and nobody else reads or writes it: see `read`.
        unsafe { ptr::write_bytes(self.base.add(range.start).as_ptr(), 0, range.len()) }
    }

    /// Copies bytes out, from `offset` on.
    pub(crate) fn read(&self, offset: usize, into: &mut [u8]) {
        self.assert_accessible(offset, into.len());
        // SAFETY: the source is accessible (asserted); no guest runs while the host is at work for it, so nobody
        // writes it now; `into` is the caller's own and cannot overlap a mapping that no reference points to.
        unsafe { ptr::copy_nonoverlapping(self.base.add(offset).as_ptr(), into.as_mut_ptr(), into.len()) }
    }

    /// Copies bytes in, from `offset` on.
    pub(crate) fn write(&self, offset: usize, from: &[u8]) {
        self.assert_accessible(offset, from.len());
        // SAFETY: as for `read`, with the roles exchanged.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), self.base.add(offset).as_ptr(), from.len()) }
    }

    /// Copies bytes from one place to another.
    pub(crate) fn copy_within(&self, from: usize, to: usize, len: usize) {
        self.assert_accessible(from, len);
        self.assert_accessible(to, len);
        // SAFETY: both ranges are accessible (asserted) and may overlap (`copy`); nobody else reads or writes them: see
        // `read`.
        unsafe { ptr::copy(self.base.add(from).as_ptr(), self.base.add(to).as_ptr(), len) }
    }

    fn assert_accessible(&self, offset: usize, len: usize) {
        let end = offset.checked_add(len);
        assert!(end.is_some_and(|end| end <= self.accessible()), "a checked window lies within its memory");
    }

    fn assert_pages(&self, range: &Range<usize>) {
        let page = page_size();
        assert!(range.start.is_multiple_of(page) && range.end.is_multiple_of(page), "windows consist of whole pages");
        self.assert_accessible(range.start, range.len());
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let (initial, accessible) = (self.initial, self.accessible());
        let laid = self.laid.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(space) = self.space.take() else { return };
        // All initially accessible pages must be the memory's own.
        let is_whole = initial <= accessible && !*self.torn.get_mut() && !*self.interrupted.get_mut();
        let its_own = is_whole && laid.iter().all(|(range, _)| range.start >= initial);
        let gone = if its_own { space.give_back(initial, accessible) } else { space.unmap() };
        if !gone {
            // Pages that are still shown here must never be reused.
            mem::forget(mem::take(laid));
        }
    }
}

/// Returns the operating system's page size in bytes; at most a wasm page on every supported platform.
pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// Rounds `len` up to whole pages of the operating system. It is for lengths within a linear memory, which has room.
pub(crate) fn whole_pages(len: usize) -> usize {
    len.next_multiple_of(page_size())
}

fn read_write() -> ProtFlags {
    ProtFlags::READ | ProtFlags::WRITE
}

fn reserve_flags() -> MapFlags {
    MapFlags::PRIVATE | MapFlags::NORESERVE
}
