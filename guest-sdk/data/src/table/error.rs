//! The faults of a table, or of a request to it.

use core::fmt;

use super::ColumnKind;
use super::raw::ColumnBuffers;

/// The reason why a column cannot be read, or a table not be built.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No column has this name, or there are fewer columns.
    #[error("no column {column}{hint}")]
    NoColumn {
        /// The name in backticks, or the position.
        column: String,
        /// The closest name and the existing names.
        hint: String,
    },
    /// Something is wrong with a table that has a name.
    #[error("{table}: {error}")]
    Of {
        /// The table's name, such as ``the input `sales` ``.
        table: String,
        /// The fault.
        error: Box<Self>,
    },
    /// The column is of another kind.
    #[error("column `{column}` is {actual}, not {expected}")]
    WrongKind {
        /// The column's name.
        column: String,
        /// The requested kind.
        expected: Box<ColumnKind>,
        /// The kind of the column.
        actual: Box<ColumnKind>,
    },
    /// The column is read as another kind than its own.
    #[error(
        "column `{column}` is {actual}, not {expected}: a file that it comes from is read so with `types = {{ {key} = \
         \"{expected}\" }}`{also}",
        key = toml_key(column),
        also = also(actual, expected)
    )]
    Misread {
        /// The column's name.
        column: String,
        /// The requested kind.
        expected: Box<ColumnKind>,
        /// The kind of the column.
        actual: Box<ColumnKind>,
    },
    /// A value is not the same as what it is read as.
    #[error("column `{column}` is {kind}, and {value} in row {} has no exact place in {wanted}: read it as {kind}", row + 1)]
    Inexact {
        /// The column's name.
        column: String,
        /// The kind of the column.
        kind: Box<ColumnKind>,
        /// The first such row.
        row: usize,
        /// The value.
        value: String,
        /// The type that it was requested as.
        wanted: &'static str,
    },
    /// Some values are missing, and the reader did not ask for that.
    #[error("column `{column}` has {nulls} missing values: read it with `{reader}`")]
    HasNulls {
        /// The column's name.
        column: String,
        /// The number of missing values.
        nulls: usize,
        /// The method that gives an `Option` for each value.
        reader: &'static str,
    },
    /// Some values are missing, and the field that they are read as has no place for that.
    #[error("column `{column}` has {nulls} missing values: let the field `{field}` be an `Option<{of}>`")]
    FieldHasNulls {
        /// The column's name.
        column: String,
        /// The number of missing values.
        nulls: usize,
        /// The field of the row.
        field: &'static str,
        /// The type of the field.
        of: &'static str,
    },
    /// A value cannot be written to a column of that kind.
    #[error("column `{column}` is {kind}, and {value} in row {} has no exact place there", row + 1)]
    NoPlace {
        /// The column's name.
        column: String,
        /// The kind of the column.
        kind: Box<ColumnKind>,
        /// The first such row.
        row: usize,
        /// The value.
        value: String,
    },
    /// The field of a row does not say of which kind its column is.
    #[error("column `{column}` cannot be made of the field `{field}`: {reason}")]
    FieldKind {
        /// The column's name.
        column: String,
        /// The field of the row.
        field: &'static str,
        /// The fault.
        reason: String,
    },
    /// The column was declared without missing values.
    #[error("column `{column}` takes no missing values: declare it with `.nullable()`")]
    NotNullable {
        /// The column's name.
        column: String,
    },
    /// A column's buffers contradict themselves.
    #[error("column `{column}` is damaged: {reason}")]
    Corrupt {
        /// The column's name.
        column: String,
        /// The fault.
        reason: &'static str,
    },
    /// Two columns have one name.
    #[error("two columns are called `{column}`")]
    Duplicate {
        /// Their name.
        column: String,
    },
    /// `nullable` stands before any column.
    #[error("`.nullable()` must follow the column that it is about")]
    NothingToMark,
    /// A column is longer or shorter than the table.
    #[error("column `{column}` has {actual} rows, the table has {expected}")]
    Rows {
        /// The column's name.
        column: String,
        /// The table's rows.
        expected: usize,
        /// The column's rows.
        actual: usize,
    },
    /// A text column's room is used up.
    #[error("column `{column}` was given room for {capacity} bytes of text: no more than that fits")]
    TextFull {
        /// The column's name.
        column: String,
        /// The room declared for its text, in bytes.
        capacity: usize,
    },
    /// A table with columns that grow was built in an area that does not.
    #[error("the room of column `{column}` grows: build the table with `TableSpec::build` instead of `build_in`")]
    Aside {
        /// The first such column.
        column: String,
    },
    /// Some items of lists are missing, and the reader did not ask for that.
    #[error("column `{column}` has {nulls} missing items in its lists: read them as `Option<{item}>`")]
    HasNullItems {
        /// The column's name.
        column: String,
        /// The number of missing items.
        nulls: usize,
        /// The requested type.
        item: &'static str,
    },
    /// The column was declared without missing items.
    #[error("the lists of column `{column}` take no missing items: declare it with `Room::with_missing_items`")]
    ItemNotNullable {
        /// The column's name.
        column: String,
    },
    /// A column's room for items is used up.
    #[error("column `{column}` was given room for {capacity} items: no more than that fit")]
    ItemsFull {
        /// The column's name.
        column: String,
        /// The room declared for the items of its lists, or for the values of its dictionary.
        capacity: usize,
    },
    /// A text column is no dictionary.
    #[error("column `{column}` is no dictionary: read it with `text`")]
    NoDictionary {
        /// The column's name.
        column: String,
    },
    /// Dictionaries in order are not in the same one.
    #[error(
        "the values of column `{column}` are in an order that means something, and `{value}` has another place in it \
         elsewhere: files that they come from are read as plain text with `dictionary = false`"
    )]
    Order {
        /// The column's name.
        column: String,
        /// The first value that does not fit.
        value: String,
    },
    /// The table would pass [`MAX_ARCHIVE_SIZE`](crate::MAX_ARCHIVE_SIZE), or have 2³² rows or more.
    #[error("a table of {rows} rows and {columns} columns does not fit into an archive of 2 GiB: partition the data")]
    TooLarge {
        /// The table's rows.
        rows: usize,
        /// The table's columns.
        columns: usize,
    },
    /// The area to build in starts at an odd address.
    #[error("the area does not start at a multiple of 64 bytes")]
    Misaligned,
    /// rkyv could not write the root, with its reason.
    #[error("the root could not be archived: {0}")]
    Root(String),
}

