//! Pages outside linear memories: a vault between a producer and its last consumer, the area in which the host itself
//! writes, and the host's view of a file.

use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;
#[cfg(target_os = "linux")]
use std::sync::OnceLock;

use rustix::mm::{self, MapFlags, ProtFlags};
#[cfg(target_os = "linux")]
use rustix::mm::{Advice, MremapFlags};

use crate::WINDOW_ALIGNMENT;
use crate::mappings::{Claim, Mappings};
#[cfg(target_os = "linux")]
use crate::memory::Kept;
use crate::memory::{Reservation, page_size};
use crate::space;

/// Whole pages that can be read and written. From 2 MiB on they start at a multiple of 2 MiB (those of a file: if
/// possible).
#[derive(Debug)]
pub(crate) struct Pages {
    start: NonNull<u8>,
    len: usize,
    _counted: Mappings,
}

// SAFETY: the pages belong to this value alone and are bound to no thread.
unsafe impl Send for Pages {}
// SAFETY: through a shared reference the pages can only be read.
unsafe impl Sync for Pages {}

impl Pages {
    /// Returns zero pages for `len` bytes, huge ones where the kernel has them.
    ///
    /// # Errors
    ///
    /// Fails if the memory is not available, or the process has its share of mappings.
    pub(crate) fn zeroed(len: usize) -> io::Result<Self> {
        let pages = Self::reserve(len, ProtFlags::READ | ProtFlags::WRITE, Mappings::claim(1, Claim::New)?)?;
        pages.advise_huge();
        Ok(pages)
    }

