//! Threads that outlive a run: those that make calls, and those on which storage's futures run.

use std::sync::{Arc, Mutex, PoisonError};
use std::{mem, process};

use crate::storage::StorageRuntime;
use crate::workers::Workers;

/// The threads that runs use, started when they are first needed and kept for the next run. A clone is another handle to
/// the same. They end with the last handle.
#[derive(Debug, Clone, Default)]
pub struct Executor(Arc<Mutex<Option<Threads>>>);

/// The threads of this process.
#[derive(Debug, Clone)]
pub(crate) struct Threads {
    process: u32,
    pub(crate) workers: Workers,
    pub(crate) storage: StorageRuntime,
}

impl Executor {
    /// Returns the runtime of storage's futures.
    pub fn storage(&self) -> StorageRuntime {
        self.threads().storage
    }

    /// Returns the threads of this process: a forked child has none of its parent's.
    pub(crate) fn threads(&self) -> Threads {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        match &*kept {
            Some(threads) if threads.process == process => threads.clone(),
            _ => {
                let threads = Threads { process, workers: Workers::default(), storage: StorageRuntime::default() };
                // Ending threads that are not there would wait for them.
                mem::forget(kept.replace(threads.clone()));
                threads
            }
        }
    }
}
