//! The places of a table's buffers, for codecs that take them over without copying.
//!
//! The host's catalog makes Arrow arrays of these ranges of [`Table::bytes`](super::Table::bytes). The ranges lie
//! inside the archive, are aligned and have the right length; their *content* is as unchecked as any guest's output:
//! give it to constructors that validate.

use core::ops::Range;

use super::ColumnKind;

/// One column's name, kind and buffers; ranges are in bytes from the archive's start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnBuffers {
    /// The column's name, unique within the table.
    pub name: String,
    /// The kind of its values.
    pub kind: ColumnKind,
    /// The number of missing values, by the producer's word; 0 without a validity map, at most the number of rows.
    pub null_count: usize,
    /// The validity map: `rows` bits, least significant first, 1 for a present value. `None`: all are present.
    pub validity: Option<Range<usize>>,
    /// The offsets. For text and binary: `rows + 1` into the values, `i32`. For lists: as many into the items.
    pub offsets: Option<Range<usize>>,
    /// The values of `rows` rows; bits for bool, all bytes together for text and binary, nothing for lists. The `i32`
    /// codes of a text that is laid out as a dictionary.
    pub values: Range<usize>,
    /// The items of a column of lists, or the values that a text's codes count, from 0.
    pub child: Option<Child>,
}

/// The child of a column of lists or of codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The number of items or values.
    pub length: usize,
    /// True if the values of a dictionary are in an order that means something.
    pub ordered: bool,
    /// Their buffers, as those of a column of `length` rows. The name is the column's.
    pub buffers: Box<ColumnBuffers>,
}

impl ColumnBuffers {
    /// Returns true if the column is text by codes.
    #[must_use]
    pub fn is_dictionary(&self) -> bool {
        self.kind == ColumnKind::Text && self.child.is_some()
    }
}
