//! Heap blocks for copied buffers, which are used again.
//!
//! Given back to the allocator, a block of 64 KiB is soon cut for something small that stays; the next buffer then
//! takes fresh memory, and a run over thousands of partitions grows by most of each. So some free blocks are kept, as
//! many as are in flight at once.

use std::alloc::{self, Layout};
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};
use std::{io, slice};

/// The alignment of the bytes: the most that Arrow and rkyv need.
const ALIGNMENT: usize = 64;
/// The unit that lengths are rounded up to.
const STEP: usize = 4 << 10;
/// The longest block; the allocator maps longer memory on its own.
const LONGEST: usize = 128 << 10;
/// The most bytes of free blocks that are kept.
const MOST_KEPT: usize = 4 << 20;

static FREE: Mutex<Free> = Mutex::new(Free { by_length: [const { Vec::new() }; LONGEST / STEP], bytes: 0 });

/// The free blocks.
struct Free {
    /// The blocks by length: those of `n + 1` steps at `n`.
    by_length: [Vec<Block>; LONGEST / STEP],
    bytes: usize,
}

/// Heap memory of its own.
#[derive(Debug)]
pub(super) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the allocation belongs to this value alone and is bound to no thread.
unsafe impl Send for Block {}
// SAFETY: through a shared reference the bytes can only be read.
unsafe impl Sync for Block {}

impl Block {
    /// Returns a block of at least `len` bytes, whose first `len` are zero.
    ///
    /// # Errors
    ///
    /// Fails if the memory is not available.
    pub(super) fn zeroed(len: usize) -> io::Result<Self> {
        let Some(class) = class(len) else { return Self::allocate(len.max(1)) };
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut block) = free.by_length[class].pop() else {
            drop(free);
            return Self::allocate((class + 1) * STEP);
        };
        free.bytes -= block.layout.size();
        drop(free);
        block.as_mut_slice()[..len].fill(0);
        Ok(block)
    }

    /// Gives the block back, to be used again.
    pub(super) fn recycle(self) {
        let size = self.layout.size();
        if let Some(class) = class(size) {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            if free.bytes + size <= MOST_KEPT {
                free.bytes += size;
                free.by_length[class].push(self);
            }
        }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        // SAFETY: as many initialised bytes, borrowed through `&self`.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.layout.size()) }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: as many initialised bytes, borrowed through `&mut self`.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.layout.size()) }
    }

    fn allocate(size: usize) -> io::Result<Self> {
        let layout = Layout::from_size_align(size, ALIGNMENT).map_err(|_| io::ErrorKind::OutOfMemory)?;
        // SAFETY: the layout's size is not zero.
        let start = NonNull::new(unsafe { alloc::alloc_zeroed(layout) }).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, layout })
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated in `allocate` with this layout, and freed once.
        unsafe { alloc::dealloc(self.start.as_ptr(), self.layout) }
    }
}

/// Gives all free blocks to the allocator.
pub(super) fn release() {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    free.by_length.iter_mut().for_each(|blocks| *blocks = Vec::new());
    free.bytes = 0;
}

/// Returns the class of blocks with room for `len` bytes; `None` if that is too short or too long for a block.
fn class(len: usize) -> Option<usize> {
    (STEP / 2..=LONGEST).contains(&len).then(|| len.div_ceil(STEP) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_again_reads_as_zeros() {
        for len in [1, STEP - 1, STEP, STEP + 1, LONGEST, LONGEST + 1] {
            for _ in 0..3 {
                let mut block = Block::zeroed(len).unwrap();
                assert!(block.as_slice().len() >= len);
                assert!(block.as_slice()[..len].iter().all(|byte| *byte == 0));
                assert_eq!(block.as_slice().as_ptr().addr() % ALIGNMENT, 0);
                block.as_mut_slice().fill(7);
                block.recycle();
            }
        }
    }

    #[test]
    fn no_more_is_kept_than_the_bound() {
        let blocks: Vec<_> = (0..2 * MOST_KEPT / LONGEST).map(|_| Block::zeroed(LONGEST).unwrap()).collect();
        blocks.into_iter().for_each(Block::recycle);
        assert!(FREE.lock().unwrap().bytes <= MOST_KEPT);
    }
}
