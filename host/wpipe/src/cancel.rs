//! Cancellation of runs and compilations from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A switch that ends a run, or compilations of a host, from the place of any clone: a signal handler, another thread,
/// an observer. Once cancelled, it stays so.
///
/// ```
/// use wpipe::CancelToken;
///
/// let token = CancelToken::new();
/// let elsewhere = token.clone();
/// std::thread::spawn(move || elsewhere.cancel()).join().unwrap();
/// assert!(token.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Returns a token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends everything that was given a clone of this token.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns true if it has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn into_flag(self) -> Arc<AtomicBool> {
        self.0
    }
}

impl From<Arc<AtomicBool>> for CancelToken {
    /// Takes a flag that the program has already: setting it to true cancels.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}
