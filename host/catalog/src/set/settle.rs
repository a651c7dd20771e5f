//! After a commit: every partition gets its plain name, and leftovers are removed.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::dataset::PartitionedDataset;
use super::listing::Stored;
use super::manifest::Manifest;
use super::names::{self, run_of};
use crate::DataError;
use crate::store::Objects;

/// The number of partitions that get their plain names at once.
const AT_ONCE: usize = 32;

/// The result of clearing.
#[derive(Debug, Default)]
pub(super) struct Cleared {
    pub(super) retries: u32,
    pub(super) pruned: Vec<String>,
    pub(super) stale: usize,
}

/// Gives the partitions of the set in force their plain names, and then the manifest. Every step may be the last, and
/// may be done again. Returns the number of repetitions.
pub(super) async fn settle(set: &PartitionedDataset, manifest: &Manifest) -> Result<u32, DataError> {
    let staged: Vec<_> =
        manifest.partitions.iter().filter_map(|(id, stored)| Some((id, stored.at.as_deref()?))).collect();
    if staged.is_empty() {
        return Ok(0);
    }
    let names: Vec<_> = staged.iter().map(|(id, _)| set.plain_name(id)).collect();
    let mut copying = Vec::with_capacity(staged.len());
    for (id, run) in &staged {
        copying.push(copy(set, id, run).boxed());
    }
    let copies: Vec<u32> = stream::iter(copying).buffer_unordered(AT_ONCE).try_collect().await?;
    set.root().sync(names.iter().map(String::as_str)).await?;
    // Another process may have settled it and gone on.
    let found = set.manifest().await?;
    if !found.as_ref().is_some_and(|found| found.0.manifest.is_same_set(manifest)) {
        return Err(set.conflict(found.as_ref()));
    }
    let retries = set.put_manifest(&manifest.settled()).await?;
    let staged: Vec<_> = staged.iter().map(|(id, run)| set.name_at(id, Some(*run))).collect();
    Ok(copies.iter().sum::<u32>() + retries + set.root().remove(&staged).await?)
}

async fn copy(set: &PartitionedDataset, id: &str, run: &str) -> Result<u32, DataError> {
    let to = set.plain_name(id);
    set.root().check_links(&to).await?;
    set.place(id, Some(run))?.copy(&set.root().child(&to)?).await
}

/// Removes found objects that the set in force does not need: those that runs have staged, and, if sets are pruned,
/// partitions that it does not have and was not to have. Folders of attempts at the run `at_work` stay: one of them may
/// be about to commit the same.
pub(super) async fn clear(
    set: &PartitionedDataset,
    manifest: &Manifest,
    found: Objects,
    at_work: Option<&str>,
) -> Result<Cleared, DataError> {
    set.root().sweep(found.staged).await;
    let of_set = |(id, stored): (&String, &Stored)| stored.at.as_deref().map(|run| set.name_at(id, Some(run)));
    // Settling has removed them.
    let settled: BTreeSet<String> = manifest.partitions.iter().filter_map(of_set).collect();
    let names_found = || found.objects.iter().map(|object| object.name.as_str());
    // In a local folder there may be files of other owners: only marked folders are swept.
    let is_local = set.path().is_some();
    let marked: BTreeSet<&str> = names_found().filter(|name| names::is_mark(name)).filter_map(run_of).collect();
    let is_at_work = |folder: &str| at_work.is_some_and(|run| folder.starts_with(run));
    let is_swept =
        |name: &&str| run_of(name).is_some_and(|run| !is_at_work(run) && (!is_local || marked.contains(run)));
    let left = names_found().filter(is_swept).filter(|name| !settled.contains(*name));
    let mut left: Vec<String> = left.map(str::to_owned).collect();
    // The mark goes last, so that leftovers of a crash are still known.
    left.sort_by_key(|name| names::is_mark(name));
    let stale = found.objects.iter().filter_map(|object| set.membership().id_of(&object.name));
    let mut stale: Vec<String> = stale.filter(|id| !manifest.partitions.contains_key(*id)).map(str::to_owned).collect();
    let mut pruned = Vec::new();
    if set.parts.prune {
        for id in std::mem::take(&mut stale) {
            if manifest.missing.contains_key(&id) {
                // The result of an earlier run is the only one.
                stale.push(id);
                continue;
            }
            let name = set.plain_name(&id);
            match set.root().check_links(&name).await {
                Ok(()) => {
                    left.push(name);
                    pruned.push(id);
                }
                // Nothing is removed through a link that leads elsewhere.
                Err(_) => stale.push(id),
            }
        }
    }
    let retries = set.root().remove(&left).await?;
    Ok(Cleared { retries, pruned, stale: stale.len() })
}
