//! Verification of the catalog's stored datasets against the content that was saved.

use wpipe_catalog::{DataError, StoredDataset, Verification};

use crate::storage::ask;
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
        let mut verified = Vec::new();
        for (name, stored) in self.stored(names)? {
            let location = stored.location();
            let found = ask([((), verification(stored))])?.into_iter().map(|((), found)| found);
            verified.extend(found.map(|found| Verified { name: name.clone(), location: location.clone(), found }));
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
