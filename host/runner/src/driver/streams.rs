//! The streams of a run: sets whose partitions are saved while their node makes others.

use std::collections::HashMap;

use super::stream::Stream;
use crate::schedule::EntryId;

/// The streams that are open, by the entry of their set.
#[derive(Default)]
pub(super) struct Streams {
    open: HashMap<EntryId, Stream>,
    /// The number of streams that were given up and may still have writes under way.
    settling: usize,
}

impl Streams {
    pub(super) fn open(&mut self, entry: EntryId, stream: Stream) {
        self.open.insert(entry, stream);
    }

    pub(super) fn is_open(&self, entry: EntryId) -> bool {
        self.open.contains_key(&entry)
    }

    /// Takes the stream of a set that is complete.
    pub(super) fn take(&mut self, entry: EntryId) -> Option<Stream> {
        self.open.remove(&entry)
    }

    /// Takes the stream of a set that will not be complete, to be given up; [`settled`](Self::settled) follows.
    pub(super) fn take_given_up(&mut self, entry: EntryId) -> Option<Stream> {
        let stream = self.open.remove(&entry)?;
        self.settling += 1;
        Some(stream)
    }

    /// Notes that a stream that was given up has no writes under way any more.
    pub(super) fn settled(&mut self) {
        self.settling -= 1;
    }

    /// Returns the sets whose streams are open.
    pub(super) fn left(&self) -> Vec<EntryId> {
        self.open.keys().copied().collect()
    }

    /// Returns true if streams that were given up may still have writes under way.
    pub(super) fn are_settling(&self) -> bool {
        self.settling > 0
    }
}
