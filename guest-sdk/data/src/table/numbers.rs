//! Columns of numbers of any kind, read as one type: a price is a price, whether a file has whole ones, fractions or decimals.

use core::fmt;
use core::marker::PhantomData;

use super::bits;
use super::raw::ColumnBuffers;
use super::rows::Rows;
use super::{ColumnIndex, ColumnKind, Decimal, Nullable, Numeric, Table, TableError};

/// The numbers of a column, as `f64` or another [`Numeric`].
#[derive(Clone, Copy)]
pub struct NumberColumn<'t, N = f64> {
    numbers: Numbers<'t>,
    wanted: PhantomData<N>,
}

#[derive(Clone, Copy)]
enum Numbers<'t> {
    I32(&'t [i32]),
    I64(&'t [i64]),
    U64(&'t [u64]),
    F32(&'t [f32]),
    F64(&'t [f64]),
    /// Decimals of a scale.
    Decimal(&'t [i128], i8),
    /// As many rows, none of which has a value.
    None(usize),
}

impl<'t, N: Numeric> NumberColumn<'t, N> {
    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.numbers {
            Numbers::I32(values) => values.len(),
            Numbers::I64(values) => values.len(),
            Numbers::U64(values) => values.len(),
            Numbers::F32(values) => values.len(),
            Numbers::F64(values) => values.len(),
            Numbers::Decimal(values, _) => values.len(),
            Numbers::None(rows) => rows,
        }
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number in a row; of a decimal as a float, the nearest one.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> N {
        match self.numbers {
            Numbers::I32(values) => N::of_whole(values[row].into()),
            Numbers::I64(values) => N::of_whole(values[row]),
            Numbers::U64(values) => N::of_natural(values[row]),
            Numbers::F32(values) => N::of_float(values[row].into()),
            Numbers::F64(values) => N::of_float(values[row]),
            Numbers::Decimal(values, scale) => N::of_decimal(values[row], scale),
            Numbers::None(rows) => {
                assert!(row < rows, "row {row} of {rows}");
                N::of_whole(0)
            }
        }
    }

    /// Returns all numbers in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = N> + use<'t, N> {
        let column = *self;
        (0..self.len()).map(move |row| column.get(row))
    }
}

impl<N: Numeric> Rows for NumberColumn<'_, N> {
    type Item = N;

    #[inline]
    fn row(&self, row: usize) -> N {
        self.get(row)
    }
}

impl<N: Numeric> fmt::Debug for NumberColumn<'_, N> {
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
        self.named_errors(|| {
            let at = which.position(self)?;
            self.complete(&self.columns[at], "nullable_numbers")?;
            self.numbers_at(at, ColumnKind::F64)
        })
    }

    /// Returns the numbers of a column as [`numbers`](Self::numbers) does, in which some may be missing.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it has no numbers, if its validity map is wrong, or if a whole number has no
    /// exact place among floats.
    pub fn nullable_numbers(&self, which: impl ColumnIndex) -> Result<Nullable<'_, NumberColumn<'_>>, TableError> {
        self.named_errors(|| {
            let at = which.position(self)?;
            self.with_validity(&self.columns[at], self.numbers_at(at, ColumnKind::F64)?)
        })
    }

    /// Returns the numbers of the column at `at`, which are all the same as `N`; `wanted` is the kind to ask a file for.
    pub(super) fn numbers_at<N: Numeric>(
        &self,
        at: usize,
        wanted: ColumnKind,
    ) -> Result<NumberColumn<'_, N>, TableError> {
        let column = &self.columns[at];
        let numbers = match column.kind {
            ColumnKind::I32 => {
                let values = self.values(column)?;
                Numbers::I32(self.exact::<N, i32>(column, values, |value| N::has_whole(value.into()))?)
            }
            ColumnKind::I64 => {
                let values = self.values(column)?;
                Numbers::I64(self.exact::<N, i64>(column, values, |value| N::has_whole(value.into()))?)
            }
            ColumnKind::U64 => {
                let values = self.values(column)?;
                Numbers::U64(self.exact::<N, u64>(column, values, |value| N::has_whole(value.into()))?)
            }
            ColumnKind::F32 => {
                let values = self.values(column)?;
                Numbers::F32(self.exact::<N, f32>(column, values, |value| N::has_float(value.into()))?)
            }
            ColumnKind::F64 => {
                let values = self.values(column)?;
                Numbers::F64(self.exact::<N, f64>(column, values, N::has_float)?)
            }
            ColumnKind::Decimal(_, scale) => {
                let values = self.values(column)?;
                Numbers::Decimal(self.exact::<N, i128>(column, values, |value| N::has_decimal(value, scale))?, scale)
            }
            _ if self.has_no_values(column) => Numbers::None(self.rows()),
            _ => return Err(TableError::misread(column, wanted)),
        };
        Ok(NumberColumn { numbers, wanted: PhantomData })
    }

    /// Returns values that are all the same numbers as `N`, as far as they are not missing.
    fn exact<'t, N: Numeric, T: Copy + Into<Shown>>(
        &self,
        column: &ColumnBuffers,
        values: &'t [T],
        is_exact: impl Fn(T) -> bool,
    ) -> Result<&'t [T], TableError> {
        let validity = self.validity_of(column, values.len())?;
        for (row, value) in values.iter().enumerate() {
            if !is_exact(*value) && validity.is_none_or(|validity| bits::get(validity, row)) {
                let value = match ((*value).into(), column.kind) {
                    (Shown::Whole(unscaled), ColumnKind::Decimal(_, scale)) => {
                        Decimal::new(unscaled, scale).to_string()
                    }
                    (Shown::Whole(value), _) => value.to_string(),
                    (Shown::Single(value), _) => value.to_string(),
                    (Shown::Double(value), _) => value.to_string(),
                };
                return Err(TableError::inexact(column, row, value, N::NAME));
            }
        }
        Ok(values)
    }
}

/// A number that is told in an error.
enum Shown {
    Whole(i128),
    Single(f32),
    Double(f64),
}

macro_rules! shown {
    ($($number:ty => $form:ident),*) => {$(
        impl From<$number> for Shown {
            fn from(number: $number) -> Self {
                Self::$form(number.into())
            }
        }
    )*};
}

shown!(i32 => Whole, i64 => Whole, u64 => Whole, i128 => Whole, f32 => Single, f64 => Double);
