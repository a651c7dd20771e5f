//! Memfds for reuse: their pages exist already, and from 2 MiB on they are huge ones.
//!
//! A memfd returns here when its last holder drops it, and keeps its content until it is taken. The taker overwrites
//! the part that it shows with zeros (`PageFile::zero`), in the place where it is going to write. Here that takes a
//! quarter of the time in which the kernel makes huge pages, and a twentieth of that for small ones.

use std::fs::File;
use std::io;
use std::mem;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::memfd;
use super::page_file::Extent;
use crate::mappings::Claim;
use crate::pages::Pages;
use crate::{WINDOW_ALIGNMENT, memory_limit};

/// The most idle memfds; each is a descriptor.
const MOST_FILES: usize = 64;
/// The limits of idle memfds: a part of the memory, as a divisor, and a number of bytes.
const SHARE_OF_MEMORY: usize = 8;
const MOST_BYTES: usize = 4 << 30;
/// The time without a taker after which the pages go back to the system, as soon as a memfd is taken or given.
const IDLE: Duration = Duration::from_secs(5);

/// Idle memfds. A clone is another handle to the same pool.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    content: Mutex<Content>,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Content {
    /// The idle memfds, oldest first.
    idle: Vec<Idle>,
    /// True if nothing is kept until a memfd is taken again: nobody would check how long it has been idle.
    rests: bool,
}

#[derive(Debug)]
struct Idle {
    memfd: Memfd,
    since: Instant,
}

/// A memfd that nobody shows.
#[derive(Debug)]
pub(crate) struct Memfd {
    pub(crate) file: Arc<File>,
    pub(crate) extent: Extent,
    pub(crate) owner: Owner,
}

/// The process that made a memfd. After a fork both show the same pages: the child must not use them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u32);

impl Owner {
    fn this_process() -> Self {
        Self(process::id())
    }
}

impl Memfd {
    fn new() -> io::Result<Self> {
        Ok(Self { file: Arc::new(memfd::create()?), extent: Extent::default(), owner: Owner::this_process() })
    }
}

impl Pool {
    /// Makes an empty pool, bounded by the memory that this process may use.
    pub(crate) fn new() -> Self {
        let memory = memory_limit().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        Self::bounded((memory / SHARE_OF_MEMORY).min(MOST_BYTES))
    }

    /// Makes an empty pool that keeps at most `most_bytes`.
    pub(crate) fn bounded(most_bytes: usize) -> Self {
        Self(Arc::new(Shelf { content: Mutex::default(), most_bytes }))
    }

    /// Takes a memfd for some `len` bytes: an idle one of at most twice the length, or else a new one of no length.
    pub(crate) fn take(&self, len: usize) -> io::Result<Memfd> {
        let (mut content, gone) = self.current(Instant::now());
        content.rests = false;
        // Prefers the shortest that is long enough, or else the longest.
        let usable = |memfd: &Memfd| memfd.extent.len <= len.saturating_mul(2);
        let rank = |extent: &Extent| if extent.len >= len { (0, extent.len) } else { (1, len - extent.len) };
        let candidates = content.idle.iter().enumerate().filter(|(_, idle)| usable(&idle.memfd));
        let best = candidates.min_by_key(|(_, idle)| rank(&idle.memfd.extent)).map(|(index, _)| index);
        let taken = best.map(|index| content.idle.remove(index).memfd);
        drop(content);
        drop(gone);
        match taken {
            Some(memfd) => Ok(memfd),
            None => Memfd::new().or_else(|_| {
                // The idle ones may hold the last descriptors.
                drop(self.empty());
                Memfd::new()
            }),
        }
    }

    /// Keeps a memfd that nobody shows any more, as far as there is room.
    pub(crate) fn give(&self, memfd: Memfd) {
        if memfd.owner != Owner::this_process() || memfd.extent.len > self.0.most_bytes {
            return;
        }
        let now = Instant::now();
        let (mut content, mut gone) = self.current(now);
        let given = Idle { memfd, since: now };
        if content.rests {
            gone.push(given);
        } else {
            content.idle.push(given);
        }
        let mut bytes = content.bytes();
        while bytes > self.0.most_bytes || content.idle.len() > MOST_FILES {
            let oldest = content.idle.remove(0);
            bytes -= oldest.memfd.extent.len;
            gone.push(oldest);
        }
        // The system is slow to free pages, so that happens outside the lock.
        drop(content);
        drop(gone);
    }

    /// Gives all idle pages back to the system, and keeps none until a memfd is taken again.
    pub(crate) fn clear(&self) {
        let mut content = self.content();
        content.rests = true;
        let gone = mem::take(&mut content.idle);
        drop(content);
        drop(gone);
    }

    /// Returns the number of idle bytes.
    pub(crate) fn idle_bytes(&self) -> usize {
        self.content().bytes()
    }

