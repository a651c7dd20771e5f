//! The area that a table is laid out in: a buffer that the host writes.

use std::io;

use wpipe_buffer::{Buffer, HostWriter, Readers, Transports};
use wpipe_data::Sink;

/// A buffer being written, as the data crate wants it.
#[derive(Debug)]
pub(crate) struct Area(HostWriter);

impl Area {
    pub(crate) fn new(transports: &Transports) -> Self {
        Self(HostWriter::new(transports, Readers::Several))
    }

    /// The first `size` bytes as a finished buffer.
    pub(crate) fn finish(self, size: usize) -> io::Result<Buffer> {
        self.0.finish(size)
    }
}

impl Sink for Area {
    type Error = io::Error;

    fn reserve(&mut self, capacity: usize) -> io::Result<&mut [u8]> {
        self.0.reserve(capacity)
    }
}
