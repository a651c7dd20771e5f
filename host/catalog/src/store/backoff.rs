//! The waits before operations are repeated that failed transiently.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::delay;

/// The wait before the first repetition; the next ones are longer.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// The waits of one operation, one after the other.
pub(crate) struct Backoff {
    wait: Duration,
    jitter: u64,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { wait: FIRST_WAIT, jitter: RandomState::new().hash_one(0) }
    }

    /// Returns the next wait. All but the first are between that and twice the one before, at random, so that many do
    /// not come back together.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.wait;
        let widest = (wait * 2).min(LONGEST_WAIT).as_millis() as u64;
        let first = FIRST_WAIT.as_millis() as u64;
        self.wait = Duration::from_millis(first + delay::next(&mut self.jitter) % (widest - first + 1));
        wait
    }
}
