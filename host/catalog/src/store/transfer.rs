//! Moving whole objects: large ones in parts, several at once, between the network and a buffer's own pages.

use std::fmt;
use std::future::ready;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{
    Attribute, GetOptions, GetRange, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt, PutOptions,
    PutPayload, Result,
};

use super::files::UNKNOWN;
use super::refusal::Refusal;
use super::staged::Publishing;
use super::tally::Tally;
use crate::destination::Destination;
use crate::progress::{Phase, Progress};
use crate::source::Source;

/// The bytes of one request. A lost one costs that much, and an upload has 10 000 at most.
pub(super) const PART: usize = 16 << 20;
/// Objects above this are sent in parts: one more request to begin and one to end should not count.
pub(super) const ONE_REQUEST: usize = 2 * PART;
/// The parts of one object that are fetched at once.
pub(super) const FETCHED_AT_ONCE: usize = 8;
/// The parts of one object that are sent at once: fewer, as they share a line that is often narrower in this direction.
const SENT_AT_ONCE: usize = 4;

/// A failure that may not recur.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// The object ended before its announced size.
    Short,
    /// It was replaced by another while it was being read in parts.
    Replaced,
    /// The upload is not known any more: it was completed, and the answer got lost.
    Completed,
    /// Another writer was putting an object there, and has not finished.
    Contended,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "it ended too early",
            Self::Replaced => "it was replaced while being read",
            Self::Completed => "the upload is not known any more",
            Self::Contended => "somebody else is writing it",
        })
    }
}

impl std::error::Error for Interrupted {}

impl From<Interrupted> for object_store::Error {
    fn from(interrupted: Interrupted) -> Self {
        Self::Generic { store: "transfer", source: Box::new(interrupted) }
    }
}

