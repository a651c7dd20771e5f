//! Anonymous pages that are in no linear memory: a vault between a producer and its last consumer, and the area in
//! which the host itself writes.

use std::io;
use std::ptr::{self, NonNull};
use std::slice;

use rustix::mm::{self, MapFlags, ProtFlags};
#[cfg(target_os = "linux")]
use rustix::mm::{Advice, MremapFlags};

use crate::WINDOW_ALIGNMENT;
use crate::memory::{Reservation, page_size};

/// Whole pages of zero-filled anonymous memory, from 2 MiB on at a multiple of 2 MiB.
#[derive(Debug)]
pub(crate) struct Pages {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the pages belong to this value alone and are bound to no thread.
unsafe impl Send for Pages {}
// SAFETY: through a shared reference the pages can only be read.
unsafe impl Sync for Pages {}

impl Pages {
    /// Zero pages for `len` bytes, huge ones where the kernel has them.
    ///
    /// # Errors
    ///
    /// When the memory cannot be had.
    pub(crate) fn zeroed(len: usize) -> io::Result<Self> {
        let pages = Self::reserve(len, ProtFlags::READ | ProtFlags::WRITE)?;
        pages.advise_huge();
        Ok(pages)
    }

    /// Takes the pages of `len` bytes at `offset` out of a linear memory, where zero pages remain. They must be one
    /// private anonymous mapping, and at least one byte.
    ///
    /// # Errors
    ///
    /// When the kernel cannot move them; they stay where they are then.
    #[cfg(target_os = "linux")]
    pub(crate) fn take(memory: &Reservation, offset: usize, len: usize) -> io::Result<Self> {
        assert!(len > 0, "of nothing no pages are taken");
        let pages = Self::reserve(len, ProtFlags::empty())?;
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

    /// Lays the pages over `offset` of a linear memory. They come back with an error.
    #[cfg(target_os = "linux")]
    pub(crate) fn give(self, memory: &Reservation, offset: usize) -> Result<(), (Self, io::Error)> {
        match memory.adopt(offset, self.start.as_ptr(), self.len) {
            Ok(()) => {
                // The kernel moved the mapping: there is nothing left to unmap.
                std::mem::forget(self);
                Ok(())
            }
            Err(error) => Err((self, error)),
        }
    }

    /// Other systems cannot move pages.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn take(_memory: &Reservation, _offset: usize, _len: usize) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Other systems cannot move pages.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn give(self, _memory: &Reservation, _offset: usize) -> Result<(), (Self, io::Error)> {
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

    /// Length in bytes, a whole number of pages.
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

    fn reserve(len: usize, protection: ProtFlags) -> io::Result<Self> {
        let len = len.max(1).checked_next_multiple_of(page_size()).ok_or(io::ErrorKind::OutOfMemory)?;
        let slack = if len < WINDOW_ALIGNMENT { 0 } else { WINDOW_ALIGNMENT };
        let area_len = len.checked_add(slack).ok_or(io::ErrorKind::OutOfMemory)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: a fresh mapping at an address of the kernel's choice; it replaces nothing.
        let area = unsafe { mm::mmap_anonymous(ptr::null_mut(), area_len, protection, flags)? };
        let area = NonNull::new(area.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        if slack == 0 {
            return Ok(Self { start: area, len });
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
            Ok(Self { start, len })
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
