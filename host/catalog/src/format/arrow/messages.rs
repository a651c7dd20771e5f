//! The memory that messages announce, checked before they are decoded.

use arrow::ipc::{RecordBatch, root_as_message};

use super::load::damaged;
use crate::fault::Fault;

/// The bytes before the length of a message's metadata since format 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// The bytes of a compressed buffer's uncompressed length, with which it begins.
pub(super) const PREFIX: usize = 8;

/// Returns the bytes that a message's compressed buffers become: of all of them, or of the largest. `body` is the start
/// of its body, as its reader will take it.
pub(super) fn announced(message: &[u8], body: usize, all: bool) -> Result<u64, Fault> {
    let (start, length) = head(message).ok_or_else(|| damaged("it ends within a message"))?;
    let metadata = start.checked_add(length).and_then(|end| message.get(start..end));
    let (Some(metadata), Some(body)) = (metadata, message.get(body..)) else {
        return Err(damaged("a message is longer than the file"));
    };
    let parsed = root_as_message(metadata).map_err(|error| damaged(&error.to_string()))?;
    let dictionary = parsed.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    match parsed.header_as_record_batch().or(dictionary) {
        Some(batch) => announced_by(&batch, body, all),
        None => Ok(0),
    }
}

fn announced_by(batch: &RecordBatch<'_>, body: &[u8], all: bool) -> Result<u64, Fault> {
    let (mut sum, mut largest) = (0_u64, 0_u64);
    for buffer in batch.buffers().iter().flatten() {
        let range = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let bytes = range.and_then(|(start, length)| body.get(start..start.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| damaged("a buffer lies outside of its message"))?;
        if batch.compression().is_none() {
            continue;
        }
        let length = bytes.first_chunk::<PREFIX>().map_or(0, |length| i64::from_le_bytes(*length));
        // Negative: the buffer is not compressed.
        let length = u64::try_from(length).unwrap_or(0);
        (sum, largest) = (sum.saturating_add(length), largest.max(length));
    }
    Ok(if all { sum } else { largest })
}

/// Returns the start and the length of the metadata of the message at the start of `bytes`.
pub(super) fn head(bytes: &[u8]) -> Option<(usize, usize)> {
    let start = if bytes.starts_with(&CONTINUATION) { CONTINUATION.len() } else { 0 };
    let length = bytes.get(start..)?.first_chunk::<4>()?;
    Some((start + length.len(), usize::try_from(i32::from_le_bytes(*length)).ok()?))
}

/// Returns the messages of a stream, each with its body and the start of that, up to the one that ends it or to the
/// first that is none.
pub(super) fn messages(stream: &[u8]) -> impl Iterator<Item = Result<(&[u8], usize), Fault>> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let (start, length) = head(rest)?;
        // A stream ends with a message of no length, or with the bytes.
        if length == 0 {
            return None;
        }
        let (message, body);
        match message_of(rest, start, length) {
            Ok(found) => (message, body) = found,
            Err(fault) => {
                rest = &[];
                return Some(Err(fault));
            }
        }
        rest = &rest[message.len()..];
        Some(Ok((message, body)))
    })
}

/// Returns a message with its body, which must both be there, and the start of the body.
fn message_of(bytes: &[u8], start: usize, metadata: usize) -> Result<(&[u8], usize), Fault> {
    let longer = || damaged("a message is longer than the file");
    let body = start.checked_add(metadata).ok_or_else(longer)?;
    let parsed = root_as_message(bytes.get(start..body).ok_or_else(longer)?);
    let length = parsed.map_err(|error| damaged(&error.to_string()))?.bodyLength();
    let end = usize::try_from(length).ok().and_then(|length| body.checked_add(length)).ok_or_else(longer)?;
    Ok((bytes.get(..end).ok_or_else(longer)?, body))
}
