//! Numbers and truth values as fields of rows.

use super::field::Cell;
use crate::table::{BoolColumn, ColumnKind, ColumnMut, NumberColumn, Table, TableError, Value};

/// Writes values of fixed width to all rows of a column.
pub(super) fn fill_values<'c, C: 'c, T: Value>(
    cells: impl Iterator<Item = Option<&'c C>>,
    to: &mut ColumnMut<'_>,
    of: impl Fn(&C) -> T,
) -> Result<(), TableError> {
    if !to.is_nullable() {
        let slots = to.values::<T>()?.iter_mut();
        slots.zip(cells).for_each(|(slot, cell)| *slot = cell.map_or_else(T::zeroed, &of));
        return Ok(());
    }
    let mut slots = to.nullable_values::<T>()?;
    cells.enumerate().for_each(|(row, cell)| slots.set(row, cell.map(&of)));
    Ok(())
}

/// Each type is written as the kind behind it, whose values are `as` the last type.
macro_rules! numbers {
    ($($number:ty: $kind:ident as $stored:ty),*) => {$(
        impl<'t> Cell<'t> for $number {
            const NAME: &'static str = stringify!($number);

            type Column = NumberColumn<'t, $number>;

            fn column(table: &'t Table<'_>, at: usize) -> Result<NumberColumn<'t, $number>, TableError> {
                table.numbers_at(at, ColumnKind::$kind)
            }

            #[inline]
            fn of(number: Self) -> Self {
                number
            }

            fn kind() -> Option<ColumnKind> {
                Some(ColumnKind::$kind)
            }

            fn fill<'c>(
                cells: impl Iterator<Item = Option<&'c Self>>,
                to: &mut ColumnMut<'_>,
            ) -> Result<(), TableError> {
                fill_values(cells, to, |number| *number as $stored)
            }
        }
    )*};
}

numbers!(
    i8: I32 as i32, i16: I32 as i32, i32: I32 as i32, i64: I64 as i64, isize: I64 as i64,
    u8: I32 as i32, u16: I32 as i32, u32: I64 as i64, u64: U64 as u64, usize: U64 as u64,
    f32: F32 as f32, f64: F64 as f64
);

impl<'t> Cell<'t> for bool {
    const NAME: &'static str = "bool";

    type Column = BoolColumn<'t>;

    fn column(table: &'t Table<'_>, at: usize) -> Result<BoolColumn<'t>, TableError> {
        Ok(table.nullable_bools(at)?.values())
    }

    #[inline]
    fn of(value: Self) -> Self {
        value
    }

    fn kind() -> Option<ColumnKind> {
        Some(ColumnKind::Bool)
    }

    fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let mut missing = Vec::new();
        let mut bits = to.bools()?;
        for (row, cell) in cells.enumerate() {
            bits.set(row, cell.copied().unwrap_or_default());
            if cell.is_none() {
                missing.push(row);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let mut validity = to.validity()?;
        missing.into_iter().for_each(|row| validity.set(row, false));
        Ok(())
    }
}
