//! The choice of a new buffer's transport.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::copy::CopyDraft;
use super::mapped::MappedDraft;
use super::moved::MoveDraft;
use super::pool::{Pool, makes_huge_pages};
use super::{Draft, Home, Transport, blocks, memfd};
use crate::pages::can_be_taken;
use crate::window::Window;
use crate::{AccessError, mappings};

/// Below this many bytes a copy is cheaper than the system calls and faults of a mapping. Measured with
/// `cargo bench --bench handoff`: the two cross between 64 and 256 KiB.
const COPY_BELOW: usize = 128 << 10;

/// The expected readers of a new buffer. They are known from the plan, before any data flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Readers {
    /// One consumer, and nobody else: no other node, no storage, no caller.
    One,
    /// Several, maybe at the same time.
    Several,
}

/// The transports that new buffers use, by size and readers. Clones share the memory that is kept for new buffers.
#[derive(Debug, Clone)]
pub struct Transports {
    copy_below: usize,
    /// The homes of buffers above the cross-over.
    one: Home,
    several: Home,
}

impl Transports {
    /// Returns the best that this platform has. Small buffers are copied. Larger ones are moved to their only reader,
    /// or mapped into several where the kernel has memfds and backs its promises (under `vm.overcommit_memory = 2` a
    /// page of a memfd may be missing when it is touched).
    pub fn detect() -> Self {
        let one = if can_be_taken() { Home::Vault } else { Home::Heap };
        let maps = memfd::is_available() && !commits_strictly();
        let several = if maps { Home::Memfd(Pool::new()) } else { Home::Heap };
        Self { copy_below: COPY_BELOW, one, several }
    }

    /// Copies everything, as platforms without memfds do.
    pub fn copy() -> Self {
        Self::only(Home::Heap)
    }

    /// Moves every buffer that has one reader, whatever its size; others are copied.
    pub fn moving() -> Self {
        Self::only(Home::Vault)
    }

    /// Maps everything from anonymous memory, whatever its size.
    ///
    /// # Errors
    ///
    /// Fails if the kernel has no memfds, or may lack their pages when they are touched (`vm.overcommit_memory = 2`).
    pub fn map() -> io::Result<Self> {
        memfd::create()?;
        if commits_strictly() {
            let reason = "under vm.overcommit_memory = 2 a page of a memfd may not be there when it is touched";
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
        }
        Ok(Self::only(Home::Memfd(Pool::new())))
    }

    /// Maps everything from unnamed files in `directory`, whatever its size.
    pub fn file(directory: &Path) -> Self {
        Self::only(Home::Directory(Arc::from(directory)))
    }

    /// Maps everything from unnamed files in `directory`, that of a shared store, whatever its size.
    pub fn store(directory: &Path) -> Self {
        Self::only(Home::Store(Arc::from(directory)))
    }

    /// Maps what has several readers from unnamed files in `directory`, that of a shared store, from the same size on as
    /// these transports map or move it. A finished buffer can then be given a name there ([`Buffer::file`]).
    ///
    /// [`Buffer::file`]: crate::Buffer::file
    #[must_use]
    pub fn in_store(&self, directory: &Path) -> Self {
        Self { several: Home::Store(Arc::from(directory)), ..self.clone() }
    }

    /// Returns true if buffers mapped from memory use huge pages, from 2 MiB on. It tries that once.
    pub fn have_huge_pages() -> bool {
        makes_huge_pages()
    }

    /// Returns the mappings that the system allows this process, and the number above which buffers are copied instead;
    /// `None` if there is no limit.
    pub fn mapping_limits() -> Option<(usize, usize)> {
        Some((mappings::limit()?, mappings::budget()))
    }

    /// Returns the bytes of memory that are kept for new buffers at the moment.
    pub fn idle_bytes(&self) -> usize {
        self.pools().map(Pool::idle_bytes).sum()
    }

    /// Returns the most bytes of memory that are kept for new buffers.
    pub fn most_idle_bytes(&self) -> usize {
        self.pools().map(Pool::most_bytes).sum()
    }

    /// Gives the memory that is kept for new buffers back to the system. By itself that happens after some seconds
    /// without use, when a buffer is made or dropped. A program that goes on without buffers may call this.
    pub fn release_idle(&self) {
        self.pools().for_each(Pool::clear);
        blocks::release();
    }

    fn pools(&self) -> impl Iterator<Item = &Pool> {
        let pool = match &self.several {
            Home::Memfd(pool) => Some(pool),
            Home::Heap | Home::Vault | Home::Directory(_) | Home::Store(_) => None,
        };
        pool.into_iter()
    }

    fn only(home: Home) -> Self {
        Self { copy_below: 0, one: home.clone(), several: home }
    }

    /// Chooses the transport of a new buffer of `capacity` bytes.
    pub fn pick(&self, capacity: usize, readers: Readers) -> Transport {
        if capacity < self.copy_below { Transport::Copy } else { self.home(readers).transport() }
    }

    /// Returns true if a finished buffer of `size` bytes is kept on the heap, however large its window was.
    pub(crate) fn copies(&self, size: usize) -> bool {
        size == 0 || size < self.copy_below
    }

    /// Returns the home of buffers above the cross-over.
    pub(crate) fn home(&self, readers: Readers) -> &Home {
        match readers {
            Readers::One => &self.one,
            Readers::Several => &self.several,
        }
    }

    /// Begins a buffer in `window`, which reads as zeros from then on. The window comes back with an error.
    pub(crate) fn draft(&self, mut window: Window, readers: Readers) -> Result<Box<dyn Draft>, (Window, AccessError)> {
        if window.len() >= self.copy_below {
            // Without a descriptor, a mapping or room left, the buffer is copied after all: a copy needs none of them.
            match self.home(readers) {
                Home::Heap => {}
                Home::Vault => match MoveDraft::new(window, self.copy_below) {
                    Ok(draft) => return Ok(Box::new(draft)),
                    Err((as_before, _)) => window = as_before,
                },
                home @ (Home::Memfd(_) | Home::Directory(_) | Home::Store(_)) => {
                    let Some(file) = home.create(window.len()) else { unreachable!("its pages are in files") };
                    match MappedDraft::new(home.transport(), file, window, self.copy_below) {
                        Ok(draft) => return Ok(Box::new(draft)),
                        Err((as_before, _)) => window = as_before,
                    }
                }
            }
        }
        Ok(Box::new(CopyDraft::new(window)?))
    }
}

/// Returns true if the kernel counts every page against a limit.
fn commits_strictly() -> bool {
    std::fs::read_to_string("/proc/sys/vm/overcommit_memory").is_ok_and(|policy| policy.trim() == "2")
}

impl Default for Transports {
    fn default() -> Self {
        Self::detect()
    }
}
