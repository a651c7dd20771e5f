//! Counts the mappings of this process: Linux limits their number, and refuses every further one.
//!
//! A refusal in the middle of laying pages into a linear memory could end the process (see `Reservation::adopt`), and
//! an allocator that gets no mapping may end it too. So buffers keep well below the limit: beyond it they are copied.
//! The count is a close estimate: neighbouring mappings may have merged, and mappings of other code are not counted.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The mappings of all buffers and linear memories of this process.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// The part of the limit that buffers may take; the rest is for other code in the process.
const SHARE: (usize, usize) = (3, 4);

/// Some mappings, counted for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Mappings(usize);

/// The purpose of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The mapping is an additional one.
    New,
    /// The mapping replaces one that goes soon: work that began in a mapping can go on in one.
    Replacing,
}

impl Mappings {
    /// Counts `number` mappings.
    ///
    /// # Errors
    ///
    /// Fails if they are new, and exceed the share of buffers.
    pub(crate) fn claim(number: usize, claim: Claim) -> io::Result<Self> {
        let mappings = Self::of(number);
        if claim == Claim::New && LIVE.load(Ordering::Relaxed) > budget() {
            return Err(io::Error::other("the process has its share of mappings"));
        }
        Ok(mappings)
    }

    /// Counts `number` mappings that are needed in any case.
    pub(crate) fn of(number: usize) -> Self {
        LIVE.fetch_add(number, Ordering::Relaxed);
        Self(number)
    }
}

impl Drop for Mappings {
    fn drop(&mut self) {
        LIVE.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Returns the mappings that the system allows this process, if it has a limit.
pub(crate) fn limit() -> Option<usize> {
    static LIMIT: OnceLock<Option<usize>> = OnceLock::new();
    *LIMIT.get_or_init(|| std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?.trim().parse().ok())
}

/// Returns the mappings above which buffers are copied.
pub(crate) fn budget() -> usize {
    #[cfg(test)]
    if let Some(budget) = tests::BUDGET.get() {
        return budget;
    }
    let (part, whole) = SHARE;
    limit().map_or(usize::MAX, |limit| limit / whole * part)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// Replaces the process's budget, on this thread.
        pub(crate) static BUDGET: Cell<Option<usize>> = const { Cell::new(None) };
        /// True if nothing can be laid into linear memories, on this thread.
        pub(crate) static REFUSES: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs `work` as if the kernel laid nothing into linear memories.
    pub(crate) fn without_laying<T>(work: impl FnOnce() -> T) -> T {
        REFUSES.set(true);
        let result = work();
        REFUSES.set(false);
        result
    }

    /// Runs `work` as if all mappings were used up.
    pub(crate) fn without_mappings<T>(work: impl FnOnce() -> T) -> T {
        BUDGET.set(Some(0));
        let result = work();
        BUDGET.set(None);
        result
    }
}
