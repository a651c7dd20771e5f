//! Values of the embedding program as buffers.

use std::io;

use wpipe_buffer::{Buffer, HostWriter, Readers, Transports};
use wpipe_data::{Produce, Sink};

/// Lays `value` out in a new buffer.
///
/// # Errors
///
/// When the value cannot be laid out, or the memory not be had.
pub(crate) fn to_buffer<T: Produce + ?Sized>(value: &T, transports: &Transports) -> Result<Buffer, String> {
    let mut sink = BufferSink(HostWriter::new(transports, Readers::Several));
    let size = value.produce(&mut sink).map_err(|error| error.to_string())?;
    sink.0.finish(size).map_err(|error| error.to_string())
}

/// A host writer as the target of a value.
struct BufferSink(HostWriter);

impl Sink for BufferSink {
    type Error = io::Error;

    fn reserve(&mut self, capacity: usize) -> io::Result<&mut [u8]> {
        self.0.reserve(capacity)
    }
}
