//! The area that a value is laid out in: a buffer that the host writes.

use std::io;

use wpipe_buffer::{Buffer, HostWriter, Readers, Transports};
use wpipe_data::Sink;

/// A buffer that the host writes, as the target of [`Produce`](wpipe_data::Produce) and of table builders.
#[derive(Debug)]
pub struct Area(HostWriter);

impl Area {
    /// Creates an empty area of a buffer for these readers.
    pub fn new(transports: &Transports, readers: Readers) -> Self {
        Self(HostWriter::new(transports, readers))
    }

    /// Returns the first `size` bytes as a finished buffer.
    ///
    /// # Errors
    ///
    /// Fails if fewer were reserved, or if the memory is not available.
    pub fn finish(self, size: usize) -> io::Result<Buffer> {
        self.0.finish(size)
    }
}

impl Sink for Area {
    type Error = io::Error;

    fn reserve(&mut self, capacity: usize) -> io::Result<&mut [u8]> {
        self.0.reserve(capacity)
    }
}
