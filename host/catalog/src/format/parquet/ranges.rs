//! The parts of a file that hold the columns which are read: the metadata at its end tells them.

use std::ops::Range;

use super::wanted;
use crate::format::stored::Stored;
use crate::table::Declared;

/// The bytes of a file's end that are fetched at first: metadata mostly have fewer.
const TAIL: u64 = 64 << 10;
/// The length of the metadata, and the mark behind it.
const TRAILER: usize = 8;
const MARK: &[u8] = b"PAR1";

/// Returns the parts that are to be fetched next, from those that are there; `None` if all of the file is wanted.
pub(super) fn wanted_parts(stored: &Stored, declared: &Declared) -> Option<Vec<Range<u64>>> {
    let size = stored.size();
    let end = size.checked_sub(TRAILER as u64)?;
    let tail = size.saturating_sub(TAIL)..size;
    let Ok(trailer) = stored.slice(end, TRAILER) else { return Some(vec![tail]) };
    let (length, mark) = trailer.split_first_chunk()?;
    if mark != MARK {
        return None;
    }
    let metadata = end.checked_sub(u32::from_le_bytes(*length).into())?..size;
    if stored.slice(metadata.start, usize::try_from(size - metadata.start).ok()?).is_err() {
        return Some(vec![metadata]);
    }
    let (read, _) = wanted::read(stored, declared).ok()?;
    let chunks = read.row_groups().iter().flat_map(|group| group.columns()).map(|chunk| {
        let start =
            chunk.dictionary_page_offset().map_or(chunk.data_page_offset(), |at| at.min(chunk.data_page_offset()));
        let (start, length) = (u64::try_from(start).ok()?, u64::try_from(chunk.compressed_size()).ok()?);
        start.checked_add(length).filter(|end| *end <= size).map(|end| start..end)
    });
    chunks.collect()
}
