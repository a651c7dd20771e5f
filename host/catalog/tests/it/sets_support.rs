//! Sets of texts, their content, and the view of readers.

use std::collections::BTreeMap;

use wpipe_buffer::Readers;
use wpipe_catalog::{Committed, DataError, Listing, PartitionedDataset, SetWriter, Stored};

use crate::support::*;

/// Ids and contents.
pub(crate) type Texts = BTreeMap<String, String>;

pub(crate) fn texts<const N: usize>(texts: [(&str, &str); N]) -> Texts {
    texts.into_iter().map(|(id, text)| (id.to_owned(), text.to_owned())).collect()
}

pub(crate) fn begin(set: &PartitionedDataset, run: &str) -> SetWriter {
    wait(set.begin(run)).expect("begun")
}

pub(crate) fn save_text(writer: &SetWriter, id: &str, text: &str) -> Stored {
    wait(writer.save(id, &buffer(text.as_bytes()), TEXT)).expect("saved").stored
}

pub(crate) fn save_texts(writer: &SetWriter, texts: &Texts) -> BTreeMap<String, Stored> {
    texts.iter().map(|(id, text)| (id.clone(), save_text(writer, id, text))).collect()
}

pub(crate) fn commit(writer: &SetWriter, partitions: BTreeMap<String, Stored>) -> Committed {
    let committed = wait(writer.commit(partitions, BTreeMap::new())).expect("committed");
    assert!(committed.untidy.is_none(), "{committed:?}");
    committed
}

/// Makes this the set by a run.
pub(crate) fn replace(set: &PartitionedDataset, run: &str, texts: &Texts) -> Committed {
    let writer = begin(set, run);
    let saved = save_texts(&writer, texts);
    commit(&writer, saved)
}

pub(crate) fn list(set: &PartitionedDataset) -> Listing {
    wait(set.list()).expect("listed")
}

pub(crate) fn load_text(set: &PartitionedDataset, listing: &Listing, id: &str) -> Result<String, DataError> {
    let loaded = wait(set.load(listing, id, TEXT, Readers::Several))?;
    Ok(String::from_utf8(loaded.buffer.bytes().expect("mapped").to_vec()).expect("a text"))
}

/// Loads all that is listed.
pub(crate) fn load_all(set: &PartitionedDataset, listing: &Listing) -> Result<Texts, DataError> {
    listing.partitions().keys().map(|id| Ok((id.clone(), load_text(set, listing, id)?))).collect()
}

/// Returns the texts that readers see.
pub(crate) fn seen(set: &PartitionedDataset) -> Texts {
    let listing = list(set);
    let texts = load_all(set, &listing).expect("loaded");
    assert!(wait(set.is_current(&listing)).expect("asked"));
    texts
}

pub(crate) fn ids(listing: &Listing) -> Vec<&str> {
    listing.partitions().keys().map(String::as_str).collect()
}

/// Returns the mark of the set as a whole, if a run has completed it.
pub(crate) fn mark(set: &PartitionedDataset) -> Option<String> {
    match wait(set.standing()) {
        Ok(standing) => Some(standing.mark()),
        Err(DataError::NotFound { .. } | DataError::Unfinished { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}
