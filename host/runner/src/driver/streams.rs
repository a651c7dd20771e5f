//! The streams of a run: sets whose partitions are saved while their node makes others.

use std::collections::HashMap;

use super::stream::Stream;
use crate::schedule::EntryId;

/// The streams that are open, by the entry of their set.
#[derive(Default)]
pub(super) struct Streams {
    open: HashMap<EntryId, Stream>,
    /// Those that were given up and in which something may still be being written.
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

    /// Takes the stream of a set that is not going to be complete, to be given up; [`settled`](Self::settled) follows.
    pub(super) fn take_given_up(&mut self, entry: EntryId) -> Option<Stream> {
        let stream = self.open.remove(&entry)?;
        self.settling += 1;
        Some(stream)
    }

    /// Nothing is being written any more of a stream that was given up.
    pub(super) fn settled(&mut self) {
        self.settling -= 1;
    }

    /// The sets whose streams are open.
    pub(super) fn left(&self) -> Vec<EntryId> {
        self.open.keys().copied().collect()
    }

    /// Whether something may still be being written of what was given up.
    pub(super) fn are_settling(&self) -> bool {
        self.settling > 0
    }
}
