//! Text columns that hold each different text once, read as codes and values.

use core::fmt;

use super::rows::Rows;
use super::{TableError, TextColumn};

/// The dictionary of a text column that is laid out as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dictionary {
    /// The number of its different values; not each of them need be in a row.
    pub values: usize,
    /// True if they are in an order that means something: `low`, `medium`, `high`.
    pub ordered: bool,
}

/// The codes and values of a text column that is laid out as a dictionary.
#[derive(Clone, Copy)]
pub struct DictionaryColumn<'t> {
    codes: &'t [i32],
    values: TextColumn<'t>,
    ordered: bool,
}

impl<'t> DictionaryColumn<'t> {
    /// Checks all codes: O(rows).
    pub(super) fn new(
        column: &str,
        codes: &'t [i32],
        values: TextColumn<'t>,
        ordered: bool,
    ) -> Result<Self, TableError> {
        values.coded(column, codes)?;
        Ok(Self { codes, values, ordered })
    }

    /// Returns the code of each row's value, from 0; 0 if it is missing.
    #[must_use]
    pub fn codes(&self) -> &'t [i32] {
        self.codes
    }

    /// Returns the different values, by code.
    #[must_use]
    pub fn values(&self) -> TextColumn<'t> {
        self.values
    }

    /// Returns true if the values are in an order that means something.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.ordered
    }
}

impl fmt::Debug for DictionaryColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DictionaryColumn").field("values", &self.values).field("codes", &self.codes).finish()
    }
}

/// The codes.
impl Rows for DictionaryColumn<'_> {
    type Item = i32;

    fn row(&self, row: usize) -> i32 {
        self.codes[row]
    }
}

/// Returns the first of the values with these codes that is not in the order of those that were `known` before: all
/// ascend, and new ones come behind all others.
#[must_use]
pub fn out_of_order(codes: &[i32], known: usize) -> Option<usize> {
    let fits = |at: usize, code: i32| {
        let follows = at == 0 || codes[at - 1] < code;
        // All known values stand before a new one.
        follows && ((code as usize) < known || code as usize == at)
    };
    codes.iter().enumerate().position(|(at, code)| !fits(at, *code))
}
