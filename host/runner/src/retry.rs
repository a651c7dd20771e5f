//! Retries of failed calls.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use wpipe_sandbox::CallError;

/// The rule for retries of failed calls: which kinds, how often, and after how long.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// The largest number of retries after the first attempt.
    pub times: u32,
    /// The wait before the first retry.
    pub delay: Duration,
    /// The factor by which each wait is longer than the one before: 2 doubles it.
    pub backoff: f64,
    /// The part of each wait that is left to chance, from 0 to 1, so that many retries do not come at once.
    pub jitter: f64,
    /// The kinds of failures that are retried.
    pub on: Vec<RetryOn>,
}

/// A kind of failure that may heal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryOn {
    /// The node said that it failed.
    Error,
    /// The node trapped or panicked.
    Trap,
    /// The node ran out of time.
    Timeout,
}

impl RetryOn {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Error, Self::Trap, Self::Timeout];

    /// Returns the name in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
        }
    }

    /// Returns the kind of an error; `None` if no repetition heals it, such as a limit on memory.
    fn of(error: &CallError) -> Option<Self> {
        match error {
            CallError::Failed(_) => Some(Self::Error),
            CallError::Panicked { .. } | CallError::Trapped { .. } => Some(Self::Trap),
            CallError::TimedOut { .. } => Some(Self::Timeout),
            _ => None,
        }
    }
}

impl Default for Retry {
    /// Returns a rule without retries; the other values are those of a manifest that names only `times`.
    fn default() -> Self {
        let delay = Duration::from_secs(1);
        Self { times: 0, delay, backoff: 2.0, jitter: 0.1, on: RetryOn::ALL.to_vec() }
    }
}

impl Retry {
    /// Returns the wait before the next attempt after `failures` failures, of which `error` is the last; `None` if
    /// there is no next attempt.
    pub(crate) fn wait(&self, failures: u32, error: &CallError) -> Option<Duration> {
        if failures > self.times || !RetryOn::of(error).is_some_and(|kind| self.on.contains(&kind)) {
            return None;
        }
        let chance = (RandomState::new().build_hasher().finish() as f64) / (u64::MAX as f64);
        let factor = self.backoff.powi(failures.saturating_sub(1).min(1000) as i32) * (1.0 - self.jitter * chance);
        Some(Duration::try_from_secs_f64(self.delay.as_secs_f64() * factor).unwrap_or(LONGEST).min(LONGEST))
    }
}

/// No wait is longer: a doubled delay soon would be.
const LONGEST: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let retry = Retry { times: 3, jitter: 0.0, ..Retry::default() };
        let error = CallError::Failed("".into());
        let waits: Vec<_> = (1..=4).map(|failures| retry.wait(failures, &error)).collect();
        assert_eq!(waits, [Some(1), Some(2), Some(4), None].map(|wait| wait.map(Duration::from_secs)));
        let jittered = Retry { jitter: 1.0, ..retry };
        assert!(jittered.wait(3, &error).unwrap() <= Duration::from_secs(4));
    }

    #[test]
    fn what_cannot_heal_is_not_tried_again() {
        let retry = Retry { times: 3, on: vec![RetryOn::Trap], ..Retry::default() };
        assert!(retry.wait(1, &CallError::Trapped { reason: "".into() }).is_some());
        assert_eq!(retry.wait(1, &CallError::Failed("".into())), None);
        assert_eq!(Retry { times: 3, ..Retry::default() }.wait(1, &CallError::Cancelled), None);
    }
}