/// Fetches the object at `key`: a file as it is, anything else within a writer of `to`.
pub(super) async fn fetch(store: &dyn ObjectStore, key: &Key, to: &Destination) -> Result<Source> {
    let first = store.get(key).await?;
    let size = first.meta.size;
    let is_page = first.attributes.get(&Attribute::ContentType).is_some_and(|kind| kind.starts_with("text/html"));
    let (e_tag, stream) = match first.payload {
        GetResultPayload::File(file, _) => return Ok(Source::of_file(file, size)),
        GetResultPayload::Stream(stream) => (first.meta.e_tag, stream),
    };
    if size == UNKNOWN {
        to.progress.begin(Phase::Reading, None);
        return fetch_to_the_end(stream, to).await;
    }
    to.progress.begin(Phase::Reading, Some(size));
    let length = usize::try_from(size).map_err(|_| no_memory(io::ErrorKind::OutOfMemory.into()))?;
    let mut writer = to.writer();
    let room = &mut writer.reserve(length).map_err(no_memory)?[..length];
    // Without a tag, parts of two objects could be mixed unnoticed.
    if length <= ONE_REQUEST || e_tag.is_none() {
        fill(stream, room, &to.progress).await?;
    } else {
        let (head, rest) = room.split_at_mut(PART);
        let mut others = Vec::new();
        for (index, room) in rest.chunks_mut(PART).enumerate() {
            let start = ((index + 1) * PART) as u64;
            others.push(fetch_part(store, key, (e_tag.as_deref(), size), start, room, &to.progress).boxed());
        }
        let others = stream::iter(others).buffer_unordered(FETCHED_AT_ONCE - 1).try_collect::<Vec<()>>();
        // The first request was for everything; it is let go after its part.
        match tokio::try_join!(fill_beginning(stream, head, &to.progress), others) {
            Ok(_) => {}
            // Web servers may lack support for parts.
            Err(object_store::Error::NotSupported { .. }) => {
                let whole = store.get(key).await?;
                if whole.meta.size != size || whole.meta.e_tag != e_tag {
                    return Err(Interrupted::Replaced.into());
                }
                to.progress.begin(Phase::Reading, Some(size));
                fill(whole.into_stream(), room, &to.progress).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Source::of_writer(writer, size).with_page(is_page))
}

/// Fetches all that comes until it ends, of an unknown length.
async fn fetch_to_the_end(mut stream: BoxStream<'static, Result<Bytes>>, to: &Destination) -> Result<Source> {
    let (mut writer, mut filled) = (to.writer(), 0);
    while let Some(bytes) = stream.try_next().await? {
        let end = filled + bytes.len();
        if end as u64 > to.most {
            let reason = format!("it has not ended after {} bytes, which is the memory that there is for it", to.most);
            return Err(no_memory(Refusal::new(reason, "raise `--memory`, or store it as a file").into()));
        }
        writer.grow(end).map_err(no_memory)?[filled..end].copy_from_slice(&bytes);
        to.progress.add(bytes.len());
        filled = end;
    }
    Ok(Source::of_writer(writer, filled as u64))
}

/// Fills `room` with the bytes from `start` on of the object of this tag and size.
pub(super) async fn fetch_part(
    store: &dyn ObjectStore,
    key: &Key,
    (e_tag, size): (Option<&str>, u64),
    start: u64,
    room: &mut [u8],
    progress: &Progress,
) -> Result<()> {
    let range = GetRange::Bounded(start..start + room.len() as u64);
    let if_match = e_tag.map(str::to_owned);
    let options = GetOptions { range: Some(range), if_match, ..GetOptions::default() };
    let part = store.get_opts(key, options).await.map_err(|error| match error {
        object_store::Error::Precondition { .. } => Interrupted::Replaced.into(),
        error => error,
    })?;
    // Some servers ignore the condition.
    if part.meta.e_tag.is_some() && part.meta.e_tag.as_deref() != e_tag || part.meta.size != size {
        return Err(Interrupted::Replaced.into());
    }
    fill(part.into_stream(), room, progress).await
}

/// Fills `room` with a stream that is as long.
async fn fill(mut stream: BoxStream<'static, Result<Bytes>>, room: &mut [u8], progress: &Progress) -> Result<()> {
    let filled = pour(&mut stream, room, progress).await?;
    let is_over = stream.try_next().await?.is_none_or(|more| more.is_empty());
    if filled == room.len() && is_over { Ok(()) } else { Err(Interrupted::Short.into()) }
}

/// Fills `room` with the beginning of a longer stream.
async fn fill_beginning(
    mut stream: BoxStream<'static, Result<Bytes>>,
    room: &mut [u8],
    progress: &Progress,
) -> Result<()> {
    let filled = pour(&mut stream, room, progress).await?;
    if filled == room.len() { Ok(()) } else { Err(Interrupted::Short.into()) }
}

/// Copies from `stream` until it ends or `room` is full; returns the number of bytes.
async fn pour(stream: &mut BoxStream<'static, Result<Bytes>>, room: &mut [u8], progress: &Progress) -> Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        let Some(bytes) = stream.try_next().await? else { break };
        let fits = bytes.len().min(room.len() - filled);
        room[filled..filled + fits].copy_from_slice(&bytes[..fits]);
        filled += fits;
        progress.add(fits);
    }
    Ok(filled)
}

pub(super) fn no_memory(error: io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "memory", source: error.into() }
}

/// Puts `payload` at `key`, whole or not at all, from its own memory. Returns the store's mark.
pub(super) async fn send(
    store: &dyn ObjectStore,
    key: &Key,
    payload: PutPayload,
    is_local: bool,
    how: Publishing,
) -> Result<Option<String>> {
    let (size, progress) = (payload.content_length(), Progress::current());
    progress.begin(Phase::Writing, Some(size as u64));
    if is_local || size <= ONE_REQUEST {
        let mut options = PutOptions::default();
        options.extensions.insert(how);
        return store.put_opts(key, payload, options).await.map(|put| {
            progress.reach(size);
            put.e_tag
        });
    }
    let mut upload = store.put_multipart(key).await?;
    match send_parts(&mut *upload, &payload).await {
        Ok(e_tag) => Ok(e_tag),
        Err(error) => {
            // Uploads that cannot be aborted are left to the bucket's rules: `object_store` does not list uploads.
            let _ = upload.abort().await;
            Err(error)
        }
    }
}

