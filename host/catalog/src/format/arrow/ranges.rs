//! The parts of a file that hold the columns which are read: the footer tells the batches, and each of them its buffers.

use std::ops::Range;

use arrow::ipc::reader::read_footer_length;
use arrow::ipc::{Block, root_as_footer};

use super::batch::{Batch, buffers_of};
use super::load::{FILE_MAGIC, TRAILER, read_schema};
use crate::format::stored::Stored;
use crate::table::Declared;

/// The bytes of a file's end that are fetched at first: footers mostly have fewer.
const TAIL: u64 = 64 << 10;

/// Returns the parts that are to be fetched next, from those that are there; `None` if all of the file is wanted.
pub(super) fn wanted_parts(stored: &Stored, declared: &Declared) -> Option<Vec<Range<u64>>> {
    let size = stored.size();
    let end = size.checked_sub(TRAILER as u64)?;
    let start = 0..FILE_MAGIC.len() as u64;
    let Ok(trailer) = stored.slice(end, TRAILER) else { return Some(vec![start, size.saturating_sub(TAIL)..size]) };
    if stored.slice(0, FILE_MAGIC.len()).ok()? != FILE_MAGIC {
        return None;
    }
    let length = read_footer_length(*trailer.first_chunk()?).ok()?;
    let footer = end.checked_sub(length as u64)?;
    let missing = footer..size;
    let Ok(bytes) = stored.slice(footer, length) else { return Some(vec![missing]) };
    let footer = root_as_footer(&bytes).ok()?;
    let schema = read_schema(footer.schema()?, declared).ok()?;
    let places = |block: &Block| {
        let start = u64::try_from(block.offset()).ok()?;
        let body = start.checked_add(u64::try_from(block.metaDataLength()).ok()?)?;
        let end = body.checked_add(u64::try_from(block.bodyLength()).ok()?).filter(|end| *end <= size)?;
        Some((start..body, start..end))
    };
    let batches = || footer.recordBatches().into_iter().flatten();
    let messages = batches().map(|block| Some(places(block)?.0)).collect::<Option<Vec<_>>>()?;
    // Few, and small beside what refers to them.
    let dictionaries = footer.dictionaries().into_iter().flatten().map(|block| Some(places(block)?.1));
    let mut wanted = dictionaries.collect::<Option<Vec<_>>>()?;
    let are_there = messages.iter().all(|range| stored.slice(range.start, (range.end - range.start) as usize).is_ok());
    wanted.extend(messages);
    if !are_there {
        return Some(wanted);
    }
    let buffers: Vec<usize> =
        schema.fields().iter().map(|field| buffers_of(field.data_type())).collect::<Option<_>>()?;
    for block in batches() {
        let batch = Batch::read(stored, block, &buffers)?;
        let columns = schema.fields().iter().zip(batch.columns).filter(|(field, _)| declared.wants(field.name()));
        wanted.extend(columns.flat_map(|(_, stretch)| stretch.buffers));
    }
    Some(wanted)
}
