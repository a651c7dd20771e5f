//! The memory of a run: the contents of datasets, and of their parts in flight.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use wpipe_buffer::Buffer;
use wpipe_sandbox::Argument;

use super::listed::Listed;
use super::resident::Resident;
use crate::Content;
use crate::schedule::EntryId;

/// The contents in memory, by entry of the schedule.
#[derive(Default)]
pub(super) struct Buffers {
    contents: HashMap<EntryId, Resident>,
    /// The sizes of the buffers that were moved into running nodes.
    moved: HashMap<EntryId, u64>,
}

impl Buffers {
    pub(super) fn get(&self, entry: EntryId) -> Option<&Resident> {
        self.contents.get(&entry)
    }

    /// Keeps a content, and returns its size in bytes.
    pub(super) fn hold(&mut self, entry: EntryId, content: Resident) -> u64 {
        let bytes = content.bytes();
        self.contents.insert(entry, content);
        bytes
    }

    /// Returns the set that a dataset was listed as, if it comes from storage.
    pub(super) fn listed(&self, entry: EntryId) -> Option<Arc<Listed>> {
        match self.get(entry) {
            Some(Resident::Listed(listed)) => Some(listed.clone()),
            _ => None,
        }
    }

    /// Returns the buffer for a node: moved if it may be and its pages can be.
    pub(super) fn hand_over(&mut self, entry: EntryId, may_move: bool) -> Argument {
        const ABSENT: &str = "a task is called when its inputs are in memory, and a single input is no set";
        if !may_move {
            let Some(Resident::Whole(buffer)) = self.get(entry) else { unreachable!("{ABSENT}") };
            return Argument::Single(buffer.clone());
        }
        let Some(Resident::Whole(buffer)) = self.contents.remove(&entry) else { unreachable!("{ABSENT}") };
        match buffer.into_movable() {
            Ok(movable) => {
                self.moved.insert(entry, movable.len() as u64);
                Argument::Moved(movable)
            }
            Err(buffer) => {
                self.contents.insert(entry, Resident::Whole(buffer.clone()));
                Argument::Single(buffer)
            }
        }
    }

    /// Drops a content; also returns its size in bytes, if it was there or in a node.
    pub(super) fn release(&mut self, entry: EntryId) -> (Option<Resident>, Option<u64>) {
        let content = self.contents.remove(&entry);
        let bytes = content.as_ref().map(Resident::bytes).or(self.moved.remove(&entry));
        (content, bytes)
    }

    /// Makes partitions a part of a dataset; returns the ids of those that were there already.
    pub(super) fn collect(&mut self, whole: EntryId, parts: BTreeMap<String, Buffer>) -> Vec<String> {
        let all = self.contents.entry(whole).or_insert_with(|| Resident::Partitions(BTreeMap::new()));
        let Resident::Partitions(all) = all else { return Vec::new() };
        parts.into_iter().filter_map(|(id, buffer)| all.insert(id.clone(), buffer).map(|_| id)).collect()
    }

    /// Returns the size of a dataset whose partitions have been collected; adds an empty one if there is none.
    pub(super) fn collected(&mut self, whole: EntryId) -> u64 {
        self.contents.entry(whole).or_insert_with(|| Resident::Partitions(BTreeMap::new())).bytes()
    }

    /// Takes a content for the caller of the run.
    pub(super) fn take(&mut self, entry: EntryId) -> Option<Content> {
        match self.contents.remove(&entry)? {
            Resident::Whole(buffer) => Some(Content::Whole(buffer)),
            Resident::Partitions(partitions) => Some(Content::Partitions(partitions)),
            Resident::Listed(_) => None,
        }
    }
}
