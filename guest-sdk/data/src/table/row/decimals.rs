//! Decimals, and whole numbers of 128 bits, as fields of rows.

use super::field::Cell;
use super::numbers::fill_values;
use crate::table::rows::Rows;
use crate::table::{ColumnKind, ColumnMut, Decimal, NumberColumn, Table, TableError};

/// The decimals of a column of one scale, or whole numbers, which have the scale 0.
#[derive(Debug, Clone, Copy)]
pub struct DecimalColumn<'t> {
    unscaled: Unscaled<'t>,
    scale: i8,
}

#[derive(Debug, Clone, Copy)]
enum Unscaled<'t> {
    Decimals(&'t [i128]),
    Whole(NumberColumn<'t, i128>),
}

impl Rows for DecimalColumn<'_> {
    type Item = Decimal;

    #[inline]
    fn row(&self, row: usize) -> Decimal {
        let unscaled = match self.unscaled {
            Unscaled::Decimals(values) => values[row],
            Unscaled::Whole(numbers) => numbers.get(row),
        };
        Decimal::new(unscaled, self.scale)
    }
}

/// The kind of decimals that a request is told in: the most common one.
const WANTED: ColumnKind = ColumnKind::Decimal(38, 2);

impl<'t> Cell<'t> for Decimal {
    const NAME: &'static str = "Decimal";

    type Column = DecimalColumn<'t>;

    fn column(table: &'t Table<'_>, at: usize) -> Result<DecimalColumn<'t>, TableError> {
        let column = &table.columns[at];
        Ok(match column.kind {
            ColumnKind::Decimal(_, scale) => {
                DecimalColumn { unscaled: Unscaled::Decimals(table.values(column)?), scale }
            }
            // Of floats nobody knows the digits that were meant.
            ColumnKind::F32 | ColumnKind::F64 => return Err(TableError::misread(column, WANTED)),
            _ => DecimalColumn { unscaled: Unscaled::Whole(table.numbers_at(at, WANTED)?), scale: 0 },
        })
    }

    #[inline]
    fn of(decimal: Self) -> Self {
        decimal
    }

    fn kind() -> Option<ColumnKind> {
        None
    }

    fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        fill_decimals(cells, to, |decimal| *decimal)
    }
}

impl<'t> Cell<'t> for i128 {
    const NAME: &'static str = "i128";

    type Column = NumberColumn<'t, Self>;

    fn column(table: &'t Table<'_>, at: usize) -> Result<NumberColumn<'t, Self>, TableError> {
        table.numbers_at(at, ColumnKind::Decimal(38, 0))
    }

    #[inline]
    fn of(number: Self) -> Self {
        number
    }

    fn kind() -> Option<ColumnKind> {
        Some(ColumnKind::Decimal(38, 0))
    }

    fn fill<'c>(cells: impl Iterator<Item = Option<&'c Self>>, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        fill_decimals(cells, to, |number| Decimal::new(*number, 0))
    }
}

/// Writes decimals to all rows of a column, whose scale each takes on.
fn fill_decimals<'c, C: 'c>(
    cells: impl Iterator<Item = Option<&'c C>>,
    to: &mut ColumnMut<'_>,
    of: impl Fn(&C) -> Decimal,
) -> Result<(), TableError> {
    let ColumnKind::Decimal(precision, scale) = to.kind() else {
        // It has the words for it.
        return to.values::<i128>().map(drop);
    };
    let place = |(row, cell): (usize, Option<&C>)| {
        let Some(decimal) = cell.map(&of) else { return Ok(None) };
        let there = decimal.rescaled(precision, scale);
        let unscaled = there.ok_or_else(|| TableError::NoPlace {
            column: to.name().to_owned(),
            kind: Box::new(to.kind()),
            row,
            value: decimal.to_string(),
        })?;
        Ok(Some(unscaled.unscaled))
    };
    let unscaled = cells.enumerate().map(place).collect::<Result<Vec<_>, TableError>>()?;
    fill_values(unscaled.iter().map(Option::as_ref), to, |unscaled: &i128| *unscaled)
}
