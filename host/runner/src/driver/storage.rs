//! The futures of one run on the storage runtime, which outlives it: those that are left end with the run.

use std::future::Future;
use std::io;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::{AbortHandle, JoinSet};

use crate::event::Emitter;
use crate::storage::StorageRuntime;

/// The owner of a run's futures. A clone is another handle to the same.
#[derive(Clone)]
pub(super) struct Storage {
    runtime: StorageRuntime,
    futures: Arc<Mutex<JoinSet<()>>>,
    pub(super) emitter: Emitter,
}

impl Storage {
    pub(super) fn new(runtime: StorageRuntime, emitter: Emitter) -> Self {
        Self { runtime, futures: Arc::default(), emitter }
    }

    /// Spawns a future.
    ///
    /// # Errors
    ///
    /// Fails if the system has no thread or descriptor left for the runtime.
    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> io::Result<AbortHandle> {
        let handle = self.runtime.handle()?;
        let mut futures = self.futures();
        // Futures that have ended make room.
        while futures.try_join_next().is_some() {}
        Ok(futures.spawn_on(future, &handle))
    }

    /// Spawns a future, for a thread that waits for it and may be a task of another runtime, within which none can be
    /// driven. Nothing is received if the future is given up, or cannot begin.
    pub(super) fn begin<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Receiver<T> {
        let (sender, receiver) = mpsc::channel();
        let sending = async move {
            // The receiver is gone if the call was given up.
            let _ = sender.send(future.await);
        };
        // A future that cannot begin is dropped, and its sender with it.
        let _ = self.spawn(sending);
        receiver
    }

    /// Waits for a future.
    ///
    /// # Errors
    ///
    /// Fails if the system has no thread or descriptor left for the runtime.
    pub(super) fn wait<F: Future<Output: Send> + Send>(&self, future: F) -> io::Result<F::Output> {
        self.runtime.wait(future)
    }

    /// Gives up all futures of the run.
    pub(super) fn abandon(&self) {
        self.futures().abort_all();
    }

    fn futures(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.futures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
