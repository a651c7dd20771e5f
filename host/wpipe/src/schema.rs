//! The columns of the catalog's stored tables.

use wpipe_catalog::{DataError, TableSchema};
use wpipe_runner::StorageRuntime;

use crate::storage::ask_one;
use crate::{Error, Project};

/// The columns that storage has of a dataset.
#[derive(Debug)]
#[non_exhaustive]
pub struct StoredSchema {
    /// The dataset's name.
    pub name: String,
    /// The path or URL, without credentials.
    pub location: String,
    /// The columns, or the reason why they are unknown.
    pub found: Result<TableSchema, DataError>,
}

impl Project {
    /// Reads the stored tables of these datasets, one after the other, and returns the columns of each.
    ///
    /// # Errors
    ///
    /// Fails if there is no stored dataset of a name, or an entry of the catalog is wrong.
    pub fn schemas<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<StoredSchema>, Error> {
        let stored = self.stored(names)?;
        if let Some(name) = names.iter().map(AsRef::as_ref).find(|name| !stored.contains_key(*name)) {
            return Err(Error::NotStored { dataset: name.to_owned() });
        }
        let (runtime, mut schemas) = (StorageRuntime::default(), Vec::new());
        for (name, stored) in stored {
            let location = stored.location();
            let found = ask_one(&runtime, async move { stored.table_schema().await })?;
            schemas.push(StoredSchema { name, location, found });
        }
        Ok(schemas)
    }
}
