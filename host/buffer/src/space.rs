//! The address space of linear memories. The space of a memory which is gone is used again: mapping, faulting in and
//! unmapping a few pages for every call would take the kernel longer than most calls take.

use std::io;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::mm::{self, MapFlags, MprotectFlags, ProtFlags};

use crate::mappings::Mappings;
use crate::{WASM_PAGE, WINDOW_ALIGNMENT};

/// The address of the polling page within a linear memory of 4 GiB: the last 64 KiB, to which no memory grows. Its first
/// [`POLLING_BYTES`] read as zeros until the guest is to end.
pub const POLLING_PAGE: usize = (4 << 30) - WASM_PAGE;

/// The bytes of the polling page that a guest may load: one page on every system.
pub const POLLING_BYTES: usize = 4 << 10;

/// A mapping for one linear memory, aligned, with its guard.
#[derive(Debug)]
pub(crate) struct Space {
    area: NonNull<u8>,
    area_len: usize,
    base: NonNull<u8>,
    /// The number of bytes from the base on that are accessible, and zero.
    accessible: usize,
    /// True if there is a polling page.
    polled: bool,
    _counted: Mappings,
}

// SAFETY: the pointers are to a mapping which this value owns alone; they are bound to no thread.
unsafe impl Send for Space {}
// SAFETY: through a shared reference nothing is read or written.
unsafe impl Sync for Space {}

/// The mappings of a space itself: the part before its base, the accessible part, the reserved part, the polling page, and
/// the guard.
const OWN_MAPPINGS: usize = 5;

/// The most spaces that are kept: as many sandboxes as come and go at once on most machines.
const MOST_SPARE: usize = 16;
/// The number of accessible bytes at the end that keep their pages, and are overwritten with zeros: compilers put the
/// top of the stack and the data there. For these few that is less work than new pages.
#[cfg(target_os = "linux")]
const WARM: usize = 96 << 10;

/// The most accessible bytes of a space that is kept: resetting more takes as long as mapping anew.
const MOST_ACCESSIBLE: usize = 4 << 20;

/// The spare spaces, oldest first.
static SPARE: Mutex<Vec<Space>> = Mutex::new(Vec::new());

fn spares() -> MutexGuard<'static, Vec<Space>> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the spare space of that length which needs the least to be made accessible, so that smaller memories keep
/// theirs.
fn take_spare(area_len: usize, polled: bool, accessible: usize) -> Option<Space> {
    let mut spare = spares();
    let fits = |space: &Space| (space.area_len, space.polled) == (area_len, polled) && space.accessible <= accessible;
    let fitting = spare.iter().enumerate().filter(|(_, space)| fits(space));
    let best = fitting.max_by_key(|(_, space)| space.accessible)?.0;
    Some(spare.remove(best))
}

/// Maps, and tries once more without the spare spaces if the kernel refuses: they may be all the address space that
/// this process may have.
pub(crate) fn or_without_spares<T>(map: impl Fn() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    map().or_else(|_| {
        let spare = mem::take(&mut *spares());
        drop(spare);
        map()
    })
}

