//! The destination of a load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wpipe_buffer::{HostWriter, Readers, Transports};

use crate::area::Area;
use crate::fault::Fault;
use crate::progress::Progress;

/// The material of a load's buffer, and its readers.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) transports: Transports,
    pub(crate) readers: Readers,
    /// The most memory that decoded content may take, in bytes.
    pub(crate) memory: u64,
    /// The most bytes that are taken of content of an unknown size.
    pub(crate) most: u64,
    pub(crate) stop: Stop,
    pub(crate) progress: Progress,
}

/// The signal that nobody waits for a load any more. Clones are of one load.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

/// Stops a load when it is dropped: its holder waits for the load.
#[derive(Debug)]
pub(crate) struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Stop {
    pub(crate) fn on_drop(&self) -> StopOnDrop {
        StopOnDrop(self.clone())
    }
}

impl Destination {
    /// Fails once nobody waits for the load any more. Codecs call it between pieces of their work.
    pub(crate) fn go_on(&self) -> Result<(), Fault> {
        if self.stop.0.load(Ordering::Relaxed) { Err(Fault::new("nobody waits for it any more")) } else { Ok(()) }
    }

    /// Creates an area for a value that is laid out.
    pub(crate) fn area(&self) -> Area {
        Area::new(&self.transports, self.readers)
    }

    /// Creates a writer for bytes that are taken as they are.
    pub(crate) fn writer(&self) -> HostWriter {
        HostWriter::new(&self.transports, self.readers)
    }
}
