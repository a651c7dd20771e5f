//! A store that is open.

use std::path::Path;
use std::sync::Arc;

use wpipe_buffer::Transports;

use crate::directory::Directory;
use crate::room::Room;
use crate::{ObjectId, Settings, StoreError};

/// An open store. A clone is another handle to the same.
#[derive(Debug, Clone)]
pub struct SharedStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: Directory,
    room: Room,
}

/// The room of a store, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The bytes that all objects take.
    pub used: u64,
    /// The most that they may take.
    pub limit: u64,
}

impl SharedStore {
    /// Opens the store of these settings; its directory is created if it does not exist.
    ///
    /// # Errors
    ///
    /// Fails with [`StoreError::Unfit`] if the directory belongs to somebody else, is a link, can be written to by others,
    /// or if its file system cannot hold a store.
    pub fn open(settings: &Settings) -> Result<Self, StoreError> {
        let directory = Directory::open(settings)?;
        let room = Room::new(&directory, settings)?;
        let store = Self(Arc::new(Inner { directory, room }));
        store.check_file_system()?;
        Ok(store)
    }

    /// Returns the directory.
    pub fn path(&self) -> &Path {
        &self.0.directory.path
    }

    /// Returns the path of an object, whose first bytes are the content.
    pub fn object_path(&self, id: &ObjectId) -> std::path::PathBuf {
        self.0.directory.object_path(id)
    }

    /// Returns transports by which buffers with several readers are written in place, as files of this store.
    #[must_use]
    pub fn transports(&self, others: &Transports) -> Transports {
        others.in_store(&self.path().join("objects"))
    }

    /// Returns the room in use, and the limit.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be listed.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        Ok(Usage { used: self.used()?, limit: self.room().limit })
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }
}
