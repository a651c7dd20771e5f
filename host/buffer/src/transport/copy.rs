//! Copy: heap bytes, copied into and out of linear memories. It serves small buffers, and works everywhere.

use std::io;
use std::sync::Arc;

use super::blocks::Block;
use super::{Contents, Draft, Extended, Storage, Transport};
use crate::AccessError;
use crate::window::{How, Window};

/// A finished buffer on the heap.
pub(crate) type HeapStorage = HeapBytes;

/// Zeroed heap bytes, aligned to a cache line.
#[derive(Debug)]
pub(crate) struct HeapBytes {
    /// `None` only while this value is dropped.
    block: Option<Block>,
    len: usize,
}

impl HeapBytes {
    /// Returns `len` zero bytes.
    ///
    /// # Errors
    ///
    /// Fails if the memory is not available.
    pub(crate) fn zeroed(len: usize) -> io::Result<Self> {
        Ok(Self { block: Some(Block::zeroed(len)?), len })
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        let len = self.len;
        self.block.as_mut().map(|block| &mut block.as_mut_slice()[..len]).unwrap_or_default()
    }

    /// Drops all but the first `len` bytes; there are at least as many.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    fn as_slice(&self) -> &[u8] {
        self.block.as_ref().map(|block| &block.as_slice()[..self.len]).unwrap_or_default()
    }
}

impl Drop for HeapBytes {
    fn drop(&mut self) {
        if let Some(block) = self.block.take() {
            block.recycle();
        }
    }
}

impl Storage for HeapBytes {
    fn len(&self) -> usize {
        self.len
    }

    fn transport(&self) -> Transport {
        Transport::Copy
    }

    fn attach(&self, window: &Window) -> Result<How, AccessError> {
        window.copy_in(self.as_slice())?;
        Ok(How::Copied)
    }

    fn bytes(&self) -> io::Result<&[u8]> {
        Ok(self.as_slice())
    }
}

/// Returns the finished form of heap bytes that hold `bytes`.
pub(crate) fn heap_contents(bytes: &[u8]) -> io::Result<Contents> {
    let mut heap = HeapBytes::zeroed(bytes.len())?;
    heap.as_mut_slice().copy_from_slice(bytes);
    Ok(Contents::Shared(Arc::new(heap)))
}

/// Copies the first `size` bytes out of a window, and returns their finished form.
pub(super) fn copied_contents(window: &Window, size: usize) -> io::Result<Contents> {
    let mut heap = HeapBytes::zeroed(size)?;
    window.read(heap.as_mut_slice());
    Ok(Contents::Shared(Arc::new(heap)))
}

/// A buffer that a guest writes into its own pages.
#[derive(Debug)]
pub(crate) struct CopyDraft {
    window: Window,
}

impl CopyDraft {
    pub(crate) fn new(window: Window) -> Result<Self, (Window, AccessError)> {
        match window.discard(0) {
            Ok(()) => Ok(Self { window }),
            Err(error) => Err((window, error.into())),
        }
    }
}

impl Draft for CopyDraft {
    fn transport(&self) -> Transport {
        Transport::Copy
    }

    fn window(&self) -> &Window {
        &self.window
    }

    fn extend(mut self: Box<Self>, window: Window) -> Extended {
        match self.window.copy_to(&window) {
            Ok(copied) => {
                self.window = window;
                Ok((self, copied))
            }
            Err(error) => Err((Some(self), error.into())),
        }
    }

    fn finish(self: Box<Self>, size: usize) -> Result<(Contents, How), AccessError> {
        let contents = copied_contents(&self.window, size)?;
        self.window.discard(0)?;
        Ok((contents, How::Copied))
    }
}
