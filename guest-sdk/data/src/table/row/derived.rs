//! The functions that derived code calls. Nothing here is for people: it changes without notice.

use super::field::{Cell as _, Field};
use crate::table::{ColumnKind, ColumnMut, Room, Table, TableError, TableSpec};

/// What the attributes of a field say of its column.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub struct Form {
    /// The field's name.
    pub field: &'static str,
    /// The column's name, and those that it may have as well.
    pub names: &'static [&'static str],
    /// The kind of a column that is written.
    pub kind: Option<&'static str>,
    /// True if a text is written as a dictionary.
    pub dictionary: bool,
}

impl Form {
    /// Returns the column's place in a table.
    fn place(&self, table: &Table<'_>) -> Result<usize, TableError> {
        let place = |name: &&str| table.columns.iter().position(|column| column.name == *name);
        let name = self.names.first().copied().unwrap_or_default();
        let names = table.columns.iter().map(|column| column.name.as_str());
        self.names.iter().find_map(place).ok_or_else(|| TableError::no_column(name, names))
    }
}

/// Returns the column of a field.
#[doc(hidden)]
pub fn column<'t, F: Field<'t>>(table: &'t Table<'_>, form: Form) -> Result<F::Column, TableError> {
    F::column(table, form.place(table)?, form.field)
}

/// Returns the column of a field that has a default.
#[doc(hidden)]
pub fn column_if_there<'t, F: Field<'t>>(table: &'t Table<'_>, form: Form) -> Result<Option<F::Column>, TableError> {
    form.place(table).ok().map(|place| F::column(table, place, form.field)).transpose()
}

/// Declares the column of a field, whose values in all rows are `cells`.
#[doc(hidden)]
pub fn declare<'t, 'c, F: Field<'t> + 'c>(
    spec: TableSpec,
    form: Form,
    cells: impl Iterator<Item = &'c F>,
) -> Result<TableSpec, TableError>
where
    F::Cell: 'c,
{
    let name = form.names.first().copied().unwrap_or_default();
    let wrong = |reason: String| TableError::FieldKind { column: name.to_owned(), field: form.field, reason };
    let kind = match form.kind {
        Some(kind) => kind.parse().map_err(|error| wrong(format!("{error}")))?,
        None => F::Cell::kind()
            .ok_or_else(|| wrong("say how many digits it has, as in `#[row(kind = \"decimal(10, 2)\")]`".to_owned()))?,
    };
    if form.dictionary && kind != ColumnKind::Text {
        return Err(wrong(format!("only text has a dictionary, and it is {kind}")));
    }
    // How many texts are different is known only when all are written.
    let room = if form.dictionary { Room::growing() } else { F::Cell::room(cells.filter_map(F::cell)) };
    let spec = spec.column_with(name, kind, room);
    let spec = if form.dictionary { spec.encoded(false) } else { spec };
    Ok(if F::NULLABLE { spec.nullable() } else { spec })
}

/// Writes the values of a field in all rows to its column.
#[doc(hidden)]
pub fn fill<'t, 'c, F: Field<'t> + 'c>(
    column: &mut ColumnMut<'_>,
    cells: impl Iterator<Item = &'c F>,
) -> Result<(), TableError>
where
    F::Cell: 'c,
{
    F::Cell::fill(cells.map(F::cell), column)
}
