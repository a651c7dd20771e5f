//! An opened entry: one object, or a set of partitions.

use std::path::Path;

use wpipe_data::{Table, View};

use crate::LineageName;
use crate::dataset::{Dataset, Loaded};
use crate::error::DataError;
use crate::fault::Fault;
use crate::format::pages;
use crate::set::PartitionedDataset;
use crate::store::Address;

/// The schema of every table, as loads ask for it.
pub(crate) const TABLE: (&str, u64) = (Table::NAME, Table::FINGERPRINT);

/// A dataset in storage.
#[derive(Debug, Clone)]
pub enum StoredDataset {
    /// One object, or versions of it.
    Whole(Dataset),
    /// An object for each partition.
    Set(PartitionedDataset),
}

impl StoredDataset {
    /// Returns the same at a version, if one is named.
    #[must_use]
    pub fn at_version(&self, version: Option<&String>) -> Self {
        match self {
            Self::Whole(dataset) if version.is_some() => Self::Whole(dataset.with_version(version.cloned())),
            stored => stored.clone(),
        }
    }

    /// Returns the exact name, with its `@format` if it has one.
    pub fn name(&self) -> &str {
        match self {
            Self::Whole(dataset) => dataset.name(),
            Self::Set(set) => set.name(),
        }
    }

    /// Returns the type, such as `csv`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Whole(dataset) => dataset.kind(),
            Self::Set(set) => set.kind(),
        }
    }

    /// Returns the location for people.
    pub fn location(&self) -> String {
        match self {
            Self::Whole(dataset) => dataset.location(),
            Self::Set(set) => set.location(),
        }
    }

    /// Returns the location to be compared.
    pub fn address(&self) -> Address {
        match self {
            Self::Whole(dataset) => dataset.address(),
            Self::Set(set) => set.address(),
        }
    }

    /// Returns the name by which other tools know it; of a set that of its folder.
    pub fn lineage_name(&self) -> LineageName {
        match self {
            Self::Whole(dataset) => dataset.lineage_name(),
            Self::Set(set) => set.lineage_name(),
        }
    }

    /// Returns the local file or folder.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Whole(dataset) => dataset.path(),
            Self::Set(set) => set.path(),
        }
    }

    /// Returns the dataset that is one object.
    pub fn whole(&self) -> Option<&Dataset> {
        match self {
            Self::Whole(dataset) => Some(dataset),
            Self::Set(_) => None,
        }
    }

    /// Returns the set of partitions.
    pub fn set(&self) -> Option<&PartitionedDataset> {
        match self {
            Self::Whole(_) => None,
            Self::Set(set) => Some(set),
        }
    }

    /// Returns the size of the stored content, in bytes; `None` if there is nothing that can be read.
    ///
    /// # Errors
    ///
    /// Fails if storage does not say what it has.
    pub async fn size(&self) -> Result<Option<u64>, DataError> {
        match self {
            Self::Whole(dataset) => dataset.size().await,
            Self::Set(set) => match set.list().await {
                Ok(listing) => Ok(Some(listing.sizes().map(|(_, size)| size).sum())),
                Err(DataError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// Returns what `see` finds in a table that was loaded of the dataset.
    pub(crate) fn see_table<T>(
        &self,
        loaded: &Loaded,
        see: impl FnOnce(&Table<'_>) -> Result<T, Fault>,
    ) -> Result<T, DataError> {
        let seen = pages(&loaded.buffer).and_then(|pages| see(&Table::view(&pages)?));
        seen.map_err(|fault| DataError::decode(&self.location(), fault))
    }
}
