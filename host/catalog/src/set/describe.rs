//! All that is at a set's root, for people.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::PartitionedDataset;
use super::names::{self, run_of};
use crate::DataError;

/// All that is at a set's root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Description {
    /// Whether there is a manifest: else every object with the suffix is a partition.
    pub has_manifest: bool,
    /// The run that has made the set what it is.
    pub run: Option<String>,
    /// Whether the set has all the partitions that it was to have. Not so for a set that no run has completed.
    pub complete: bool,
    /// The partitions that it was to have and has not, with the reasons.
    pub missing: BTreeMap<String, String>,
    /// How many partitions it has.
    pub count: usize,
    /// Their sizes together, as stored.
    pub bytes: u64,
    /// The ids of partitions that it has, and whose objects are gone.
    pub gone: Vec<String>,
    /// The ids and sizes of partitions that are there, and that it does not have.
    pub stale: Vec<(String, u64)>,
    /// What runs have staged that have not committed it, by run.
    pub staged: BTreeMap<String, Leftover>,
    /// The names and sizes of objects that do not end with the suffix.
    pub others: Vec<(String, u64)>,
}

/// What a run has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leftover {
    /// How many partitions.
    pub count: usize,
    /// Their sizes together.
    pub bytes: u64,
}

impl PartitionedDataset {
    /// Everything that is there: the set in force, and what is none of it. One listing.
    ///
    /// # Errors
    ///
    /// [`NotFound`](DataError::NotFound) when there is nothing; when the store does not say, or the manifest is
    /// damaged.
    pub async fn describe(&self) -> Result<Description, DataError> {
        let manifest = self.manifest().await?;
        let found = self.objects().await?;
        if manifest.is_none() && found.is_none() {
            return Err(DataError::NotFound { location: self.location() });
        }
        let mut found = found.unwrap_or_default();
        if manifest.is_none() {
            found.drop_markers();
        }
        let mut description =
            Description { has_manifest: manifest.is_some(), complete: true, ..Description::default() };
        let mut of_set = BTreeSet::new();
        if let Some(listing) = &manifest {
            description.run = listing.run().map(str::to_owned);
            description.complete = listing.is_complete();
            description.missing = listing.missing().clone();
            description.count = listing.partitions().len();
            description.bytes = listing.sizes().map(|(_, size)| size).sum();
            of_set = listing.partitions().iter().map(|(id, stored)| self.name_at(id, stored.at.as_deref())).collect();
            let there: BTreeSet<&str> = found.objects.iter().map(|object| object.name.as_str()).collect();
            let missing = listing
                .partitions()
                .iter()
                .filter(|(id, stored)| !there.contains(self.name_at(id, stored.at.as_deref()).as_str()));
            description.gone = missing.map(|(id, _)| id.clone()).collect();
        }
        for object in found.objects.iter().filter(|object| !of_set.contains(&object.name)) {
            if names::is_mark(&object.name) {
                continue;
            }
            if let Some(run) = run_of(&object.name) {
                let leftover = description.staged.entry(run.to_owned()).or_default();
                leftover.count += 1;
                leftover.bytes += object.size;
                continue;
            }
            match names::id_of(&object.name, self.suffix()) {
                _ if names::is_reserved(&object.name) => {}
                Some(id) if manifest.is_some() => {
                    // The plain object of a partition whose new content is staged is replaced when that is settled.
                    if !manifest.as_ref().is_some_and(|listing| listing.partitions().contains_key(id)) {
                        description.stale.push((id.to_owned(), object.size));
                    }
                }
                Some(_) => {
                    description.count += 1;
                    description.bytes += object.size;
                }
                None => description.others.push((object.name.clone(), object.size)),
            }
        }
        Ok(description)
    }
}
