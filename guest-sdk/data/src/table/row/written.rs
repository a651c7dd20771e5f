//! Tables from rows of one struct.

use super::typed::Row;
use crate::table::{Table, TableError, TableMut, TableSpec};

impl TableSpec {
    /// Returns the columns of rows, with room for them.
    ///
    /// # Errors
    ///
    /// Fails if a field does not tell the kind of its column, or if two have one name.
    pub fn of_rows<'r, R: Row<'r>>(rows: &[R]) -> Result<Self, TableError> {
        R::declare(rows, Self::new(rows.len()))
    }
}

impl TableMut<'_> {
    /// Writes rows to all columns of a table that is declared for them: by [`TableSpec::of_rows`].
    ///
    /// # Errors
    ///
    /// Fails if it is declared for other rows.
    pub fn fill_rows<'r, R: Row<'r>>(&mut self, rows: &[R]) -> Result<(), TableError> {
        if rows.len() != self.rows() {
            let column = self.columns_mut().first().map_or_else(String::new, |column| column.name().to_owned());
            return Err(TableError::Rows { column, expected: self.rows(), actual: rows.len() });
        }
        R::fill(rows, self.columns_mut())
    }
}

impl Table<'static> {
    /// Creates a table of its own of structs with `#[derive(Row)]`: a column for each field. A node's large outputs are better
    /// written where they stay: by its `Output`.
    ///
    /// ```
    /// use wpipe_data::{Row, Table, TableError};
    /// # use wpipe_sdk_macros::Row;
    ///
    /// #[derive(Row)]
    /// # #[row(crate = wpipe_data)]
    /// struct Total {
    ///     shop: String,
    ///     #[row(rename = "total in EUR")]
    ///     total: Option<f64>,
    /// }
    ///
    /// let totals = [("north", Some(35.0)), ("south", None)];
    /// let table = Table::from_rows(totals.map(|(shop, total)| Total { shop: shop.to_owned(), total }))?;
    /// assert_eq!(table.nullable::<f64>("total in EUR")?.get(0), Some(35.0));
    /// # Ok::<(), TableError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if a field does not tell the kind of its column or has a value that this does not have, or if all rows do not
    /// fit into an archive.
    pub fn from_rows<'r, R: Row<'r>>(rows: impl IntoIterator<Item = R>) -> Result<Self, TableError> {
        let rows: Vec<R> = rows.into_iter().collect();
        Self::build(&TableSpec::of_rows(&rows)?, |table| table.fill_rows(&rows))
    }
}
