//! Where a load puts what it reads.

use wpipe_buffer::{HostWriter, Readers, Transports};

use crate::area::Area;

/// What the buffer of a load is made of, and for whom.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) transports: Transports,
    pub(crate) readers: Readers,
}

impl Destination {
    /// An area for a value that is laid out.
    pub(crate) fn area(&self) -> Area {
        Area::new(&self.transports, self.readers)
    }

    /// A writer for bytes that are taken as they are.
    pub(crate) fn writer(&self) -> HostWriter {
        HostWriter::new(&self.transports, self.readers)
    }
}
