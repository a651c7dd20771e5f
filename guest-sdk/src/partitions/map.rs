//! Makes a partition of each partition.

use std::error::Error;

use wpipe_data::{Produce, View};

use super::{PartitionError, PartitionedOutput, Partitions};
use crate::OutputError;

/// Writes the result of `make` for each partition under the same id, one after the other. No two partitions are in
/// memory together.
///
/// ```
/// use wpipe_sdk::partitions::{self, MapError};
/// use wpipe_sdk::{PartitionedOutput, Partitions, node};
///
/// /// The texts, trimmed.
/// #[node]
/// fn trim_all(texts: Partitions<str>, trimmed: PartitionedOutput<String>) -> Result<(), MapError> {
///     partitions::map(texts, &trimmed, |_id, text| Ok::<_, String>(text.trim().to_owned()))
/// }
/// ```
///
/// Large results are better built in place, without this: load a partition, and write to
/// [`PartitionedOutput::open`]`(partition.id())`.
///
/// # Errors
///
/// Returns the first error of `make`, with the id of the partition, or fails if a partition cannot be read or written.
pub fn map<T, U, E>(
    partitions: Partitions<T>,
    output: &PartitionedOutput<U>,
    mut make: impl FnMut(&str, &T::Of<'static>) -> Result<U, E>,
) -> Result<(), MapError>
where
    T: View + ?Sized,
    U: Produce,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    for partition in partitions {
        let partition = partition.load()?;
        let id = partition.id();
        let failed = |error: E| MapError::Failed { id: id.to_owned(), source: error.into() };
        let made = make(id, &partition).map_err(failed)?;
        output.put(id, &made)?;
    }
    Ok(())
}

/// The reason why not every partition was mapped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// A partition could not be read.
    #[error(transparent)]
    Input(#[from] PartitionError),
    /// The function failed.
    #[error("failed on the partition `{id}`")]
    Failed {
        /// The partition's id.
        id: String,
        /// The function's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A partition could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}
