//! The partitions that a node gets: a map whose values are fetched when the node looks at them.

use std::fmt;
use std::sync::Arc;

use wpipe_buffer::Buffer;

/// One partition of an input.
#[derive(Debug, Clone)]
pub enum Partition {
    /// It is in memory.
    Ready(Buffer),
    /// It is fetched when the node looks at it for the first time.
    Lazy(Arc<dyn Fetch>),
}

/// Fetches a partition, on the thread of the call, which waits for it.
pub trait Fetch: fmt::Debug + Send + Sync {
    /// Returns the partition's content.
    ///
    /// # Errors
    ///
    /// Returns the reason why it is not available. The call ends with this reason unless the node handles it.
    fn fetch(&self) -> Result<Buffer, String>;
}

/// Takes partitions that a node makes as soon as each is finished, on the thread of the call, which waits for it.
pub trait Taker: fmt::Debug + Send + Sync {
    /// Takes one partition. Returns it if it is to be handed over at the end of the call (as well).
    fn take(&self, id: &str, buffer: Buffer) -> Option<Buffer>;
}

impl From<Buffer> for Partition {
    fn from(buffer: Buffer) -> Self {
        Self::Ready(buffer)
    }
}
