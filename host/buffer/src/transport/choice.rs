//! Which transport a new buffer gets.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::copy::CopyDraft;
use super::mapped::{Backing, MappedDraft};
use super::{Draft, memfd};
use crate::AccessError;
use crate::window::Window;

/// Below this many bytes a copy is cheaper than the system calls and faults of a mapping. Measured with
/// `cargo bench --bench handoff`: the two cross between 64 and 256 KiB.
const COPY_BELOW: usize = 128 << 10;

/// How the bytes of a buffer reach a linear memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Copied.
    Copy,
    /// Mapped copy-on-write from anonymous memory.
    Map,
    /// Mapped copy-on-write from a file.
    File,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Copy => "copy",
            Self::Map => "map",
            Self::File => "file",
        })
    }
}

/// The transports that new buffers use, by size.
#[derive(Debug, Clone)]
pub struct Transports {
    copy_below: usize,
    large: Backing,
}

impl Transports {
    /// The best that this platform has: small buffers are copied, larger ones mapped where the kernel has memfds and
    /// backs what it gives (under `vm.overcommit_memory = 2` a page of a memfd may not be there when it is touched).
    pub fn detect() -> Self {
        if memfd::is_available() && !commits_strictly() {
            Self { copy_below: COPY_BELOW, large: Backing::Memfd }
        } else {
            Self::copy()
        }
    }

    /// Copies everything: what platforms without memfds do.
    pub fn copy() -> Self {
        Self { copy_below: usize::MAX, large: Backing::Memfd }
    }

    /// Maps everything from anonymous memory, whatever its size.
    ///
    /// # Errors
    ///
    /// When the kernel has no memfds.
    pub fn map() -> io::Result<Self> {
        memfd::create()?;
        Ok(Self { copy_below: 0, large: Backing::Memfd })
    }

    /// Maps everything from unnamed files in `directory`, whatever its size.
    pub fn file(directory: &Path) -> Self {
        Self { copy_below: 0, large: Backing::Directory(Arc::from(directory)) }
    }

    /// The transport of a new buffer of `capacity` bytes.
    pub fn pick(&self, capacity: usize) -> Transport {
        if capacity < self.copy_below { Transport::Copy } else { self.large.transport() }
    }

    /// What buffers of [`Transports::pick`]'s mapped kinds are made of.
    pub(crate) fn backing(&self) -> &Backing {
        &self.large
    }

    /// Begins a buffer in `window`, which reads as zeros from here on. The window comes back with an error.
    pub(crate) fn draft(&self, window: Window) -> Result<Box<dyn Draft>, (Window, AccessError)> {
        match self.pick(window.len()) {
            Transport::Copy => Ok(Box::new(CopyDraft::new(window)?)),
            Transport::Map | Transport::File => match self.large.create() {
                Ok(file) => Ok(Box::new(MappedDraft::new(&self.large, file, window)?)),
                // Out of descriptors: a copy needs none.
                Err(_) => Ok(Box::new(CopyDraft::new(window)?)),
            },
        }
    }
}

/// Whether the kernel counts every page against a limit.
fn commits_strictly() -> bool {
    std::fs::read_to_string("/proc/sys/vm/overcommit_memory").is_ok_and(|policy| policy.trim() == "2")
}

impl Default for Transports {
    fn default() -> Self {
        Self::detect()
    }
}
