//! The first difference between two values of one schema, for people.

use std::fmt;

use wpipe_buffer::Buffer;
use wpipe_data::{Table, View};

use crate::table::{Cell, cells, print};

/// The number of characters of a value that are shown.
const SHOWN: usize = 40;

/// The first difference between two values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// Tables do not have the same columns: those that only one of them has, or the same in another order.
    Columns {
        /// The columns of the first table.
        first: Vec<String>,
        /// The columns of the second table.
        second: Vec<String>,
    },
    /// A column holds another kind of values.
    Kind {
        /// The column.
        column: String,
        /// The kind in the first table.
        first: String,
        /// The kind in the second table.
        second: String,
    },
    /// Tables do not have the same number of rows.
    Rows {
        /// The number in the first table.
        first: usize,
        /// The number in the second table.
        second: usize,
    },
    /// A value differs.
    Value {
        /// The column.
        column: String,
        /// The row, from 1.
        row: usize,
        /// The value in the first table; `None` if it is missing.
        first: Option<String>,
        /// The value in the second table; `None` if it is missing.
        second: Option<String>,
    },
    /// A byte differs, or one value ends before it.
    Bytes {
        /// The byte, from 0.
        offset: usize,
        /// The byte of the first value; `None` behind its end.
        first: Option<u8>,
        /// The byte of the second value; `None` behind its end.
        second: Option<u8>,
    },
    /// One of them does not fit its schema.
    Damaged {
        /// The reason.
        reason: String,
    },
}

/// Returns the first difference between two values of the type `schema`: of tables by column and row, of anything else
/// by byte. The layout of a table does not count; missing values, the bits of every number and the order of the columns
/// do, but for NaNs, which are all the same.
pub fn compare(a: &Buffer, b: &Buffer, schema: &str) -> Option<Difference> {
    let damaged = |error: &dyn fmt::Display| Some(Difference::Damaged { reason: error.to_string() });
    let (a, b) = match (a.bytes(), b.bytes()) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(error), _) | (_, Err(error)) => return damaged(&error),
    };
    if schema != <Table<'_> as View>::NAME {
        return bytes(a, b);
    }
    match (Table::view(a), Table::view(b)) {
        (Ok(a), Ok(b)) => tables(&a, &b),
        (Err(error), _) | (_, Err(error)) => damaged(&error),
    }
}

fn bytes(a: &[u8], b: &[u8]) -> Option<Difference> {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (first, second) = (a.get(same).copied(), b.get(same).copied());
    (first != second).then_some(Difference::Bytes { offset: same, first, second })
}

fn tables(a: &Table<'_>, b: &Table<'_>) -> Option<Difference> {
    let names = |table: &Table<'_>| table.columns().map(|column| column.name.to_owned()).collect::<Vec<_>>();
    let (first, second) = (names(a), names(b));
    if first != second {
        return Some(columns(first, second));
    }
    for (first, second) in a.columns().zip(b.columns()) {
        if first.kind != second.kind {
            let column = first.name.to_owned();
            let (first, second) = (first.kind.to_string(), second.kind.to_string());
            return Some(Difference::Kind { column, first, second });
        }
    }
    if a.rows() != b.rows() {
        return Some(Difference::Rows { first: a.rows(), second: b.rows() });
    }
    let (first_cells, second_cells) = match (cells(a), cells(b)) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(error), _) | (_, Err(error)) => return Some(Difference::Damaged { reason: error.to_string() }),
    };
    for (column, (first, second)) in first.iter().zip(first_cells.iter().zip(&second_cells)) {
        let differing =
            (0..a.rows()).map(|row| (row, first.at(row), second.at(row))).find(|(_, a, b)| !is_same(*a, *b));
        if let Some((row, first, second)) = differing {
            let (first, second) = (first.map(shown), second.map(shown));
            return Some(Difference::Value { column: column.clone(), row: row + 1, first, second });
        }
    }
    None
}

/// Returns the columns that only one has, or all of them if their order differs.
fn columns(first: Vec<String>, second: Vec<String>) -> Difference {
    let without = |of: &[String], other: &[String]| -> Vec<String> {
        of.iter().filter(|name| !other.contains(name)).cloned().collect()
    };
    let (only_first, only_second) = (without(&first, &second), without(&second, &first));
    if only_first.is_empty() && only_second.is_empty() {
        return Difference::Columns { first, second };
    }
    Difference::Columns { first: only_first, second: only_second }
}

fn is_same(a: Option<Cell<'_>>, b: Option<Cell<'_>>) -> bool {
    match (a, b) {
        (Some(Cell::F32(a)), Some(Cell::F32(b))) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Some(Cell::F64(a)), Some(Cell::F64(b))) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Some(Cell::List(a)), Some(Cell::List(b))) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b))
        }
        (a, b) => a == b,
    }
}

fn shown(cell: Cell<'_>) -> String {
    let mut text = String::new();
    // A text takes every write.
    let _ = print(cell, &mut text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns { first, second } => {
                write!(f, "the columns differ: {} and {}", listed(first), listed(second))
            }
            Self::Kind { column, first, second } => write!(f, "column `{column}` holds {first} and {second}"),
            Self::Rows { first, second } => write!(f, "there are {first} and {second} rows"),
            Self::Value { column, row, first, second } => {
                write!(f, "column `{column}`, row {row}: {} and {}", value(first), value(second))
            }
            Self::Bytes { offset, first, second } => {
                write!(f, "byte {offset}: {} and {}", byte(*first), byte(*second))
            }
            Self::Damaged { reason } => write!(f, "one of them cannot be read: {reason}"),
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    wpipe_text::list(names)
}

fn value(value: &Option<String>) -> String {
    value.as_ref().map_or("nothing".to_owned(), |value| format!("`{value}`"))
}

fn byte(byte: Option<u8>) -> String {
    byte.map_or("the end".to_owned(), |byte| format!("0x{byte:02x}"))
}
