//! The two traits of a transport: a draft that is being written, and storage that is finished.

use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::sync::Arc;

use super::{Transport, Vault};
use crate::AccessError;
use crate::window::{How, Window};

/// The bytes of a finished buffer. Nobody writes to them any more.
pub(crate) trait Storage: Debug + Send + Sync {
    fn len(&self) -> usize;

    fn transport(&self) -> Transport;

    /// Makes the bytes visible in `window`, which is as long as the storage, so that writes to it are private.
    fn attach(&self, window: &Window) -> Result<How, AccessError>;

    /// Returns the file that holds the bytes, if one does.
    fn file(&self) -> Option<&File> {
        None
    }

    /// Returns the bytes in the host's own address space.
    fn bytes(&self) -> io::Result<&[u8]>;
}

/// The content of a finished buffer.
#[derive(Debug, Clone)]
pub(crate) enum Contents {
    /// Bytes that any number of consumers may attach.
    Shared(Arc<dyn Storage>),
    /// Pages that the owner of the last handle may move.
    Vault(Arc<Vault>),
}

impl Contents {
    pub(crate) fn storage(&self) -> &dyn Storage {
        match self {
            Self::Shared(storage) => &**storage,
            Self::Vault(vault) => &**vault,
        }
    }
}

/// A draft in its larger window, and the number of bytes that had to be copied for it. With an error, the draft is as
/// before; if none comes back it is lost, and its window reads as zeros.
pub(crate) type Extended = Result<(Box<dyn Draft>, usize), (Option<Box<dyn Draft>>, AccessError)>;

/// A buffer that a guest writes in place.
pub(crate) trait Draft: Debug + Send {
    fn transport(&self) -> Transport;

    fn window(&self) -> &Window;

    /// Goes on in `window`, which is larger, and either starts where the old one does or shares no page with it.
    /// Written bytes stay; the rest of `window` reads as zeros, and so does an old window that is no part of it. There
    /// are zeros already behind the old window, to the end of its last wasm page.
    fn extend(self: Box<Self>, window: Window) -> Extended;

    /// Takes the first `size` bytes, at most the window's length, and leaves a window of zeros.
    fn finish(self: Box<Self>, size: usize) -> Result<(Contents, How), AccessError>;
}
