//! Windows: ranges at the end of the linear memory in which the host attaches buffers. The SDK's only `unsafe`.
//!
//! ```text
//! │ data, stack, heap │ window │ gap │ window │ heap │ window │
//! 0                   └────── each grown with memory.grow ────┘ memory.size
//! ```
//!
//! The slices rest on these invariants:
//!
//! 1. A window's range comes from `memory.grow` in this file. No allocator was told of it, so nothing else ever
//!    points into it, and memory never shrinks, so it stays accessible to the end of the call.
//! 2. A range belongs to one [`Window`] or to the free list, never to both nor to two.
//! 3. Its bytes are initialised: fresh memory is zero, and the host attaches pages that read and write like memory
//!    and leaves zeros behind. They change under no borrow: the host touches windows only in `attach`, `finish` and
//!    the drop of a buffer, whose callers own the window (and that which it takes the place of) and hold no slice of
//!    it then.
//! 4. No window reaches the last page of a 4 GiB memory, so that no range ends beyond what an address can say.
#![expect(unsafe_code, reason = "windows are memory that Rust was not told of")]

use core::arch::wasm32;
use core::ptr;
use core::slice;
use std::cell::RefCell;

use crate::contract::AccessError;
use crate::ranges::Ranges;

/// A page of linear memory, in bytes: the least alignment of windows, and the unit of their size.
const PAGE: u64 = 64 << 10;
/// The alignment of large windows, in bytes: the host can then move whole page tables.
const LARGE_ALIGNMENT: u64 = 2 << 20;
/// The start of the last page of a memory of 4 GiB.
const LIMIT: u64 = (1 << 32) - PAGE;

thread_local! {
    static FREE: RefCell<Ranges> = const { RefCell::new(Ranges::new()) };
}

/// A range of whole pages that belongs to this value.
#[derive(Debug)]
pub(crate) struct Window {
    start: u64,
    len: u64,
}

impl Window {
    /// Returns a range for `len` bytes: one that has been used before, or new memory.
    pub(crate) fn reserve(len: usize) -> Result<Self, AccessError> {
        if len > isize::MAX as usize {
            return Err(no_room(len));
        }
        let alignment = alignment(len);
        let pages = whole_pages(len);
        FREE.with_borrow_mut(|free| {
            if let Some(start) = free.take(pages, alignment, LIMIT) {
                return Ok(Self { start, len: pages });
            }
            let start = free.trailing(memory_size()).next_multiple_of(alignment);
            grow_to(start + pages, free).ok_or_else(|| no_room(len))?;
            let start = free.take(pages, alignment, LIMIT).ok_or_else(|| no_room(len))?;
            Ok(Self { start, len: pages })
        })
    }

    /// Makes the range long enough for `len` bytes in place, and returns true if that worked. The memory behind it must
    /// be free or the memory's end, and its start aligned as for a new range.
    pub(crate) fn extend(&mut self, len: usize) -> bool {
        let more = whole_pages(len).saturating_sub(self.len);
        if more == 0 {
            return true;
        }
        if len > isize::MAX as usize || !self.start.is_multiple_of(alignment(len)) {
            return false;
        }
        let end = self.start + self.len;
        let extended = FREE.with_borrow_mut(|free| {
            let is_last = free.trailing(memory_size()) == end;
            (!is_last || grow_to(end + more, free).is_some()) && free.take_at(end, more)
        });
        if extended {
            self.len += more;
        }
        extended
    }

    pub(crate) fn address(&self) -> u64 {
        self.start
    }

    /// Returns the first `len` bytes.
    pub(crate) fn bytes(&self, len: usize) -> &[u8] {
        let len = len.min(self.len as usize);
        // SAFETY: invariants 1 and 4 make the range accessible, 3 its bytes initialised; 2 makes it this value's own,
        // which is borrowed.
        unsafe { slice::from_raw_parts(ptr::with_exposed_provenance(self.start as usize), len) }
    }

    /// Returns the first `len` bytes.
    pub(crate) fn bytes_mut(&mut self, len: usize) -> &mut [u8] {
        let len = len.min(self.len as usize);
        // SAFETY: as in `bytes`, and the value is borrowed mutably.
        unsafe { slice::from_raw_parts_mut(ptr::with_exposed_provenance_mut(self.start as usize), len) }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The thread's values may be gone when the call ends; then nobody will ask for the range either.
        let _ = FREE.try_with(|free| free.borrow_mut().give(self.start..self.start + self.len));
    }
}

/// Grows the memory so that it ends at `end` or behind it; the new range is free. Returns `None` if there is no more.
fn grow_to(end: u64, free: &mut Ranges) -> Option<()> {
    let size = memory_size();
    if end > LIMIT {
        return None;
    }
    let pages = end.saturating_sub(size).div_ceil(PAGE) as usize;
    let old = wasm32::memory_grow::<0>(pages);
    if old == usize::MAX {
        return None;
    }
    let start = old as u64 * PAGE;
    free.give(start..start + pages as u64 * PAGE);
    Some(())
}

fn memory_size() -> u64 {
    wasm32::memory_size::<0>() as u64 * PAGE
}

fn whole_pages(len: usize) -> u64 {
    (len as u64).next_multiple_of(PAGE)
}

fn alignment(len: usize) -> u64 {
    if len as u64 >= LARGE_ALIGNMENT { LARGE_ALIGNMENT } else { PAGE }
}

fn no_room(len: usize) -> AccessError {
    AccessError::Unavailable(format!("there is no memory left for a window of {len} bytes"))
}
