//! Whether what is stored is still what was saved: everything is read to the end.

use futures_util::stream::{self, StreamExt};

use crate::codec::Codec;
use crate::format::Checked;
use crate::set::PartitionedDataset;
use crate::store::Place;
use crate::{DataError, Dataset};
use std::sync::Arc;

/// Objects that are read at once: each may be as large as memory allows.
const AT_ONCE: usize = 2;

/// What reading a stored dataset to the end has found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// How many objects were read: the versions of a versioned dataset, or the partitions of a set.
    pub objects: usize,
    /// Their sizes together.
    pub bytes: u64,
    /// Those that hold no digest, by location: an older wpipe has written them. They can be read, and nothing tells
    /// whether they are what was saved.
    pub without_digest: Vec<String>,
    /// What is damaged, gone, or not what was saved.
    pub damaged: Vec<DataError>,
    /// Objects at the root of a set that are none of its partitions, by location.
    pub foreign: Vec<String>,
}

impl Verification {
    fn note(&mut self, location: &str, checked: Result<(Checked, u64), DataError>) {
        match checked {
            Ok((checked, bytes)) => {
                self.objects += 1;
                self.bytes += bytes;
                if checked == Checked::WithoutDigest {
                    self.without_digest.push(location.to_owned());
                }
            }
            Err(error) => self.damaged.push(error),
        }
    }

    async fn read(&mut self, codec: &Arc<Codec>, places: Vec<Place>) {
        let checking = places.into_iter().map(|place| async move {
            let checked = codec.check(&place).await;
            (place, checked)
        });
        let mut checking = stream::iter(checking).buffered(AT_ONCE);
        while let Some((place, checked)) = checking.next().await {
            self.note(place.location(), checked);
        }
    }
}

impl Dataset {
    /// Reads everything that is stored of the dataset to the end, all versions of a versioned one. Of a dataset that is
    /// not there nothing is found.
    ///
    /// # Errors
    ///
    /// When the store does not say what is there.
    pub async fn verify(&self) -> Result<Verification, DataError> {
        let mut found = Verification::default();
        let places = match self.is_versioned() {
            true => self.versions().await?.iter().map(|version| self.place().version(version)).collect(),
            false if self.size().await?.is_some() => vec![self.place().clone()],
            false => Vec::new(),
        };
        found.read(self.codec(), places).await;
        Ok(found)
    }
}

impl PartitionedDataset {
    /// Reads all partitions of the set to the end, and compares them with its manifest. Of a set that is not there, or
    /// that no run has completed, nothing is found.
    ///
    /// # Errors
    ///
    /// When the store does not say what is there, or the manifest is damaged.
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
