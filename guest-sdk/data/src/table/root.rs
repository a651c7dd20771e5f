//! The root of a table's archive, as rkyv lays it out. Its fields are the file format: change them only together
//! with [`VERSION`].

use core::ops::Range;

use rkyv::{Archive, Serialize, rancor};

use super::TableError;
use super::raw::ColumnBuffers;
use crate::Fingerprint;

/// The newest version of the format.
pub(super) const VERSION: u32 = 1;

/// The last bytes of every table of every version.
pub(super) const MAGIC: [u8; 12] = *b"WPIPE-TABLE\0";

/// The schema's name.
pub(super) const NAME: &str = "table";

/// One fingerprint for all tables: which columns there are is data, not type.
pub(super) const FINGERPRINT: u64 = Fingerprint::new()
    .text(NAME)
    .word(VERSION as u64)
    .size_of::<ArchivedRoot>()
    .size_of::<ArchivedRootColumn>()
    .finish();

#[derive(Archive, Serialize)]
pub(super) struct Root {
    pub(super) rows: u64,
    /// Where the columns' buffers end and the root's own data begin, in bytes.
    pub(super) data_size: u64,
    pub(super) columns: Vec<RootColumn>,
    pub(super) version: u32,
    pub(super) magic: [u8; 12],
}

#[derive(Archive, Serialize)]
pub(super) struct RootColumn {
    pub(super) name: String,
    pub(super) kind: u8,
    pub(super) null_count: u64,
    pub(super) validity: Option<Span>,
    pub(super) offsets: Option<Span>,
    pub(super) values: Span,
}

/// A buffer: bytes from the archive's start, without the padding behind it.
#[derive(Archive, Serialize)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl From<&Range<usize>> for Span {
    fn from(range: &Range<usize>) -> Self {
        Self { offset: range.start as u64, length: range.len() as u64 }
    }
}

impl From<&ColumnBuffers> for RootColumn {
    fn from(column: &ColumnBuffers) -> Self {
        Self {
            name: column.name.clone(),
            kind: column.kind.code(),
            null_count: column.null_count as u64,
            validity: column.validity.as_ref().map(Span::from),
            offsets: column.offsets.as_ref().map(Span::from),
            values: Span::from(&column.values),
        }
    }
}

/// The bytes that follow the columns' buffers. Their number depends on the columns' names only.
pub(super) fn encode<'c>(
    rows: usize,
    data_size: usize,
    columns: impl Iterator<Item = &'c ColumnBuffers>,
) -> Result<rkyv::util::AlignedVec, TableError> {
    let root = Root {
        rows: rows as u64,
        data_size: data_size as u64,
        columns: columns.map(RootColumn::from).collect(),
        version: VERSION,
        magic: MAGIC,
    };
    rkyv::to_bytes::<rancor::BoxedError>(&root).map_err(|error| TableError::Root(error.to_string()))
}
