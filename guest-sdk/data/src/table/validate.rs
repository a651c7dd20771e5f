//! The check of a table that comes from elsewhere: all of the root's statements, before any is believed.
//!
//! Costs O(columns), whatever the rows. Arithmetic is checked: no root makes it panic or read out of bounds.

use core::mem::offset_of;
use core::ops::Range;
use std::collections::HashSet;

use super::raw::{Child, ColumnBuffers};
use super::root::{
    ArchivedNamedColumn, ArchivedNamedRoot, ArchivedNestedColumn, ArchivedNestedRoot, ArchivedRoot, ArchivedRootChild,
    ArchivedRootColumn, ArchivedSpan, MAGIC, NAME, NAMED, NESTED, NUMBERED,
};
use super::{ColumnKind, TableShape};
use crate::view::access;
use crate::{ARCHIVE_ALIGNMENT, MAX_ARCHIVE_SIZE, ViewError};

/// Reads the root at the end of `bytes`.
pub(super) fn validate(bytes: &[u8]) -> Result<TableShape, ViewError> {
    let data_size = data_size(bytes.len(), bytes)?;
    // The root can reach nothing before `data_size`, so it overlaps no buffer.
    shape(data_size, &bytes[data_size..])
}

/// Returns the content of the root, which is all that follows the first `data_size` bytes of an archive.
pub(super) fn shape(data_size: usize, root: &[u8]) -> Result<TableShape, ViewError> {
    match format(root)? {
        NUMBERED => {
            let root = access::<ArchivedRoot>(NAME, root)?;
            columns(data_size, root.rows.to_native(), root.columns.iter().map(Described::from))
        }
        NAMED => {
            let root = access::<ArchivedNamedRoot>(NAME, root)?;
            columns(data_size, root.rows.to_native(), root.columns.iter().map(Described::from))
        }
        _ => {
            let root = access::<ArchivedNestedRoot>(NAME, root)?;
            columns(data_size, root.rows.to_native(), root.columns.iter().map(Described::from))
        }
    }
}

/// The description of a column in a root of any format.
struct Described<'r> {
    name: &'r str,
    kind: Result<ColumnKind, String>,
    null_count: u64,
    validity: Option<&'r ArchivedSpan>,
    offsets: Option<&'r ArchivedSpan>,
    values: &'r ArchivedSpan,
    child: Option<&'r ArchivedRootChild>,
}

impl<'r> From<&'r ArchivedRootColumn> for Described<'r> {
    fn from(column: &'r ArchivedRootColumn) -> Self {
        let kind = ColumnKind::from_code(column.kind);
        Self {
            name: column.name.as_str(),
            kind: kind.ok_or_else(|| format!("its kind {} is not known", column.kind)),
            null_count: column.null_count.to_native(),
            validity: column.validity.as_ref(),
            offsets: column.offsets.as_ref(),
            values: &column.values,
            child: None,
        }
    }
}

impl<'r> From<&'r ArchivedNamedColumn> for Described<'r> {
    fn from(column: &'r ArchivedNamedColumn) -> Self {
        Self {
            name: column.name.as_str(),
            kind: column.kind.parse().map_err(|error| format!("its kind is not known: {error}")),
            null_count: column.null_count.to_native(),
            validity: column.validity.as_ref(),
            offsets: column.offsets.as_ref(),
            values: &column.values,
            child: None,
        }
    }
}

impl<'r> From<&'r ArchivedNestedColumn> for Described<'r> {
    fn from(column: &'r ArchivedNestedColumn) -> Self {
        Self {
            name: column.name.as_str(),
            kind: column.kind.parse().map_err(|error| format!("its kind is not known: {error}")),
            null_count: column.null_count.to_native(),
            validity: column.validity.as_ref(),
            offsets: column.offsets.as_ref(),
            values: &column.values,
            child: column.child.as_ref(),
        }
    }
}

fn columns<'r>(
    data_size: usize,
    rows: u64,
    described: impl ExactSizeIterator<Item = Described<'r>>,
) -> Result<TableShape, ViewError> {
    let rows = u32::try_from(rows).ok().and_then(|rows| usize::try_from(rows).ok());
    let rows = rows.ok_or_else(|| invalid("it has 2^32 rows or more".to_owned()))?;

    let mut names = HashSet::with_capacity(described.len());
    let mut columns = Vec::with_capacity(described.len());
    for column in described {
        let name = column.name;
        if !names.insert(name) {
            return Err(invalid(format!("two columns are called `{name}`")));
        }
        let column =
            Buffers { rows, data_size }.of(column).map_err(|reason| invalid(format!("column `{name}`: {reason}")))?;
        columns.push(column);
    }
    Ok(TableShape { rows, columns })
}

fn invalid(reason: String) -> ViewError {
    ViewError::Invalid { schema: NAME, reason }
}

/// Returns the format, which has the same place in every one, with the magic; `end` is the end of the archive.
fn format(end: &[u8]) -> Result<u32, ViewError> {
    let Some((rest, magic)) = end.split_last_chunk::<{ MAGIC.len() }>() else {
        let (needed, actual) = (size_of::<ArchivedRoot>(), end.len());
        return Err(ViewError::Truncated { schema: NAME, needed, actual });
    };
    if *magic != MAGIC {
        return Err(invalid("it does not end as a table does".to_owned()));
    }
    let found = rest.last_chunk::<4>().map_or(0, |version| u32::from_le_bytes(*version));
    match found {
        0 => Err(invalid("it has no version".to_owned())),
        NUMBERED | NAMED | NESTED => Ok(found),
        found => Err(ViewError::NewerFormat { schema: NAME, found, supported: NESTED }),
    }
}

