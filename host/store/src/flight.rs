//! Single flight: of all processes that want the same from storage, one fetches it.

use crate::lock::Lock;
use crate::{ObjectId, SharedStore, StoreError};

/// The right to fetch an object, which no other process has at the same time. It ends with this value, or with the
/// process.
#[derive(Debug)]
pub struct Flight {
    store: SharedStore,
    id: ObjectId,
    lock: Option<Lock>,
}

impl SharedStore {
    /// Takes the right to fetch an object; `None` if another process has it: ask again when a moment has passed, and
    /// look whether the object exists first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written to.
    pub fn take_off(&self, id: &ObjectId) -> Result<Option<Flight>, StoreError> {
        let lock = self.directory().try_lock(id.as_str())?;
        Ok(lock.map(|lock| Flight { store: self.clone(), id: id.clone(), lock: Some(lock) }))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.remove(&self.store.directory().locks, self.id.as_str());
        }
    }
}
