//! All that is at a set's root, for people.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::PartitionedDataset;
use super::membership::Kind;
use super::names::{self, run_of};
use crate::DataError;

/// All that is at a set's root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Description {
    /// True if there is a manifest: else every object with the suffix is a partition.
    pub has_manifest: bool,
    /// The run that has made the present set.
    pub run: Option<String>,
    /// True if the set has all the partitions that it was to have; false for a set that no run has completed.
    pub complete: bool,
    /// The partitions that it was to have and has not, with the reasons.
    pub missing: BTreeMap<String, String>,
    /// The number of its partitions.
    pub count: usize,
    /// The sum of their sizes, as stored.
    pub bytes: u64,
    /// The ids of partitions that it has, and whose objects are gone.
    pub gone: Vec<String>,
    /// The ids and sizes of partitions that are there, and that it does not have.
    pub stale: Vec<(String, u64)>,
    /// The staged partitions of runs that have not committed them, by run.
    pub staged: BTreeMap<String, Leftover>,
    /// The names and sizes of objects that are hidden: a part of their names begins with `.` or `_`.
    pub hidden: Vec<(String, u64)>,
    /// The names and sizes of objects that `glob` or `exclude` leave out, partitions of the set among them.
    pub excluded: Vec<(String, u64)>,
    /// The names and sizes of objects that do not end with the suffix.
    pub others: Vec<(String, u64)>,
}

/// The leftovers of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leftover {
    /// The number of partitions.
    pub count: usize,
    /// The sum of their sizes.
    pub bytes: u64,
}

impl PartitionedDataset {
    /// Describes everything that is there: the set in force, and all else. One listing.
    ///
    /// # Errors
    ///
    /// Fails with [`NotFound`](DataError::NotFound) if there is nothing; also if the store does not say, or the
    /// manifest is damaged.
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
        if let Some(all) = &manifest {
            let listing = self.wanted(all.clone());
            description.run = listing.run().map(str::to_owned);
            description.complete = listing.is_complete();
            description.missing = listing.missing().clone();
            description.count = listing.partitions().len();
            description.bytes = listing.sizes().map(|(_, size)| size).sum();
            let is_wanted = |id: &str| listing.partitions().contains_key(id);
            for (id, stored) in all.partitions() {
                of_set.insert(self.name_at(id, stored.at.as_deref()));
                if !is_wanted(id) {
                    description.excluded.push((self.plain_name(id), stored.size));
                }
            }
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
            match self.membership().kind(&object.name) {
                Kind::Reserved => {}
                Kind::Partition(id) if manifest.is_some() => {
                    // The plain object of a partition with staged new content is replaced when that is settled.
                    if !manifest.as_ref().is_some_and(|listing| listing.partitions().contains_key(id)) {
                        description.stale.push((id.to_owned(), object.size));
                    }
                }
                Kind::Partition(_) => {
                    description.count += 1;
                    description.bytes += object.size;
                }
                Kind::Hidden => description.hidden.push((object.name.clone(), object.size)),
                Kind::Excluded => description.excluded.push((object.name.clone(), object.size)),
                Kind::Other => description.others.push((object.name.clone(), object.size)),
            }
        }
        Ok(description)
    }
}
