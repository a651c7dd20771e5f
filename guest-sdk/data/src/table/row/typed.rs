//! A table as rows of one struct.

use core::fmt;
use core::ops::Range;

use crate::table::{ColumnMut, Table, TableError, TableSpec};

/// A struct whose fields are columns: `#[derive(Row)]`.
///
/// A field is a column of its name, of a type for which there is a [`Cell`](super::Cell), or an `Option` of one if values may
/// be missing. Texts, bytes and lists can be borrowed from the table, by the struct's only lifetime.
///
/// | attribute | |
/// |---|---|
/// | `#[row(rename = "unit price")]` | the column's name |
/// | `#[row(alias = "price")]` | another name that the column may have, where it is read |
/// | `#[row(default)]`, `#[row(default = function)]` | the value in each row if there is no such column |
/// | `#[row(skip)]` | no column: its value is that of `Default` |
/// | `#[row(kind = "decimal(10, 2)")]` | the kind of the column that is written, as in the option `types`: the zone of timestamps, and the places of a [`Decimal`](crate::table::Decimal), which needs it |
/// | `#[row(dictionary)]` | a text is written as a dictionary, once for all rows that have it |
/// | `#[row(rename_all = "camelCase")]`, on the struct | names of columns from those of fields; also `lowercase`, `UPPERCASE`, `PascalCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` |
/// | `#[row(crate = wpipe::data)]`, on the struct | the path of `wpipe-data` |
pub trait Row<'t>: Sized {
    /// The columns of all fields, checked.
    #[doc(hidden)]
    type Columns;

    /// Returns the columns of a table.
    #[doc(hidden)]
    fn columns(table: &'t Table<'_>) -> Result<Self::Columns, TableError>;

    /// Returns a row.
    #[doc(hidden)]
    fn read(columns: &Self::Columns, row: usize) -> Self;

    /// Declares a column for each field, with room for rows.
    #[doc(hidden)]
    fn declare(rows: &[Self], spec: TableSpec) -> Result<TableSpec, TableError>;

    /// Writes rows to the columns that are declared for them.
    #[doc(hidden)]
    fn fill(rows: &[Self], columns: &mut [ColumnMut<'_>]) -> Result<(), TableError>;
}

/// The rows of a table as structs, read in place.
pub struct TypedRows<'t, R: Row<'t>> {
    columns: R::Columns,
    rows: usize,
}

impl<'t, R: Row<'t>> TypedRows<'t, R> {
    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns true if the table has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> R {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        R::read(&self.columns, row)
    }

    /// Returns all rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = R> + DoubleEndedIterator + use<'_, 't, R> {
        (0..self.rows).map(|row| R::read(&self.columns, row))
    }
}

impl<'t, R: Row<'t>> IntoIterator for TypedRows<'t, R> {
    type Item = R;
    type IntoIter = IntoTypedRows<'t, R>;

    fn into_iter(self) -> IntoTypedRows<'t, R> {
        let left = 0..self.rows;
        IntoTypedRows { rows: self, left }
    }
}

impl<'t, R: Row<'t>> fmt::Debug for TypedRows<'t, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedRows").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Rows one by one, in order.
pub struct IntoTypedRows<'t, R: Row<'t>> {
    rows: TypedRows<'t, R>,
    left: Range<usize>,
}

impl<'t, R: Row<'t>> Iterator for IntoTypedRows<'t, R> {
    type Item = R;

    #[inline]
    fn next(&mut self) -> Option<R> {
        self.left.next().map(|row| R::read(&self.rows.columns, row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }

    fn nth(&mut self, skipped: usize) -> Option<R> {
        self.left.nth(skipped).map(|row| R::read(&self.rows.columns, row))
    }
}

impl<'t, R: Row<'t>> DoubleEndedIterator for IntoTypedRows<'t, R> {
    fn next_back(&mut self) -> Option<R> {
        self.left.next_back().map(|row| R::read(&self.rows.columns, row))
    }
}

impl<'t, R: Row<'t>> ExactSizeIterator for IntoTypedRows<'t, R> {}

impl<'t, R: Row<'t>> fmt::Debug for IntoTypedRows<'t, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoTypedRows").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<'a> Table<'a> {
    /// Returns the rows as structs with `#[derive(Row)]`. Names, kinds, missing values and texts are checked once; then a row
    /// costs little.
    ///
    /// ```
    /// use wpipe_data::{Row, Table, TableError};
    /// # use wpipe_sdk_macros::Row;
    ///
    /// #[derive(Row)]
    /// # #[row(crate = wpipe_data)]
    /// struct Sale<'t> {
    ///     shop: &'t str,
    ///     amount: f64,
    ///     note: Option<String>,
    /// }
    ///
    /// fn total(sales: &Table) -> Result<f64, TableError> {
    ///     let mut total = 0.0;
    ///     for sale in sales.rows_as::<Sale>()? {
    ///         if sale.shop == "north" && sale.note.is_none() {
    ///             total += sale.amount;
    ///         }
    ///     }
    ///     Ok(total)
    /// }
    ///
    /// let sales = Table::from_columns([
    ///     ("shop", vec!["north", "south"].into()),
    ///     ("amount", vec![3_i64, 5].into()),
    ///     ("note", vec![None, Some("late")].into()),
    /// ])?;
    /// assert_eq!(total(&sales)?, 3.0);
    /// # Ok::<(), TableError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if a field has no column, or its column is of another kind, lacks values, or has some that the field's type
    /// does not have.
    pub fn rows_as<'t, R: Row<'t>>(&'t self) -> Result<TypedRows<'t, R>, TableError>
    where
        'a: 't,
    {
        self.named_errors(|| Ok(TypedRows { columns: R::columns(self)?, rows: self.rows() }))
    }
}
