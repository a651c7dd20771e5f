//! Fetching those parts of an object that a load needs, as far as they are told by what has been fetched before.

use std::ops::Range;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, Result};

use super::files::UNKNOWN;
use super::transfer::{FETCHED_AT_ONCE, PART, fetch_part, no_memory};
use crate::destination::Destination;
use crate::format::Stored;
use crate::parts::{Parts, joined};
use crate::progress::Phase;
use crate::source::Source;

/// Smaller objects come as a whole: they take one request.
const LEAST: u64 = 1 << 20;

/// Returns the parts of an object that are wanted; `None` if it is to be fetched as a whole. `wanted` returns the parts
/// that are to be fetched next, from those that are there: none if they are enough, `None` if all are wanted.
pub(super) async fn fetch_parts(
    store: &dyn ObjectStore,
    key: &Key,
    to: &Destination,
    wanted: &(dyn Fn(&Stored) -> Option<Vec<Range<u64>>> + Sync),
) -> Result<Option<Source>> {
    let meta = match store.head(key).await {
        Ok(meta) => meta,
        Err(error @ object_store::Error::NotFound { .. }) => return Err(error),
        // An answer to this question has no words; one to the next has.
        Err(_) => return Ok(None),
    };
    let size = meta.size;
    // Without a tag, parts of two objects could be mixed unnoticed.
    let Some(e_tag) = meta.e_tag.filter(|_| size != UNKNOWN && size >= LEAST) else { return Ok(None) };
    let mut parts = Parts::default();
    loop {
        let there = Stored::Parts { parts: parts.clone(), size };
        let Some(mut ranges) = wanted(&there) else { return Ok(None) };
        ranges.retain(|range| !parts.has(range));
        let ranges = joined(ranges);
        if ranges.is_empty() {
            return Ok(Some(Source::of_parts(parts, size)));
        }
        let bytes = ranges.iter().map(|range| range.end - range.start).sum::<u64>();
        // A whole object comes faster than most of its parts.
        if parts.bytes() + bytes > size / 4 * 3 {
            return Ok(None);
        }
        to.progress.begin(Phase::Reading, Some(bytes));
        let fetching = ranges.into_iter().map(|range| fetch_range(store, key, (&e_tag, size), range, to).boxed());
        let fetched =
            stream::iter(fetching.collect::<Vec<_>>()).buffered(FETCHED_AT_ONCE).try_collect::<Vec<_>>().await;
        match fetched {
            Ok(fetched) => fetched.into_iter().for_each(|(start, bytes)| parts.add(start, bytes)),
            // Web servers may lack support for parts.
            Err(object_store::Error::NotSupported { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

/// Fetches one range, which may be of several requests.
async fn fetch_range(
    store: &dyn ObjectStore,
    key: &Key,
    (e_tag, size): (&str, u64),
    range: Range<u64>,
    to: &Destination,
) -> Result<(u64, Bytes)> {
    let length =
        usize::try_from(range.end - range.start).map_err(|_| no_memory(std::io::ErrorKind::OutOfMemory.into()))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|error| no_memory(error.into()))?;
    bytes.resize(length, 0);
    let starts = (range.start..).step_by(PART);
    let requests = starts
        .zip(bytes.chunks_mut(PART))
        .map(|(start, room)| fetch_part(store, key, (Some(e_tag), size), start, room, &to.progress).boxed());
    stream::iter(requests.collect::<Vec<_>>()).buffer_unordered(FETCHED_AT_ONCE).try_collect::<Vec<()>>().await?;
    Ok((range.start, bytes.into()))
}