    /// Returns the most bytes that the pool keeps.
    pub(crate) fn most_bytes(&self) -> usize {
        self.0.most_bytes
    }

    /// Returns the idle memfds. Returns apart those that were idle for too long by `now`, or belong to the process that
    /// this one was forked from. (Closing a descriptor leaves the other process its pages.)
    fn current(&self, now: Instant) -> (MutexGuard<'_, Content>, Vec<Idle>) {
        let own = Owner::this_process();
        let mut content = self.content();
        let is_over = |idle: &Idle| now.saturating_duration_since(idle.since) > IDLE || idle.memfd.owner != own;
        let over = content.idle.extract_if(.., |idle| is_over(idle)).collect();
        (content, over)
    }

    fn empty(&self) -> Vec<Idle> {
        mem::take(&mut self.content().idle)
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn bytes(&self) -> usize {
        self.idle.iter().map(|idle| idle.memfd.extent.len).sum()
    }
}

/// Returns true if the kernel makes huge pages of a memfd's pages.
pub(super) fn makes_huge_pages() -> bool {
    static WORKS: OnceLock<bool> = OnceLock::new();
    *WORKS.get_or_init(|| try_huge_page().unwrap_or(false))
}

/// Makes one huge page, to see if it works: that depends on the kernel's version and settings.
fn try_huge_page() -> io::Result<bool> {
    let file = memfd::create()?;
    file.set_len(WINDOW_ALIGNMENT as u64)?;
    // SAFETY: the file is this function's own, and long enough.
    let mut pages = unsafe { Pages::shared(&file, WINDOW_ALIGNMENT, Claim::Replacing)? };
    Ok(pages.collapse(0..WINDOW_ALIGNMENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memfd(len: usize) -> Memfd {
        let memfd = Memfd::new().unwrap();
        memfd.file.set_len(len as u64).unwrap();
        Memfd { extent: Extent { len, ..Extent::default() }, ..memfd }
    }

    fn idle(pool: &Pool) -> Vec<usize> {
        pool.content().idle.iter().map(|idle| idle.memfd.extent.len).collect()
    }

    #[test]
    fn no_more_is_kept_than_the_bound_and_the_oldest_go_first() {
        let pool = Pool::bounded(10_000);
        for len in [4000, 5000, 3000] {
            pool.give(memfd(len));
        }
        assert_eq!(idle(&pool), [5000, 3000]);
        pool.give(memfd(10_001));
        assert_eq!(idle(&pool), [5000, 3000], "what is above the bound alone is not kept, and costs nobody else");
    }

    #[test]
    fn no_more_descriptors_are_kept_than_the_bound() {
        let pool = Pool::bounded(usize::MAX);
        for len in 0..MOST_FILES + 3 {
            pool.give(memfd(len));
        }
        assert_eq!(idle(&pool), (3..MOST_FILES + 3).collect::<Vec<_>>());
    }

    #[test]
    fn the_best_fit_is_taken_and_none_that_is_far_too_long() {
        let pool = Pool::bounded(usize::MAX);
        for len in [900, 100, 300, 200] {
            pool.give(memfd(len));
        }
        let take = |len| pool.take(len).unwrap().extent.len;
        assert_eq!(take(150), 200, "the shortest that is long enough");
        assert_eq!(take(350), 300, "or else the longest");
        assert_eq!(take(400), 100, "900 is more than twice as long");
        assert_eq!(take(400), 0, "or else a new one");
        assert_eq!(take(450), 900);
    }

    #[test]
    fn what_is_idle_for_long_goes_back_to_the_system() {
        let pool = Pool::bounded(usize::MAX);
        pool.give(memfd(100));
        let now = Instant::now();
        assert_eq!(pool.current(now).1.len(), 0);
        assert_eq!(pool.current(now + 2 * IDLE).1.len(), 1);
        assert_eq!(idle(&pool), [0; 0]);
    }

    #[test]
    fn after_a_fork_the_parents_pages_are_forgotten() {
        let pool = Pool::bounded(usize::MAX);
        pool.give(memfd(100));
        pool.content().idle[0].memfd.owner.0 += 1;
        assert_eq!(pool.take(100).unwrap().extent.len, 0, "what was idle is not the child's to write to");
        assert_eq!(idle(&pool), [0; 0]);
        pool.give(Memfd { owner: Owner(process::id() + 1), ..memfd(100) });
        assert_eq!(idle(&pool), [0; 0], "nor what was in use");
    }

    #[test]
    fn a_pool_at_rest_keeps_nothing_before_somebody_takes() {
        let pool = Pool::bounded(usize::MAX);
        pool.give(memfd(100));
        pool.clear();
        pool.give(memfd(200));
        assert_eq!(idle(&pool), [0; 0]);
        let taken = pool.take(300).unwrap();
        pool.give(Memfd { extent: Extent { len: 300, ..Extent::default() }, ..taken });
        assert_eq!(idle(&pool), [300]);
    }
}
