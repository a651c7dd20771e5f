//! The lease of a run: as long as its process lives, what it has published and not named yet is in use.

use crate::lock::Lock;
use crate::{SharedStore, StoreError};

/// Keeps the objects of a run that no entry names yet. It ends with this value, or with the process.
#[derive(Debug)]
pub struct RunLease {
    store: SharedStore,
    name: String,
    lock: Option<Lock>,
}

impl SharedStore {
    /// Begins the lease of a run.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written to.
    pub fn begin(&self, run: &str) -> Result<RunLease, StoreError> {
        let name = file_name(run);
        let directory = self.directory();
        let lock = Lock::wait(&directory.runs, &name).map_err(|source| directory.io("lock", "runs", &name, source))?;
        Ok(RunLease { store: self.clone(), name, lock: Some(lock) })
    }

    /// Returns true if the process of a run is at work.
    pub(crate) fn is_running(&self, run: &str) -> bool {
        // Of a run that cannot be asked about, nothing is removed.
        Lock::is_held(&self.directory().runs, &file_name(run)).unwrap_or(true)
    }
}

impl Drop for RunLease {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.remove(&self.store.directory().runs, &self.name);
        }
    }
}

/// Returns the name of a run's file: programs choose their own names of runs.
fn file_name(run: &str) -> String {
    crate::ObjectId::of(&["run", run]).to_string()
}
