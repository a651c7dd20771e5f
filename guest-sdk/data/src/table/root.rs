//! The roots of a table's archive, as rkyv lays them out. Their fields are the file formats: nothing in them changes; a
//! new format has a root and a number of its own.

use core::mem::offset_of;
use core::ops::Range;

use rkyv::{Archive, Serialize, rancor};

use super::TableError;
use super::raw::{Child, ColumnBuffers};
use crate::Fingerprint;

/// The format of tables whose kinds are numbers.
pub(super) const NUMBERED: u32 = 1;

/// The format of tables whose kinds are texts.
pub(super) const NAMED: u32 = 2;

/// The format of tables whose columns have children, lists and dictionaries: the newest one.
pub(super) const NESTED: u32 = 3;

/// The last bytes of every table of every version.
pub(super) const MAGIC: [u8; 12] = *b"WPIPE-TABLE\0";

/// The schema's name.
pub(super) const NAME: &str = "table";

/// The one fingerprint of all tables: their columns are data, not type. That includes the format, which the root states
/// itself: a program that knows format 1 only can read most tables, and gets an error for the others.
pub(super) const FINGERPRINT: u64 = Fingerprint::new()
    .text(NAME)
    .word(NUMBERED as u64)
    .size_of::<ArchivedRoot>()
    .size_of::<ArchivedRootColumn>()
    .finish();

/// The root of format 1.
#[derive(Archive, Serialize)]
pub(super) struct Root {
    pub(super) rows: u64,
    /// The end of the columns' buffers, at which the root's own data begins, in bytes.
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

/// The root of format 2.
#[derive(Archive, Serialize)]
pub(super) struct NamedRoot {
    pub(super) rows: u64,
    pub(super) data_size: u64,
    pub(super) columns: Vec<NamedColumn>,
    pub(super) version: u32,
    pub(super) magic: [u8; 12],
}

/// The root of format 3.
#[derive(Archive, Serialize)]
pub(super) struct NestedRoot {
    pub(super) rows: u64,
    pub(super) data_size: u64,
    pub(super) columns: Vec<NestedColumn>,
    pub(super) version: u32,
    pub(super) magic: [u8; 12],
}

/// The fields that are read before the format is known have the same places.
const _: () = {
    assert!(size_of::<ArchivedRoot>() == size_of::<ArchivedNamedRoot>());
    assert!(offset_of!(ArchivedRoot, data_size) == offset_of!(ArchivedNamedRoot, data_size));
    assert!(offset_of!(ArchivedRoot, version) == offset_of!(ArchivedNamedRoot, version));
    assert!(size_of::<ArchivedRoot>() == size_of::<ArchivedNestedRoot>());
    assert!(offset_of!(ArchivedRoot, data_size) == offset_of!(ArchivedNestedRoot, data_size));
    assert!(offset_of!(ArchivedRoot, version) == offset_of!(ArchivedNestedRoot, version));
};

#[derive(Archive, Serialize)]
pub(super) struct NamedColumn {
    pub(super) name: String,
    /// The kind's text form.
    pub(super) kind: String,
    pub(super) null_count: u64,
    pub(super) validity: Option<Span>,
    pub(super) offsets: Option<Span>,
    pub(super) values: Span,
}

#[derive(Archive, Serialize)]
pub(super) struct NestedColumn {
    pub(super) name: String,
    /// The kind's text form.
    pub(super) kind: String,
    pub(super) null_count: u64,
    pub(super) validity: Option<Span>,
    pub(super) offsets: Option<Span>,
    pub(super) values: Span,
    pub(super) child: Option<RootChild>,
}

/// The items of lists, whose kind is within the column's; or the values of a dictionary, which are text.
#[derive(Archive, Serialize)]
pub(super) struct RootChild {
    pub(super) length: u64,
    pub(super) ordered: bool,
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

impl RootColumn {
    /// Returns the column in format 1, if its kind has a number there.
    fn of(column: &ColumnBuffers) -> Option<Self> {
        if column.child.is_some() {
            return None;
        }
        Some(Self {
            name: column.name.clone(),
            kind: column.kind.code()?,
            null_count: column.null_count as u64,
            validity: column.validity.as_ref().map(Span::from),
            offsets: column.offsets.as_ref().map(Span::from),
            values: Span::from(&column.values),
        })
    }
}

impl NamedColumn {
    /// Returns the column in format 2, if it has no child.
    fn of(column: &ColumnBuffers) -> Option<Self> {
        if column.child.is_some() {
            return None;
        }
        Some(Self {
            name: column.name.clone(),
            kind: column.kind.to_string(),
            null_count: column.null_count as u64,
            validity: column.validity.as_ref().map(Span::from),
            offsets: column.offsets.as_ref().map(Span::from),
            values: Span::from(&column.values),
        })
    }
}

impl From<&ColumnBuffers> for NestedColumn {
    fn from(column: &ColumnBuffers) -> Self {
        Self {
            name: column.name.clone(),
            kind: column.kind.to_string(),
            null_count: column.null_count as u64,
            validity: column.validity.as_ref().map(Span::from),
            offsets: column.offsets.as_ref().map(Span::from),
            values: Span::from(&column.values),
            child: column.child.as_ref().map(RootChild::from),
        }
    }
}

impl From<&Child> for RootChild {
    fn from(Child { length, ordered, buffers }: &Child) -> Self {
        Self {
            length: *length as u64,
            ordered: *ordered,
            null_count: buffers.null_count as u64,
            validity: buffers.validity.as_ref().map(Span::from),
            offsets: buffers.offsets.as_ref().map(Span::from),
            values: Span::from(&buffers.values),
        }
    }
}

/// Returns the bytes that follow the columns' buffers, in the oldest format that has all kinds. Their number depends on
/// the columns' names and kinds only.
pub(super) fn encode<'c>(
    rows: usize,
    data_size: usize,
    columns: impl Iterator<Item = &'c ColumnBuffers> + Clone,
) -> Result<rkyv::util::AlignedVec, TableError> {
    let (rows, data_size, magic) = (rows as u64, data_size as u64, MAGIC);
    let encoded = if let Some(columns) = columns.clone().map(RootColumn::of).collect() {
        rkyv::to_bytes::<rancor::BoxedError>(&Root { rows, data_size, columns, version: NUMBERED, magic })
    } else if let Some(columns) = columns.clone().map(NamedColumn::of).collect() {
        rkyv::to_bytes::<rancor::BoxedError>(&NamedRoot { rows, data_size, columns, version: NAMED, magic })
    } else {
        let columns = columns.map(NestedColumn::from).collect();
        rkyv::to_bytes::<rancor::BoxedError>(&NestedRoot { rows, data_size, columns, version: NESTED, magic })
    };
    encoded.map_err(|error| TableError::Root(error.to_string()))
}
