//! Waiting for storage, whose operations are futures, on threads that are not async.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, panic, thread};

use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime of storage's futures. Made when it is first needed: a run in memory needs none. A clone is another
/// handle to the same.
#[derive(Debug, Clone, Default)]
pub struct StorageRuntime(Arc<Owner>);

#[derive(Debug, Default)]
struct Owner(Mutex<Option<Runtime>>);

impl StorageRuntime {
    /// Waits for `future`.
    ///
    /// # Errors
    ///
    /// Fails if the system has no thread or descriptor left for a runtime.
    pub fn wait<F: Future<Output: Send> + Send>(&self, future: F) -> io::Result<F::Output> {
        let handle = self.handle()?;
        if Handle::try_current().is_err() {
            return Ok(handle.block_on(future));
        }
        // The caller may be a task of its own runtime, within which no other may be driven: on a thread of its own
        // this one may.
        thread::scope(|scope| {
            let waiting = thread::Builder::new().name("wpipe-storage".into());
            let waiting = waiting.spawn_scoped(scope, || handle.block_on(future))?;
            Ok(waiting.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)))
        })
    }

    /// Returns the handle by which futures are spawned.
    ///
    /// # Errors
    ///
    /// Fails if the system has no thread or descriptor left for a runtime.
    pub(crate) fn handle(&self) -> io::Result<Handle> {
        let mut kept = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*kept {
            return Ok(runtime.handle().clone());
        }
        // Storage waits more than it works: two threads keep all of it going.
        let runtime =
            Builder::new_multi_thread().worker_threads(2).thread_name("wpipe-storage").enable_all().build()?;
        Ok(kept.insert(runtime).handle().clone())
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Nothing that counts is under way any more, and if the caller is a task, it may not block to make sure.
        let runtime = self.0.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_works_with_and_without_a_runtime_around() {
        let storage = StorageRuntime::default();
        assert_eq!(storage.wait(async { 1 }).unwrap(), 1);
        let outer = Builder::new_current_thread().build().unwrap();
        outer.block_on(async move { assert_eq!(storage.wait(async { 2 }).unwrap(), 2) });
    }
}