    /// Maps the pages of the first `len` bytes of `file`, shared: writes here change the file's content.
    ///
    /// # Safety
    ///
    /// While this value lives, nobody else writes to the file, shortens it, or has a reference to its bytes. The file
    /// already has as many whole pages.
    ///
    /// # Errors
    ///
    /// Fails if the memory is not available, or the process has its share of mappings.
    pub(crate) unsafe fn shared(file: &File, len: usize, claim: Claim) -> io::Result<Self> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the caller's promise.
        unsafe { Self::of_file(file, len, protection, MapFlags::SHARED, Mappings::claim(1, claim)?) }
    }

    /// # Safety
    ///
    /// While this value lives, the file keeps as many whole pages, and nobody else changes the bytes that are read
    /// here.
    unsafe fn of_file(
        file: &File,
        len: usize,
        protection: ProtFlags,
        sharing: MapFlags,
        counted: Mappings,
    ) -> io::Result<Self> {
        // An aligned place that was free is free again, but for a race: then the pages are elsewhere, and small.
        let (hint, len) = {
            let free = Self::reserve(len, ProtFlags::empty(), Mappings::of(1))?;
            (free.start.as_ptr(), free.len)
        };
        // SAFETY: a fresh mapping, at the hint or at an address of the kernel's choice; it replaces nothing.
        let start = unsafe { mm::mmap(hint.cast(), len, protection, sharing, file, 0)? };
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, len, _counted: counted })
    }

    /// Takes the pages of `len` bytes at `offset` out of a linear memory, where zero pages remain. They must be one
    /// private anonymous mapping, and at least one byte.
    ///
    /// # Errors
    ///
    /// Fails if the kernel cannot move them; they stay where they are then.
    #[cfg(target_os = "linux")]
    pub(crate) fn take(memory: &Reservation, offset: usize, len: usize, claim: Claim) -> io::Result<Self> {
        assert!(len > 0, "of nothing no pages are taken");
        if !can_be_taken() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let pages = Self::reserve(len, ProtFlags::empty(), Mappings::claim(1, claim)?)?;
        let source = memory.accessible_pages(offset, pages.len);
        let flags = MremapFlags::MAYMOVE | MremapFlags::DONTUNMAP;
        // SAFETY: the source is accessible and stays mapped, as zero pages (DONTUNMAP; invariants 1 and 2); nobody
        // holds a reference into it, as the caller is in a host call of this memory's guest. The target is this
        // value's own and holds nothing.
        let moved =
            unsafe { mm::mremap_fixed(source.cast(), pages.len, pages.len, flags, pages.start.as_ptr().cast()) };
        match moved {
            Ok(_) => Ok(pages),
            Err(error) => {
                // The kernel may have unmapped the target, and somebody else mapped there since: it is left alone.
                // If it is still there, that is some address space without memory.
                std::mem::forget(pages);
                Err(error.into())
            }
        }
    }

    /// Lays the pages, and zero pages behind them, over `range` of a linear memory: at least as many bytes, and whole
    /// pages. All become one mapping. The pages come back with an error.
    #[cfg(target_os = "linux")]
    pub(crate) fn give(self, memory: &Reservation, range: Range<usize>) -> Result<(), (Self, io::Error)> {
        match memory.adopt(range, self.start.as_ptr(), self.len, Some(Kept::moved())) {
            Ok(()) => {
                // The kernel moved the mapping: there is nothing left to unmap, and the memory counts it.
                let mut moved = ManuallyDrop::new(self);
                moved._counted = Mappings::of(0);
                Ok(())
            }
            Err(error) => Err((self, error)),
        }
    }

    /// Other systems cannot move pages.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn take(_memory: &Reservation, _offset: usize, _len: usize, _claim: Claim) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Other systems cannot move pages.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn give(self, _memory: &Reservation, _range: Range<usize>) -> Result<(), (Self, io::Error)> {
        Err((self, io::ErrorKind::Unsupported.into()))
    }

    /// Gives back all pages but those of the first `len` bytes; at least one stays.
    pub(crate) fn truncate(&mut self, len: usize) {
        let keep = len.max(1).next_multiple_of(page_size());
        if keep < self.len {
            // SAFETY: the pages from `keep` on are this value's own, borrowed through `&mut self`.
            let cut = unsafe { mm::munmap(self.start.add(keep).as_ptr().cast(), self.len - keep) };
            if cut.is_ok() {
                self.len = keep;
            }
        }
    }

    /// Returns the length in bytes, a whole number of pages.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: `len` bytes of readable pages that only this value refers to, borrowed through `&self`.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: `len` bytes of writable pages that only this value refers to, borrowed through `&mut self`.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Overwrites a range with zeros.
    pub(crate) fn fill_zero(&mut self, range: Range<usize>) {
        self.as_mut_slice()[range].fill(0);
    }

    /// Returns true if huge pages fit at this address.
    pub(crate) fn is_aligned(&self) -> bool {
        self.start.addr().get().is_multiple_of(WINDOW_ALIGNMENT)
    }

    /// Makes huge pages of a range of whole ones, if the kernel agrees. The content stays.
    pub(crate) fn collapse(&mut self, range: Range<usize>) -> bool {
        let pages = &mut self.as_mut_slice()[range];
        // SAFETY: the pages are this value's own, borrowed through `&mut self`.
        unsafe { collapse(pages.as_mut_ptr(), pages.len()) }
    }

    fn reserve(len: usize, protection: ProtFlags, counted: Mappings) -> io::Result<Self> {
        let len = len.max(1).checked_next_multiple_of(page_size()).ok_or(io::ErrorKind::OutOfMemory)?;
        let slack = if len < WINDOW_ALIGNMENT { 0 } else { WINDOW_ALIGNMENT };
        let area_len = len.checked_add(slack).ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        let map = || {
            // SAFETY: a fresh mapping at an address of the kernel's choice; it replaces nothing.
            unsafe { mm::mmap_anonymous(ptr::null_mut(), area_len, protection, flags) }
        };
        let area = space::or_without_spares(map)?;
        let area = NonNull::new(area.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        if slack == 0 {
            return Ok(Self { start: area, len, _counted: counted });
        }
        let before = area.addr().get().next_multiple_of(WINDOW_ALIGNMENT) - area.addr().get();
        // SAFETY: `before` is at most the slack, by which the area is longer than `len`; the parts before and behind
        // are this function's own, and nothing refers to them.
        unsafe {
            let start = area.add(before);
            let behind = slack - before;
            if before > 0 {
                let _ = mm::munmap(area.as_ptr().cast(), before);
            }
            if behind > 0 {
                let _ = mm::munmap(start.add(len).as_ptr().cast(), behind);
            }
            Ok(Self { start, len, _counted: counted })
        }
    }

    fn advise_huge(&self) {
        #[cfg(target_os = "linux")]
        if self.len >= WINDOW_ALIGNMENT {
            // SAFETY: advice about this value's own pages; it changes no content. Without huge pages small ones do.
            let _ = unsafe { mm::madvise(self.start.as_ptr().cast(), self.len, Advice::LinuxHugepage) };
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the pages are this value's own; the last owner is going. There is nothing to be done about pages
        // that the kernel will not take back.
        let _ = unsafe { mm::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// Returns true if the kernel can take pages out of a mapping and leave it in place (Linux 5.7). It tries that once: a
/// refusal on the way into the caller's place could leave a hole there.
#[cfg(target_os = "linux")]
pub(crate) fn can_be_taken() -> bool {
    static WORKS: OnceLock<bool> = OnceLock::new();
    *WORKS.get_or_init(|| try_taking().is_ok())
}

/// Other systems cannot move pages.
#[cfg(not(target_os = "linux"))]
pub(crate) fn can_be_taken() -> bool {
    false
}

#[cfg(target_os = "linux")]
fn try_taking() -> io::Result<()> {
    let source = Pages::reserve(1, ProtFlags::READ | ProtFlags::WRITE, Mappings::of(1))?;
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_DONTUNMAP;
    // SAFETY: the source is this function's own and stays mapped; the target is a fresh mapping at an address of the
    // kernel's choice (no hint, which rustix cannot say), and replaces nothing.
    let taken = unsafe {
        libc::mremap(source.start.as_ptr().cast(), source.len, source.len, flags, ptr::null_mut::<libc::c_void>())
    };
    if taken == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let start = NonNull::new(taken.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
    drop(Pages { start, len: source.len, _counted: Mappings::of(1) });
    Ok(())
}

/// The bytes of a file in the host's address space, to be read.
#[derive(Debug)]
pub(crate) struct View {
    /// Not writable, despite their type: this value lends them for reading only.
    pages: Pages,
    len: usize,
}

impl View {
    /// Maps the first `len` bytes of `file`.
    ///
    /// # Safety
    ///
    /// While this value lives, nobody writes to the file or shortens it, and it has as many bytes.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be mapped.
    pub(crate) unsafe fn new(file: &File, len: usize) -> io::Result<Self> {
        // SAFETY: the caller's promise; the last page is there as far as the file goes, and zero behind it.
        let pages = unsafe { Pages::of_file(file, len, ProtFlags::READ, MapFlags::PRIVATE, Mappings::of(1))? };
        Ok(Self { pages, len })
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.pages.as_slice()[..self.len]
    }
}

/// Makes huge pages of `len` bytes at `start`, pages of a file of anonymous memory. Returns true if the kernel did.
///
/// A fresh huge page costs hardly more than its zeros, if one small page of it exists already; the kernel makes none
/// from nothing. Page by page, the same bytes cost some ten times as much.
///
/// # Safety
///
/// The bytes are readable and writable and nobody else reads or writes them.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn collapse(start: *mut u8, len: usize) -> bool {
    if !start.addr().is_multiple_of(WINDOW_ALIGNMENT) || !len.is_multiple_of(WINDOW_ALIGNMENT) {
        return false;
    }
    for offset in (0..len).step_by(WINDOW_ALIGNMENT) {
        // SAFETY: within the range, which is the caller's; the byte is written as it was read. Volatile, or it would
        // not be written at all.
        unsafe {
            let byte = start.add(offset);
            byte.write_volatile(byte.read_volatile());
        }
    }
    // SAFETY: advice about the caller's pages; it changes no content. rustix does not know it.
    unsafe { libc::madvise(start.cast(), len, libc::MADV_COLLAPSE) == 0 }
}

/// Only Linux makes huge pages on request.
///
/// # Safety
///
/// None is needed.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn collapse(_start: *mut u8, _len: usize) -> bool {
    false
}