async fn send_parts(upload: &mut dyn MultipartUpload, payload: &PutPayload) -> Result<Option<String>> {
    // After a failure no more are begun, but those under way are waited for: a server may keep a part that ends after
    // the upload has been aborted.
    let is_lost = AtomicBool::new(false);
    let wanted = stream::iter(parts(payload)).take_while(|_| ready(!is_lost.load(Ordering::Relaxed)));
    let progress = &Progress::current();
    let mut sending = wanted
        .map(|part| {
            let (bytes, sending) = (part.content_length(), upload.put_part(part));
            async move { sending.await.inspect(|()| progress.add(bytes)) }
        })
        .buffer_unordered(SENT_AT_ONCE);
    let mut sent = Ok(());
    while let Some(outcome) = sending.next().await {
        is_lost.fetch_or(outcome.is_err(), Ordering::Relaxed);
        sent = sent.and(outcome);
    }
    drop(sending);
    sent?;
    let failures = || Tally::current().map_or(0, |tally| tally.failures());
    let before = failures();
    upload.complete().await.map(|put| put.e_tag).map_err(|error| match error {
        object_store::Error::NotFound { .. } => Interrupted::Completed.into(),
        // Some servers have other words for an upload that they have forgotten.
        _ if failures() > before => Interrupted::Completed.into(),
        error => error,
    })
}

/// Returns `payload` in pieces of the same memory, [`PART`] bytes each but for the last.
fn parts(payload: &PutPayload) -> Vec<PutPayload> {
    let mut parts = Vec::new();
    let mut part: Vec<Bytes> = Vec::new();
    let mut room = PART;
    for bytes in payload {
        let mut bytes = bytes.clone();
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(room));
            room -= piece.len();
            part.push(piece);
            if room == 0 {
                parts.push(std::mem::take(&mut part).into_iter().collect());
                room = PART;
            }
        }
    }
    if !part.is_empty() {
        parts.push(part.into_iter().collect());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_over_the_network_is_counted() {
        use crate::destination::Stop;
        use wpipe_buffer::{Readers, Transports};

        let (store, key) = (object_store::memory::InMemory::new(), Key::from("x"));
        let size = 3 * ONE_REQUEST;
        store.put(&key, vec![7; size].into()).await.expect("stored");
        let progress = Progress::default();
        let (transports, readers, stop) = (Transports::copy(), Readers::Several, Stop::default());
        let most = u64::MAX;
        let to = Destination { transports, readers, memory: most, most, stop, progress: progress.clone() };
        fetch(&store, &key, &to).await.expect("fetched");
        let seen = progress.look().expect("begun");
        assert_eq!((seen.phase, seen.bytes, seen.total), (Phase::Reading, size as u64, Some(size as u64)));
    }

    #[test]
    fn parts_are_the_payloads_own_memory_in_order() {
        let memory = Bytes::from(vec![7; 2 * PART + 5]);
        let payload = PutPayload::from_iter([memory.clone(), Bytes::from_static(b"footer")]);
        let parts = parts(&payload);
        let sizes: Vec<_> = parts.iter().map(PutPayload::content_length).collect();
        assert_eq!(sizes, [PART, PART, 11]);
        let pieces: Vec<_> = parts.iter().flatten().collect();
        assert_eq!(pieces[1].as_ptr(), memory[PART..].as_ptr());
        let joined: Vec<u8> = pieces.into_iter().flatten().copied().collect();
        assert_eq!(joined, [&memory[..], b"footer"].concat());
    }
}
