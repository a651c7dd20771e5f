//! The places of a record batch's buffers in its file.

use std::ops::Range;

use arrow::datatypes::DataType;
use arrow::ipc::{self, Block, CompressionType, root_as_message};
use wpipe_data::MAX_ARCHIVE_SIZE;

use super::messages::head;
use super::packing::Packing;
use crate::format::stored::Stored;

/// A record batch of a file.
pub(super) struct Batch {
    pub(super) rows: usize,
    pub(super) packing: Packing,
    /// The columns, in the order of the schema.
    pub(super) columns: Vec<Stretch>,
}

/// The part of a column that is in a batch.
pub(super) struct Stretch {
    pub(super) missing: usize,
    /// The places of its buffers in the file: first the validity map, last the values.
    pub(super) buffers: Vec<Range<u64>>,
}

impl Batch {
    /// Reads the places of a batch's columns, which have so many `buffers`.
    pub(super) fn read(stored: &Stored, block: &Block, buffers: &[usize]) -> Option<Self> {
        let (offset, metadata) = (u64::try_from(block.offset()).ok()?, usize::try_from(block.metaDataLength()).ok()?);
        let message = stored.slice(offset, metadata).ok()?;
        let (start, length) = head(&message)?;
        let message = root_as_message(message.get(start..start.checked_add(length)?)?).ok()?;
        let batch = message.header_as_record_batch()?;
        let body = offset.checked_add(metadata as u64)?;
        let end = body.checked_add(u64::try_from(block.bodyLength()).ok()?).filter(|end| *end <= stored.size())?;
        let packing = match batch.compression() {
            None => Packing::Plain,
            Some(compression) if compression.codec() == CompressionType::LZ4_FRAME => Packing::Lz4,
            Some(compression) if compression.codec() == CompressionType::ZSTD => Packing::Zstd,
            Some(_) => return None,
        };
        let rows = usize::try_from(batch.length()).ok().filter(|rows| *rows <= MAX_ARCHIVE_SIZE)?;
        let mut places = batch.buffers()?.iter().map(|buffer: &ipc::Buffer| {
            let start = body.checked_add(u64::try_from(buffer.offset()).ok()?)?;
            let stop = start.checked_add(u64::try_from(buffer.length()).ok()?)?;
            (stop <= end).then_some(start..stop)
        });
        let mut nodes = batch.nodes()?.iter();
        let column = |count: &usize| {
            let node = nodes.next()?;
            let missing = usize::try_from(node.null_count()).ok()?;
            let buffers = places.by_ref().take(*count).collect::<Option<Vec<_>>>()?;
            let is_whole = usize::try_from(node.length()) == Ok(rows) && buffers.len() == *count;
            is_whole.then_some(Stretch { missing, buffers })
        };
        let columns = buffers.iter().map(column).collect::<Option<_>>()?;
        // Otherwise the columns have other buffers than was thought.
        (nodes.next().is_none() && places.next().is_none()).then_some(Self { rows, packing, columns })
    }
}

impl Stretch {
    /// Returns the bytes that it takes in the file.
    pub(super) fn stored(&self) -> u64 {
        self.buffers.iter().map(|place| place.end - place.start).sum()
    }
}

/// Returns the number of buffers that a column of that type has in each batch, beside one node; `None` if that is more
/// complicated.
pub(super) fn buffers_of(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => Some(3),
        DataType::Boolean | DataType::FixedSizeBinary(_) | DataType::Dictionary(..) => Some(2),
        DataType::Null => Some(0),
        other => other.primitive_width().map(|_| 2),
    }
}
