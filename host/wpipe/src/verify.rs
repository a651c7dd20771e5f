//! Verification of the catalog's stored datasets against the content that was saved.

use wpipe_catalog::{DataError, StoredDataset, Verification};
use wpipe_runner::StorageRuntime;

use crate::storage::ask_one;
use crate::{Error, Project};

/// The result of reading a dataset to the end.
#[derive(Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The dataset's name.
    pub name: String,
    /// The path or URL, without credentials.
    pub location: String,
    /// The result, or the reason why storage does not say what is there.
    pub found: Result<Verification, DataError>,
}

impl Project {
    /// Reads the stored datasets of these names to the end, or all of them, one after the other.
    ///
    /// # Errors
    ///
    /// Fails if there is no dataset of a name, or an entry of the catalog is wrong.
    pub fn verify<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<Verified>, Error> {
        // One after the other, each of which may be as large as memory allows.
        let (runtime, mut verified) = (StorageRuntime::default(), Vec::new());
        for (name, stored) in self.stored(names)? {
            let location = stored.location();
            let found = ask_one(&runtime, verification(stored))?;
            verified.push(Verified { name, location, found });
        }
        Ok(verified)
    }
}

async fn verification(stored: StoredDataset) -> Result<Verification, DataError> {
    match stored {
        StoredDataset::Whole(dataset) => dataset.verify().await,
        StoredDataset::Set(set) => set.verify().await,
    }
}
