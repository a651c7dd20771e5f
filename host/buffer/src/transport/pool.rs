//! Memfds to be used again: their pages are there already, and from 2 MiB on they are huge ones.
//!
//! A memfd comes here when its last holder drops it, and keeps its content until it is taken: whoever takes it
//! overwrites with zeros what it shows of it (`PageFile::prepare`), in the place where it is going to write. Here
//! that takes a quarter of the time in which the kernel makes huge pages, and a twentieth of that for small ones.

use std::fs::File;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::memfd;
use crate::WINDOW_ALIGNMENT;
use crate::pages::Pages;

/// Idle memfds at most; each is a descriptor.
const MOST_FILES: usize = 64;
/// The part of the memory that idle memfds take at most, and their bytes at most.
const SHARE_OF_MEMORY: usize = 8;
const MOST_BYTES: usize = 4 << 30;
/// After this time without a taker the pages go back to the system, as soon as anybody takes or gives some.
const IDLE: Duration = Duration::from_secs(5);

/// Idle memfds. A clone is another handle to the same.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Arc<Shelf>);

#[derive(Debug)]
struct Shelf {
    /// Those that came first are in front.
    idle: Mutex<Vec<Idle>>,
    most_bytes: usize,
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
    /// Its length in bytes; all of them may be anything.
    pub(crate) len: usize,
    /// The bytes from the start on that are in huge pages.
    pub(crate) huge: usize,
}

impl Pool {
    /// An empty pool, bounded by the machine's memory.
    pub(crate) fn new() -> Self {
        Self::bounded(most_bytes())
    }

    /// An empty pool that keeps so many bytes at most.
    pub(crate) fn bounded(most_bytes: usize) -> Self {
        Self(Arc::new(Shelf { idle: Mutex::default(), most_bytes }))
    }

    /// A memfd for some `len` bytes: an idle one of at most twice the length, or else a new one of no length.
    pub(crate) fn take(&self, len: usize) -> io::Result<Memfd> {
        let (mut idle, expired) = self.unexpired(Instant::now());
        // The shortest that is long enough, or else the longest.
        let usable = |memfd: &Memfd| memfd.len <= len.saturating_mul(2);
        let rank = |memfd: &Memfd| if memfd.len >= len { (0, memfd.len) } else { (1, len - memfd.len) };
        let candidates = idle.iter().enumerate().filter(|(_, idle)| usable(&idle.memfd));
        let best = candidates.min_by_key(|(_, idle)| rank(&idle.memfd)).map(|(index, _)| index);
        let taken = best.map(|index| idle.remove(index).memfd);
        drop(idle);
        drop(expired);
        match taken {
            Some(memfd) => Ok(memfd),
            None => Ok(Memfd { file: Arc::new(memfd::create()?), len: 0, huge: 0 }),
        }
    }

    /// Keeps a memfd that nobody shows any more, as far as there is room.
    pub(crate) fn give(&self, memfd: Memfd) {
        let now = Instant::now();
        let (mut idle, mut gone) = self.unexpired(now);
        idle.push(Idle { memfd, since: now });
        let mut bytes: usize = idle.iter().map(|idle| idle.memfd.len).sum();
        while bytes > self.0.most_bytes || idle.len() > MOST_FILES {
            let oldest = idle.remove(0);
            bytes -= oldest.memfd.len;
            gone.push(oldest);
        }
        // The system takes its time over freeing pages: not under the lock.
        drop(idle);
        drop(gone);
    }

    /// Gives all idle pages back to the system.
    pub(crate) fn clear(&self) {
        drop(mem::take(&mut *self.idle()));
    }

    /// Bytes that are idle.
    pub(crate) fn idle_bytes(&self) -> usize {
        self.idle().iter().map(|idle| idle.memfd.len).sum()
    }

    /// Bytes that it keeps at most.
    pub(crate) fn most_bytes(&self) -> usize {
        self.0.most_bytes
    }

    /// The idle memfds, and those that were idle for too long by `now`.
    fn unexpired(&self, now: Instant) -> (MutexGuard<'_, Vec<Idle>>, Vec<Idle>) {
        let mut idle = self.idle();
        let fresh = idle.partition_point(|idle| now.saturating_duration_since(idle.since) > IDLE);
        let expired = idle.drain(..fresh).collect();
        (idle, expired)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the kernel makes huge pages of a memfd's.
pub(super) fn makes_huge_pages() -> bool {
    static WORKS: OnceLock<bool> = OnceLock::new();
    *WORKS.get_or_init(|| try_huge_page().unwrap_or(false))
}

/// Makes one huge page, to see whether it can be done: it is a matter of the kernel's version, and of its settings.
fn try_huge_page() -> io::Result<bool> {
    let file = memfd::create()?;
    file.set_len(WINDOW_ALIGNMENT as u64)?;
    // SAFETY: the file is this function's own, and long enough.
    let mut pages = unsafe { Pages::shared(&file, WINDOW_ALIGNMENT)? };
    Ok(pages.collapse(0..WINDOW_ALIGNMENT))
}

/// A part of the memory that this process may use.
fn most_bytes() -> usize {
    // What a container may use, if it is in one.
    let allowed = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let allowed = allowed.and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(usize::MAX);
    (memory().min(allowed) / SHARE_OF_MEMORY).min(MOST_BYTES)
}

#[cfg(target_os = "linux")]
fn memory() -> usize {
    let system = rustix::system::sysinfo();
    usize::try_from(system.totalram).unwrap_or(usize::MAX).saturating_mul(system.mem_unit as usize)
}

/// Elsewhere there are no memfds to be kept.
#[cfg(not(target_os = "linux"))]
fn memory() -> usize {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memfd(len: usize) -> Memfd {
        let file = memfd::create().unwrap();
        file.set_len(len as u64).unwrap();
        Memfd { file: Arc::new(file), len, huge: 0 }
    }

    fn idle(pool: &Pool) -> Vec<usize> {
        pool.idle().iter().map(|idle| idle.memfd.len).collect()
    }

    #[test]
    fn no_more_is_kept_than_the_bound_and_the_oldest_go_first() {
        let pool = Pool::bounded(10_000);
        for len in [4000, 5000, 3000] {
            pool.give(memfd(len));
        }
        assert_eq!(idle(&pool), [5000, 3000]);
        pool.give(memfd(10_001));
        assert_eq!(idle(&pool), [0; 0], "what is above the bound alone is not kept");
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
        let take = |len| pool.take(len).unwrap().len;
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
        assert_eq!(pool.unexpired(now).1.len(), 0);
        assert_eq!(pool.unexpired(now + 2 * IDLE).1.len(), 1);
        assert_eq!(idle(&pool), [0; 0]);
    }
}
