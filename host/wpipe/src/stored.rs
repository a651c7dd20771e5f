//! What the catalog opens an entry as: one object, or a set of partitions.

use std::path::Path;

use wpipe_catalog::{Address, DataError, Dataset, PartitionedDataset};

/// A dataset in storage.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    Whole(Dataset),
    Set(PartitionedDataset),
}

impl Stored {
    /// The same at a version, if one is named.
    pub(crate) fn at_version(&self, version: Option<&String>) -> Self {
        match self {
            Self::Whole(dataset) if version.is_some() => Self::Whole(dataset.with_version(version.cloned())),
            stored => stored.clone(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Whole(dataset) => dataset.name(),
            Self::Set(set) => set.name(),
        }
    }

    /// Where it is, for people.
    pub(crate) fn location(&self) -> String {
        match self {
            Self::Whole(dataset) => dataset.location(),
            Self::Set(set) => set.location(),
        }
    }

    /// Where it is, to be compared.
    pub(crate) fn address(&self) -> Address {
        match self {
            Self::Whole(dataset) => dataset.address(),
            Self::Set(set) => set.address(),
        }
    }

    /// The local file or folder.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Whole(dataset) => dataset.path(),
            Self::Set(set) => set.path(),
        }
    }

    /// The size of what is there, in bytes; `None` if there is nothing that can be read.
    pub(crate) async fn size(&self) -> Result<Option<u64>, DataError> {
        match self {
            Self::Whole(dataset) => dataset.size().await,
            Self::Set(set) => match set.list().await {
                Ok(listing) => Ok(Some(listing.sizes().map(|(_, size)| size).sum())),
                Err(DataError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            },
        }
    }
}
