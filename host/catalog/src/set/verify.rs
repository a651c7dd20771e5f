//! The check that the partitions of a set are still what was saved.

use super::dataset::PartitionedDataset;
use crate::DataError;
use crate::verify::Verification;

impl PartitionedDataset {
    /// Reads all partitions of the set to the end, and compares them with its manifest. A set that is not there, or
    /// that no run has completed, yields an empty result.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say what is there, or if the manifest is damaged.
    pub async fn verify(&self) -> Result<Verification, DataError> {
        let standing = match self.standing().await {
            Ok(standing) => standing,
            Err(DataError::NotFound { .. } | DataError::Unfinished { .. }) => return Ok(Verification::default()),
            Err(error) => return Err(error),
        };
        let mut found = Verification::default();
        let mut places = Vec::new();
        for (id, saved) in standing.listing.partitions() {
            let place = self.place(id, saved.at.as_deref())?;
            match standing.changed.get(id) {
                None => places.push(place),
                Some(there) => found.damaged.push(DataError::ChangedByHand {
                    location: place.location().to_owned(),
                    found: there.as_ref().map(|there| there.size),
                    saved: saved.size,
                    run: standing.listing.run().map(str::to_owned),
                    set: self.location(),
                }),
            }
        }
        found.read(self.codec(), places).await;
        let description = self.describe().await?;
        let stale = description.stale.iter().map(|(id, _)| self.plain_name(id));
        let names = stale.chain(description.others.iter().map(|(name, _)| name.clone()));
        found.foreign.extend(names.map(|name| format!("{}/{name}", self.location())));
        Ok(found)
    }
}
