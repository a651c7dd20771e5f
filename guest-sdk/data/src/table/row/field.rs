//! The types that a field of a row may have.

use crate::table::rows::Rows;
use crate::table::{ColumnKind, ColumnMut, Nullable, Room, Table, TableError};

/// A type that a field of a row may have, if no value of its column is missing.
///
/// | field | column |
/// |---|---|
/// | `f64`, `f32`, `i8` to `i64`, `u8` to `u64`, `isize`, `usize`, `i128` | of any numeric kind, if each number is the same in both (of a decimal, a float is the nearest one) |
/// | [`Decimal`](crate::table::Decimal) | of decimals of any scale, or of whole numbers |
/// | `bool` | of `bool` |
/// | `&str`, `String`, `Box<str>`, `Rc<str>`, `Arc<str>`, `Cow<str>` | of `text`, by a dictionary or not |
/// | `&[u8]`, `Vec<u8>`, `Box<[u8]>`, `Cow<[u8]>` | of `binary` |
/// | [`Date`](crate::Date) | of `date` |
/// | [`Timestamp`](crate::Timestamp), [`Time`](crate::table::Time), [`Duration`](crate::table::Duration), and those of other units | of such times in any unit, if each is whole in that of the field; of timestamps, in any zone |
/// | `&[f32]` and slices of other numbers and times | of lists of them |
/// | `Vec<f32>`, `Vec<String>`, `Vec<&str>`, `Vec<Option<f64>>` … | of lists |
///
/// A column without any value is one of each kind.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a row",
    label = "no column of a table is read as `{Self}`",
    note = "a field is a number, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>`, `Date`, `Timestamp`, another type of times, \
            `Decimal`, a slice or `Vec` of them for lists, or an `Option` of one of these; leave others out with \
            `#[row(skip)]`"
)]
pub trait Cell<'t>: Sized {
    /// The name of the type.
    #[doc(hidden)]
    const NAME: &'static str;

    /// The column, without regard to missing values.
    #[doc(hidden)]
    type Column: Rows;

    /// Returns the column at `at`, checked.
    #[doc(hidden)]
    fn column(table: &'t Table<'_>, at: usize) -> Result<Self::Column, TableError>;

    /// Returns a value of the column as this type.
    #[doc(hidden)]
    fn of(item: <Self::Column as Rows>::Item) -> Self;

    /// Returns the kind of a column of such values; `None` if they do not tell.
    #[doc(hidden)]
    fn kind() -> Option<ColumnKind>;

    /// Returns the room that values take beyond their rows.
    #[doc(hidden)]
    fn room<'c>(_cells: impl Iterator<Item = &'c Self>) -> Room
    where
        Self: 'c,
    {
        Room::default()
    }

    /// Writes values to the rows of a column, from the first to the last one; `None` if one is missing.
    #[doc(hidden)]
    fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError>
    where
        Self: 'c;
}

/// A type that a field of a row may have: a [`Cell`], or an `Option` of one if values may be missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a row",
    label = "no column of a table is read as `{Self}`",
    note = "a field is a number, `bool`, `&str`, `String`, `&[u8]`, `Vec<u8>`, `Date`, `Timestamp`, another type of times, \
            `Decimal`, a slice or `Vec` of them for lists, or an `Option` of one of these; leave others out with \
            `#[row(skip)]`"
)]
pub trait Field<'t>: Sized {
    /// The type of a value that is there.
    #[doc(hidden)]
    type Cell: Cell<'t>;

    /// The column, checked.
    #[doc(hidden)]
    type Column;

    /// True if values may be missing.
    #[doc(hidden)]
    const NULLABLE: bool;

    /// Returns the column at `at` for the field of that name.
    #[doc(hidden)]
    fn column(table: &'t Table<'_>, at: usize, field: &'static str) -> Result<Self::Column, TableError>;

    /// Returns the value in a row.
    #[doc(hidden)]
    fn read(column: &Self::Column, row: usize) -> Self;

    /// Returns the value, if it is there.
    #[doc(hidden)]
    fn cell(&self) -> Option<&Self::Cell>;
}

impl<'t, C: Cell<'t>> Field<'t> for C {
    type Cell = C;
    type Column = C::Column;

    const NULLABLE: bool = false;

    fn column(table: &'t Table<'_>, at: usize, field: &'static str) -> Result<C::Column, TableError> {
        let values = C::column(table, at)?;
        let (column, nulls) = (&table.columns[at].name, table.columns[at].null_count);
        table.validity_of(&table.columns[at], table.rows())?;
        if nulls > 0 {
            return Err(TableError::FieldHasNulls { column: column.clone(), nulls, field, of: C::NAME });
        }
        Ok(values)
    }

    #[inline]
    fn read(column: &C::Column, row: usize) -> Self {
        C::of(column.row(row))
    }

    fn cell(&self) -> Option<&C> {
        Some(self)
    }
}

impl<'t, C: Cell<'t>> Field<'t> for Option<C> {
    type Cell = C;
    type Column = Nullable<'t, C::Column>;

    const NULLABLE: bool = true;

    fn column(table: &'t Table<'_>, at: usize, _: &'static str) -> Result<Nullable<'t, C::Column>, TableError> {
        table.with_validity(&table.columns[at], C::column(table, at)?)
    }

    #[inline]
    fn read(column: &Nullable<'t, C::Column>, row: usize) -> Self {
        column.get(row).map(C::of)
    }

    fn cell(&self) -> Option<&C> {
        self.as_ref()
    }
}
