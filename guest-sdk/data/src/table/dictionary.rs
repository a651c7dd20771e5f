//! Text columns that hold each different text once: read as texts, or as codes and values, and written either way.

use core::fmt;
use std::collections::HashMap;

use super::{ColumnMut, TableError, TextColumn};

/// What there is to say of a text column that is laid out as a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dictionary {
    /// How many different values it has; not each of them need be in a row.
    pub values: usize,
    /// Whether they are in an order that means something: `low`, `medium`, `high`.
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

    /// Which value each row has, from 0; 0 where it is missing.
    #[must_use]
    pub fn codes(&self) -> &'t [i32] {
        self.codes
    }

    /// The different values, by code.
    #[must_use]
    pub fn values(&self) -> TextColumn<'t> {
        self.values
    }

    /// Whether the values are in an order that means something.
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

/// The code of each value that a dictionary has so far.
#[derive(Default)]
pub(super) struct Codes(HashMap<String, i32>);

impl Codes {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A dictionary under construction.
pub struct DictionaryMut<'c, 's> {
    column: &'c mut ColumnMut<'s>,
}

impl<'c, 's> DictionaryMut<'c, 's> {
    /// Of a column that is one.
    pub(super) fn new(column: &'c mut ColumnMut<'s>) -> Self {
        Self { column }
    }

    /// The code of a value, which is added behind all others if it is new.
    ///
    /// # Errors
    ///
    /// When the room declared for values or their bytes is used up.
    pub fn code(&mut self, value: &str) -> Result<i32, TableError> {
        let ColumnMut { codes: Codes(codes), child, .. } = &mut *self.column;
        if let Some(code) = codes.get(value) {
            return Ok(*code);
        }
        // A dictionary has values: its buffers say so.
        let values = child.as_mut().expect("a dictionary has values");
        let (next, capacity) = (codes.len(), values.rows());
        let full = || TableError::ItemsFull { column: values.name().to_owned(), capacity };
        let code = i32::try_from(next).ok().filter(|_| next < capacity).ok_or_else(full)?;
        values.text()?.push(value)?;
        codes.insert(value.to_owned(), code);
        Ok(code)
    }

    /// How many values it has so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.column.codes.len()
    }

    /// Whether it has no values yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes of all rows, to be filled at once, with 0 where a value is missing. Whoever asks for them has written every
    /// row.
    ///
    /// # Errors
    ///
    /// When the area does not start where it should.
    pub fn codes(&mut self) -> Result<&mut [i32], TableError> {
        self.column.written.0 = self.column.rows();
        self.column.code_slots()
    }

    /// The codes of values in an order that means something, as far as they keep to that of the values that are there: they
    /// all ascend, and new ones come behind all others.
    pub(super) fn codes_in_order<'v>(&mut self, values: impl Iterator<Item = &'v str>) -> Result<Vec<i32>, TableError> {
        let known = self.len();
        let mut codes: Vec<i32> = Vec::new();
        for value in values {
            let code = self.code(value)?;
            let follows = codes.last().is_none_or(|last| *last < code);
            let is_new = code as usize >= known;
            // Before a new value stand all that were known.
            let has_place = !is_new || code as usize == codes.len();
            if !follows || !has_place {
                return Err(TableError::Order { column: self.column.name().to_owned(), value: value.to_owned() });
            }
            codes.push(code);
        }
        Ok(codes)
    }

    /// Writes the next row.
    pub(super) fn push(&mut self, text: &str) -> Result<(), TableError> {
        let code = self.code(text)?;
        self.push_code(code)
    }

    /// Writes the next row, whose value is missing.
    pub(super) fn push_missing(&mut self) -> Result<(), TableError> {
        self.push_code(0)
    }

    pub(super) fn push_code(&mut self, code: i32) -> Result<(), TableError> {
        let (row, rows) = (self.column.written.0, self.column.rows());
        match self.column.code_slots()?.get_mut(row) {
            Some(slot) => *slot = code,
            None => {
                let (expected, actual) = (rows, row + 1);
                return Err(TableError::Rows { column: self.column.name().to_owned(), expected, actual });
            }
        }
        self.column.written.0 = row + 1;
        Ok(())
    }
}

impl fmt::Debug for DictionaryMut<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DictionaryMut({}: {} values)", self.column.name(), self.len())
    }
}
