//! Columns of numbers of any kind, read as floats: a price is a price, whether a file has whole ones, fractions or decimals.

use core::fmt;

use super::bits;
use super::decimal::to_float;
use super::raw::ColumnBuffers;
use super::rows::Rows;
use super::{ColumnIndex, ColumnKind, Nullable, Table, TableError};

/// The numbers of a column, as floats.
#[derive(Clone, Copy)]
pub struct NumberColumn<'t>(Numbers<'t>);

#[derive(Clone, Copy)]
enum Numbers<'t> {
    I32(&'t [i32]),
    I64(&'t [i64]),
    U64(&'t [u64]),
    F32(&'t [f32]),
    F64(&'t [f64]),
    /// Decimals of a scale.
    Decimal(&'t [i128], i8),
}

impl<'t> NumberColumn<'t> {
    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Numbers::I32(values) => values.len(),
            Numbers::I64(values) => values.len(),
            Numbers::U64(values) => values.len(),
            Numbers::F32(values) => values.len(),
            Numbers::F64(values) => values.len(),
            Numbers::Decimal(values, _) => values.len(),
        }
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number in a row; of a decimal, the nearest float.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[must_use]
    pub fn get(&self, row: usize) -> f64 {
        match self.0 {
            Numbers::I32(values) => values[row].into(),
            Numbers::I64(values) => values[row] as f64,
            Numbers::U64(values) => values[row] as f64,
            Numbers::F32(values) => values[row].into(),
            Numbers::F64(values) => values[row],
            Numbers::Decimal(values, scale) => to_float(values[row], scale),
        }
    }

    /// Returns all numbers in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = f64> + use<'t> {
        let column = *self;
        (0..self.len()).map(move |row| column.get(row))
    }
}

impl Rows for NumberColumn<'_> {
    type Item = f64;

    fn row(&self, row: usize) -> f64 {
        self.get(row)
    }
}

impl fmt::Debug for NumberColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Table<'_> {
    /// Returns the numbers of a column of any numeric kind, as floats. Whole numbers of 64 bits are checked once: O(rows).
    ///
    /// A file of prices that are all whole is read as one of `i64`, and a database may have decimals: a node that asks for
    /// numbers takes each. A decimal is the nearest float, as if it had been read from text.
    ///
    /// ```
    /// use wpipe_data::Table;
    ///
    /// let table = Table::from_columns([("price", vec![3_i32, 4].into())])?;
    /// assert_eq!(table.numbers("price")?.iter().sum::<f64>(), 7.0);
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it has no numbers, if values are missing, or if a whole number has no exact
    /// place among floats.
    pub fn numbers(&self, which: impl ColumnIndex) -> Result<NumberColumn<'_>, TableError> {
        let at = which.position(self)?;
        self.complete(&self.columns[at], "nullable_numbers")?;
        self.numbers_at(at)
    }

    /// Returns the numbers of a column as [`numbers`](Self::numbers) does, in which some may be missing.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it has no numbers, if its validity map is wrong, or if a whole number has no
    /// exact place among floats.
    pub fn nullable_numbers(&self, which: impl ColumnIndex) -> Result<Nullable<'_, NumberColumn<'_>>, TableError> {
        let at = which.position(self)?;
        self.with_validity(&self.columns[at], self.numbers_at(at)?)
    }

    fn numbers_at(&self, at: usize) -> Result<NumberColumn<'_>, TableError> {
        let column = &self.columns[at];
        Ok(NumberColumn(match column.kind {
            ColumnKind::I32 => Numbers::I32(self.values(column)?),
            ColumnKind::I64 => Numbers::I64(self.exact(column, self.values::<i64>(column)?)?),
            ColumnKind::U64 => Numbers::U64(self.exact(column, self.values::<u64>(column)?)?),
            ColumnKind::F32 => Numbers::F32(self.values(column)?),
            ColumnKind::Decimal(_, scale) => Numbers::Decimal(self.values(column)?, scale),
            // A column without any value is one of numbers as well.
            _ => Numbers::F64(self.values_as(at)?),
        }))
    }

    /// Returns whole numbers, all of which have an exact place among floats.
    fn exact<'t, T: Copy + Into<i128>>(&self, column: &ColumnBuffers, values: &'t [T]) -> Result<&'t [T], TableError> {
        let validity = self.validity_of(column, values.len())?;
        for (row, value) in values.iter().enumerate() {
            let value: i128 = (*value).into();
            if value as f64 as i128 != value && validity.is_none_or(|validity| bits::get(validity, row)) {
                let kind = Box::new(column.kind);
                return Err(TableError::Inexact { column: column.name.clone(), kind, row, value });
            }
        }
        Ok(values)
    }
}