/// In words: a node that panics with it, by `unwrap`, says so what is wrong.
impl fmt::Debug for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The most names that an error lists.
const LISTED_NAMES: usize = 20;

impl TableError {
    /// Returns the same error with the name of its table.
    pub(super) fn of(self, table: &str) -> Self {
        match self {
            Self::Of { .. } => self,
            error => Self::Of { table: table.to_owned(), error: Box::new(error) },
        }
    }

    /// Creates the error of a column requested by a name.
    pub(super) fn no_column<'n>(column: &str, names: impl Iterator<Item = &'n str> + Clone) -> Self {
        Self::NoColumn { column: format!("`{column}`"), hint: hint(column, names) }
    }

    /// Creates the error of a column requested by a position.
    pub(super) fn no_position(position: usize, columns: usize) -> Self {
        Self::NoColumn { column: position.to_string(), hint: format!(": the table has {columns} columns") }
    }

    /// Creates the error of a column that was read as another kind.
    pub(super) fn misread(column: &ColumnBuffers, expected: ColumnKind) -> Self {
        Self::Misread { column: column.name.clone(), expected: Box::new(expected), actual: Box::new(column.kind) }
    }

    /// Creates the error of a value that is not the same as the type that it was requested as.
    pub(super) fn inexact(column: &ColumnBuffers, row: usize, value: String, wanted: &'static str) -> Self {
        Self::Inexact { column: column.name.clone(), kind: Box::new(column.kind), row, value, wanted }
    }

    pub(super) fn corrupt(column: &str, reason: &'static str) -> Self {
        Self::Corrupt { column: column.to_owned(), reason }
    }
}

/// Returns the other remedy of a column that is read as another kind than its own.
fn also(actual: &ColumnKind, expected: &ColumnKind) -> &'static str {
    use ColumnKind::{Decimal, F32, F64, I32, I64, U64};
    match (actual, expected) {
        (I32 | I64 | U64 | F32 | Decimal(..), F64) => "; a node takes numbers of every kind by `numbers`",
        _ => "",
    }
}

/// Returns a column's name as it is written before a `=` in a manifest.
#[must_use]
pub fn toml_key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(is_bare) {
        return name.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in name.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted += &format!("\\u{:04X}", u32::from(control)),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Returns `; did you mean `x`? (the table has `x`, `y`)`.
fn hint<'n>(wanted: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    let count = names.clone().count();
    if count == 0 {
        return ": the table has no columns".to_owned();
    }
    // A third of the letters may differ, which catches slips and leaves strangers alone.
    let close = names
        .clone()
        .map(|name| (strsim::damerau_levenshtein(wanted, name), name))
        .filter(|(distance, _)| *distance <= wanted.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map_or_else(|| ":".to_owned(), |(_, name)| format!(", did you mean `{name}`?"));
    let listed: Vec<_> = names.take(LISTED_NAMES).map(|name| format!("`{name}`")).collect();
    let more = if count > LISTED_NAMES { format!(" and {} more", count - LISTED_NAMES) } else { String::new() };
    format!("{close} the table has {}{more}", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_with_the_closest_name() {
        let error = TableError::no_column("specis", ["species", "length"].into_iter());
        assert_eq!(error.to_string(), "no column `specis`, did you mean `species`? the table has `species`, `length`");
    }

    #[test]
    fn a_stranger_is_answered_with_all_names() {
        let error = TableError::no_column("weight", ["species", "length"].into_iter());
        assert_eq!(error.to_string(), "no column `weight`: the table has `species`, `length`");
        let error = TableError::no_column("x", std::iter::empty());
        assert_eq!(error.to_string(), "no column `x`: the table has no columns");
    }
}
