//! How the bytes of a buffer reach a linear memory: one trait for what is being written, one for what is finished,
//! and a file for each implementation.
//!
//! | transport | storage | a producer's window | a consumer's window |
//! |---|---|---|---|
//! | copy | heap | its own pages, copied out at the end | its own pages, copied in |
//! | map | memfd | the memfd's pages, shared | the memfd's pages, copy-on-write |
//! | file | file | the file's pages, shared | the file's pages, copy-on-write |

mod choice;
mod copy;
mod file;
mod mapped;
mod memfd;

pub use choice::{Transport, Transports};
pub(crate) use copy::{HeapStorage, heap_storage};
pub(crate) use file::open_storage;
pub(crate) use mapped::{Backing, MappedStorage};

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use crate::AccessError;
use crate::window::{How, Window};

/// The bytes of a finished buffer. Nobody writes to them any more.
pub(crate) trait Storage: Debug + Send + Sync {
    fn len(&self) -> usize;

    fn transport(&self) -> Transport;

    /// Makes the bytes visible in `window`, which is as long as the storage, so that writes to it are private.
    fn attach(&self, window: &Window) -> Result<How, AccessError>;

    /// The bytes in the host's own address space.
    fn bytes(&self) -> io::Result<&[u8]>;
}

/// A buffer that a guest writes in place.
pub(crate) trait Draft: Debug + Send {
    fn transport(&self) -> Transport;

    fn window(&self) -> &Window;

    /// Goes on in `window`, which starts where the old one does and is larger. What was written stays.
    fn extend(&mut self, window: Window) -> Result<(), AccessError>;

    /// Takes the first `size` bytes, at most the window's length, and leaves a window of zeros.
    fn finish(self: Box<Self>, size: usize) -> Result<(Arc<dyn Storage>, How), AccessError>;
}