impl Space {
    /// Reserves address space for `len` bytes from an aligned base on, of which at most the first `accessible` are
    /// accessible; `polled` spaces have a [polling page](POLLING_PAGE).
    pub(crate) fn new(len: usize, polled: bool, accessible: usize) -> io::Result<Self> {
        let area_len = len.checked_add(WINDOW_ALIGNMENT).ok_or(io::ErrorKind::OutOfMemory)?;
        if let Some(space) = take_spare(area_len, polled, accessible) {
            return Ok(space);
        }
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        let map = || {
            // SAFETY: a fresh mapping at an address of the kernel's choice; it replaces nothing.
            unsafe { mm::mmap_anonymous(ptr::null_mut(), area_len, ProtFlags::empty(), flags) }
        };
        let area = or_without_spares(map)?;
        let area = NonNull::new(area.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        let skip = area.addr().get().next_multiple_of(WINDOW_ALIGNMENT) - area.addr().get();
        // SAFETY: `skip` is below WINDOW_ALIGNMENT, by which the area is longer than `len`.
        let base = unsafe { area.add(skip) };
        let space = Self { area, area_len, base, accessible: 0, polled, _counted: Mappings::of(OWN_MAPPINGS) };
        if polled {
            space.protect_polling_page(MprotectFlags::READ)?;
        }
        Ok(space)
    }

    /// Returns true if there is a polling page.
    pub(crate) fn polled(&self) -> bool {
        self.polled
    }

    /// Lets the polling page be read, or not.
    pub(crate) fn protect_polling_page(&self, allowed: MprotectFlags) -> io::Result<()> {
        // SAFETY: the page lies within the space, which this value owns, and behind all that ever is accessible: nobody
        // but a guest's polls goes there, and a fault of these is a trap.
        let protected = unsafe {
            let page = self.base.add(POLLING_PAGE).as_ptr();
            mm::mprotect(page.cast(), rustix::param::page_size(), allowed)
        };
        Ok(protected?)
    }

    /// Returns the address of byte 0.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Returns the number of bytes that are accessible from the start.
    pub(crate) fn accessible(&self) -> usize {
        self.accessible
    }

    /// Keeps the space of a memory that is gone. Its first `used` bytes are accessible. The first `keep` of them are
    /// pages of its own, and will be accessible to the next memory. Returns true if the pages behind them, which may
    /// show a file, are gone.
    pub(crate) fn give_back(mut self, keep: usize, used: usize) -> bool {
        if keep > MOST_ACCESSIBLE || self.reset(keep, used).is_err() {
            return self.unmap();
        }
        let mut spare = spares();
        // The oldest, of a component that runs no more, makes room.
        let oldest = (spare.len() >= MOST_SPARE).then(|| spare.remove(0));
        spare.push(self);
        drop(spare);
        drop(oldest);
        true
    }

    #[cfg(target_os = "linux")]
    fn reset(&mut self, keep: usize, used: usize) -> io::Result<()> {
        let cold = keep.saturating_sub(WARM);
        // SAFETY: nobody refers to the memory any more, as it is owned by this function. `cold` and `keep` lie within
        // what is accessible, and `used` within the space. Private anonymous pages read as zeros after the advice.
        unsafe {
            let start = self.base.as_ptr();
            if cold > 0 {
                mm::madvise(start.cast(), cold, mm::Advice::LinuxDontNeed)?;
            }
            ptr::write_bytes(start.add(cold), 0, keep - cold);
        }
        self.accessible = keep;
        if keep < used {
            let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
            // SAFETY: the range lies within the space, which is this value's own; nobody refers to it.
            let laid = unsafe {
                let start = self.base.add(keep).as_ptr().cast();
                mm::mmap_anonymous(start, used - keep, ProtFlags::empty(), flags)
            };
            if laid.is_err() {
                // The kernel may have left a hole, into which another thread's mapping may have fallen since: the
                // space must not be unmapped. It is lost, which is address space and no memory but its own.
                self.area_len = 0;
            }
            laid?;
        }
        Ok(())
    }

    /// Other systems reset nothing: each memory has a space of its own.
    #[cfg(not(target_os = "linux"))]
    fn reset(&mut self, _keep: usize, _used: usize) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Unmaps the space and everything laid into it. Returns true if that succeeded.
    pub(crate) fn unmap(mut self) -> bool {
        let len = mem::take(&mut self.area_len);
        // SAFETY: the area is this value's own; the last owner is going, so nobody refers to it any more.
        len > 0 && unsafe { mm::munmap(self.area.as_ptr().cast(), len) }.is_ok()
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if self.area_len > 0 {
            // SAFETY: as in `unmap`. There is nothing to be done about an area that the kernel will not take back.
            let _ = unsafe { mm::munmap(self.area.as_ptr().cast(), self.area_len) };
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns the accessible bytes of each spare space for `len` bytes, oldest first.
    pub(crate) fn spare(len: usize) -> Vec<usize> {
        let spares = spares();
        let fitting = spares.iter().filter(|space| space.area_len == len + WINDOW_ALIGNMENT);
        fitting.map(|space| space.accessible).collect()
    }
}
