//! Waiting for storage, whose operations are futures, on threads that are not async.

use std::future::Future;
use std::{io, panic, thread};

use tokio::runtime::{Builder, Handle, Runtime};

/// Where storage's futures run. Made when the first is needed: a run in memory needs none.
#[derive(Debug, Default)]
pub struct StorageRuntime {
    runtime: Option<Runtime>,
}

impl StorageRuntime {
    /// Waits for `future`.
    ///
    /// # Errors
    ///
    /// When the system has no thread or descriptor left for a runtime.
    pub fn wait<F: Future<Output: Send> + Send>(&mut self, future: F) -> io::Result<F::Output> {
        let runtime = self.runtime()?;
        if Handle::try_current().is_err() {
            return Ok(runtime.block_on(future));
        }
        // The caller may be a task of its own runtime, within which no other may be driven: on a thread of its own
        // this one may.
        thread::scope(|scope| {
            let waiting = thread::Builder::new().name("wpipe-storage".into());
            let waiting = waiting.spawn_scoped(scope, || runtime.block_on(future))?;
            Ok(waiting.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)))
        })
    }

    /// Where to have futures run.
    ///
    /// # Errors
    ///
    /// When the system has no thread or descriptor left for a runtime.
    pub(crate) fn handle(&mut self) -> io::Result<Handle> {
        Ok(self.runtime()?.handle().clone())
    }

    /// Gives up all futures that it runs.
    pub(crate) fn abandon(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    fn runtime(&mut self) -> io::Result<&Runtime> {
        let runtime = match self.runtime.take() {
            Some(runtime) => runtime,
            // Storage waits more than it works: two threads keep all of it going.
            None => Builder::new_multi_thread().worker_threads(2).thread_name("wpipe-storage").enable_all().build()?,
        };
        Ok(self.runtime.insert(runtime))
    }
}

impl Drop for StorageRuntime {
    fn drop(&mut self) {
        // Nothing that counts is under way any more, and where the caller is a task, nobody may wait to make sure.
        self.abandon();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_works_with_and_without_a_runtime_around() {
        let mut storage = StorageRuntime::default();
        assert_eq!(storage.wait(async { 1 }).unwrap(), 1);
        let outer = Builder::new_current_thread().build().unwrap();
        outer.block_on(async move { assert_eq!(storage.wait(async { 2 }).unwrap(), 2) });
    }
}
