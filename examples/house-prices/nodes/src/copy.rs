//! Columns that go from one table into another as they are.

use wpipe_sdk::data::table::{AnyColumn, ColumnMut};
use wpipe_sdk::{Table, TableError, TableSpec};

/// Some columns of a table.
pub(crate) struct Columns<'t> {
    columns: Vec<AnyColumn<'t>>,
    rows: Vec<u32>,
}

impl<'t> Columns<'t> {
    /// Takes the columns whose names are wanted.
    pub(crate) fn of(table: &'t Table<'_>, is_wanted: impl Fn(&str) -> bool) -> Result<Self, TableError> {
        let names = table.columns().map(|column| column.name).filter(|name| is_wanted(name));
        let columns = names.map(|name| AnyColumn::new(table, name)).collect::<Result<_, _>>()?;
        // A table has no more rows than 32 bits count.
        Ok(Self { columns, rows: (0..).take(table.rows()).collect() })
    }

    /// Declares columns like them.
    pub(crate) fn spec(&self) -> TableSpec {
        let spec = TableSpec::new(self.rows.len());
        self.columns.iter().fold(spec, |spec, column| column.declare(spec, &self.rows))
    }

    /// Writes them into the first of these columns.
    pub(crate) fn write(&self, to: &mut [ColumnMut<'_>]) -> Result<(), TableError> {
        self.columns.iter().zip(to).try_for_each(|(column, to)| column.append(0, to))
    }
}
