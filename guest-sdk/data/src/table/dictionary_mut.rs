//! A dictionary on its way into a text column: its values, and the code of each row.

use core::fmt;

use super::{ColumnMut, TableError, out_of_order};

impl<'s> ColumnMut<'s> {
    /// Returns the codes and the values of a text column that is laid out as a dictionary.
    ///
    /// # Errors
    ///
    /// Fails if the column is no dictionary.
    pub fn dictionary(&mut self) -> Result<DictionaryMut<'_, 's>, TableError> {
        if self.is_dictionary() {
            return Ok(DictionaryMut::new(self));
        }
        Err(TableError::NoDictionary { column: self.name().to_owned() })
    }
}

/// A dictionary under construction.
pub struct DictionaryMut<'c, 's> {
    column: &'c mut ColumnMut<'s>,
}

impl<'c, 's> DictionaryMut<'c, 's> {
    /// Creates the dictionary of a column that is one.
    pub(super) fn new(column: &'c mut ColumnMut<'s>) -> Self {
        Self { column }
    }

    /// Returns the code of a value, which is added behind all others if it is new.
    ///
    /// # Errors
    ///
    /// Fails if the room declared for values or their bytes is used up.
    pub fn code(&mut self, value: &str) -> Result<i32, TableError> {
        if let Some(code) = self.column.codes.get(value) {
            return Ok(*code);
        }
        let (next, capacity) = (self.column.codes.len(), self.column.item_room());
        let ColumnMut { codes, child, .. } = &mut *self.column;
        // A dictionary has values: its buffers say so.
        let values = child.as_mut().expect("a dictionary has values");
        let full = || TableError::ItemsFull { column: values.name().to_owned(), capacity };
        let code = i32::try_from(next).ok().filter(|_| next < capacity).ok_or_else(full)?;
        values.text()?.push(value)?;
        codes.insert(value.to_owned(), code);
        Ok(code)
    }

    /// Returns the number of values so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.column.codes.len()
    }

    /// Returns true if it has no values yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the codes of all rows, to be filled at once, with 0 if a value is missing. Every row then counts as
    /// written.
    ///
    /// # Errors
    ///
    /// Fails if the area is misaligned.
    pub fn codes(&mut self) -> Result<&mut [i32], TableError> {
        self.column.written.0 = self.column.rows();
        self.column.code_slots()
    }

    /// Returns the codes of values in an order that means something, as far as they keep to that of the present values:
    /// they all ascend, and new ones come behind all others.
    pub(super) fn codes_in_order<'v>(&mut self, values: impl Iterator<Item = &'v str>) -> Result<Vec<i32>, TableError> {
        let known = self.len();
        let values: Vec<&str> = values.collect();
        let codes = values.iter().map(|value| self.code(value)).collect::<Result<Vec<_>, _>>()?;
        match out_of_order(&codes, known) {
            None => Ok(codes),
            Some(at) => {
                let (column, value) = (self.column.name().to_owned(), values[at].to_owned());
                Err(TableError::Order { column, value })
            }
        }
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