/// Returns the end of the buffers of an archive of `actual` bytes, at which the root's data begins; `end` is its end.
pub(super) fn data_size(actual: usize, end: &[u8]) -> Result<usize, ViewError> {
    if actual > MAX_ARCHIVE_SIZE {
        return Err(invalid("it is larger than 2 GiB".to_owned()));
    }
    format(end)?;
    let needed = size_of::<ArchivedRoot>();
    let root = end.last_chunk::<{ size_of::<ArchivedRoot>() }>();
    let root = root.ok_or(ViewError::Truncated { schema: NAME, needed, actual })?;
    let field = root[offset_of!(ArchivedRoot, data_size)..].first_chunk::<8>();
    field
        .and_then(|field| to_usize(u64::from_le_bytes(*field)))
        .filter(|size| *size <= actual - needed && size.is_multiple_of(ARCHIVE_ALIGNMENT))
        .ok_or_else(|| invalid("its buffers end outside of the archive".to_owned()))
}

/// The number of bytes of a code.
const CODE: usize = 4;

/// The limits of a column's buffers.
struct Buffers {
    rows: usize,
    data_size: usize,
}

impl Buffers {
    fn of(&self, column: Described<'_>) -> Result<ColumnBuffers, String> {
        let kind = column.kind?;
        let bits = self.rows.div_ceil(8);
        let validity = self.optional(column.validity, "validity", Some(bits))?;
        let null_count = to_usize(column.null_count).filter(|nulls| *nulls <= self.rows);
        let null_count = null_count.ok_or("more values are missing than it has")?;
        if null_count > 0 && validity.is_none() {
            return Err("values are missing, but it has no validity".to_owned());
        }
        let child = match (kind, column.child) {
            (ColumnKind::List(item), Some(child)) => Some(self.child(column.name, item.kind(), child)?),
            (ColumnKind::List(_), None) => return Err("it has no items".to_owned()),
            (ColumnKind::Text, Some(child)) => Some(self.dictionary(column.name, child)?),
            (_, Some(_)) => return Err("only lists and text have children".to_owned()),
            (_, None) => None,
        };
        // On a 32-bit target the product may not fit; then it cannot be in bounds either.
        let width = if kind == ColumnKind::Text && child.is_some() { Some(CODE) } else { kind.width() };
        let length = match width {
            Some(width) => Some(self.rows.checked_mul(width).ok_or("it has too many rows")?),
            None if kind == ColumnKind::Bool => Some(bits),
            None if child.is_some() => Some(0),
            None => None,
        };
        let offsets = match kind {
            ColumnKind::Text | ColumnKind::Binary | ColumnKind::List(_) if width.is_none() => {
                let count = self.rows.checked_add(1).and_then(|count| count.checked_mul(size_of::<i32>()));
                let count = count.ok_or("it has too many rows")?;
                Some(self.optional(column.offsets, "offsets", Some(count))?.ok_or("it has no offsets")?)
            }
            _ if column.offsets.is_some() => return Err("only text, binary and lists have offsets".to_owned()),
            _ => None,
        };
        let values = self.span(column.values, "values", length)?;
        Ok(ColumnBuffers { name: column.name.to_owned(), kind, null_count, validity, offsets, values, child })
    }

    /// Returns the values of a dictionary, none of which is missing.
    fn dictionary(&self, name: &str, child: &ArchivedRootChild) -> Result<Child, String> {
        let child = self.child(name, ColumnKind::Text, child)?;
        if child.buffers.validity.is_some() {
            return Err("its dictionary: values may be missing".to_owned());
        }
        Ok(child)
    }

    fn child(&self, name: &str, kind: ColumnKind, child: &ArchivedRootChild) -> Result<Child, String> {
        let rows = u32::try_from(child.length.to_native()).ok().and_then(|rows| usize::try_from(rows).ok());
        let rows = rows.ok_or("it has 2^32 items or more")?;
        let described = Described {
            name,
            kind: Ok(kind),
            null_count: child.null_count.to_native(),
            validity: child.validity.as_ref(),
            offsets: child.offsets.as_ref(),
            values: &child.values,
            child: None,
        };
        let buffers = Self { rows, data_size: self.data_size }.of(described);
        let buffers = buffers.map_err(|reason| format!("its items: {reason}"))?;
        Ok(Child { length: rows, ordered: child.ordered, buffers: Box::new(buffers) })
    }

    fn optional(
        &self,
        span: Option<&ArchivedSpan>,
        what: &str,
        length: Option<usize>,
    ) -> Result<Option<Range<usize>>, String> {
        span.map(|span| self.span(span, what, length)).transpose()
    }

    /// Returns the span as a range, in bounds and aligned, of `length` bytes if that is known.
    fn span(&self, span: &ArchivedSpan, what: &str, length: Option<usize>) -> Result<Range<usize>, String> {
        let (start, actual) = (span.offset.to_native(), span.length.to_native());
        let range = start.checked_add(actual).and_then(|end| Some(to_usize(start)?..to_usize(end)?));
        let range = range.filter(|range| range.end <= self.data_size);
        let range = range.ok_or_else(|| format!("its {what} lie outside of the archive"))?;
        if !range.start.is_multiple_of(ARCHIVE_ALIGNMENT) {
            return Err(format!("its {what} are misaligned"));
        }
        match length {
            Some(length) if length != range.len() => {
                Err(format!("its {what} take {} bytes instead of {length}", range.len()))
            }
            _ => Ok(range),
        }
    }
}

fn to_usize(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}
