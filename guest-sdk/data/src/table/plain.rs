//! Columns of any kind but lists and dictionaries, of which rows are copied.

use super::fixed::FixedColumn;
use super::rows::Rows;
use super::{BinaryColumn, BoolColumn, ColumnKind, ColumnMut, ItemKind, Nullable, Table, TableError};

/// Values, or the items of lists.
#[derive(Clone, Copy)]
pub(super) enum Plain<'t> {
    Bits(Nullable<'t, BoolColumn<'t>>),
    /// Text and binary.
    Varied(Nullable<'t, BinaryColumn<'t>>),
    /// Values of one width in bytes.
    Fixed(Nullable<'t, FixedColumn<'t>>),
}

impl<'t> Plain<'t> {
    /// Returns the values of the column at `at`. Checks all texts once: O(rows + bytes).
    pub(super) fn of(table: &'t Table<'_>, at: usize, kind: ColumnKind) -> Result<Self, TableError> {
        if kind == ColumnKind::Text {
            table.nullable_text(at)?;
        }
        Ok(match kind {
            ColumnKind::Bool => Self::Bits(table.nullable_bools(at)?),
            kind if kind.has_offsets() => Self::Varied(table.nullable_varied(at)?),
            _ => Self::Fixed(table.nullable_fixed(at)?),
        })
    }

    /// Returns the items of the lists of the column at `at`. Checks all texts once.
    pub(super) fn items(table: &'t Table<'_>, at: usize, kind: ItemKind) -> Result<Self, TableError> {
        if kind == ItemKind::Text {
            table.item_texts(at)?;
        }
        Ok(match kind {
            ItemKind::Bool => Self::Bits(table.with_missing_items(at, table.item_bits(at)?)?),
            ItemKind::Text | ItemKind::Binary => Self::Varied(table.item_varied(at)?),
            _ => Self::Fixed(table.item_fixed(at)?),
        })
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bits(bits) => bits.len(),
            Self::Varied(values) => values.len(),
            Self::Fixed(values) => values.len(),
        }
    }

    /// Returns true if values may be missing.
    pub(super) fn is_nullable(&self) -> bool {
        match self {
            Self::Bits(bits) => bits.is_nullable(),
            Self::Varied(values) => values.is_nullable(),
            Self::Fixed(values) => values.is_nullable(),
        }
    }

    /// Returns the bytes of texts or binary values in these rows; 0 of anything else.
    pub(super) fn bytes(&self, rows: impl Iterator<Item = usize>) -> usize {
        match self {
            Self::Varied(values) => {
                let values = values.values();
                rows.map(|row| values.get(row).len()).sum()
            }
            _ => 0,
        }
    }

    /// Writes rows to those of `to` from `at` on; texts behind those already written.
    pub(super) fn write(
        &self,
        rows: impl ExactSizeIterator<Item = usize> + Clone,
        at: usize,
        to: &mut ColumnMut<'_>,
    ) -> Result<(), TableError> {
        check_room(to, at, rows.len())?;
        match self {
            Self::Bits(bits) => {
                let mut slots = to.bools()?;
                (at..).zip(rows.clone()).for_each(|(slot, row)| slots.set(slot, bits.values().get(row)));
                mark_missing(bits, at, rows, to)
            }
            Self::Varied(values) => {
                let mut to = to.varied(to.kind())?;
                rows.map(|row| values.get(row)).try_for_each(|value| to.push_option_if_missing(value))
            }
            Self::Fixed(fixed) => {
                let values = fixed.values();
                let width = values.width();
                let slots = &mut to.value_bytes()[at * width..(at + rows.len()) * width];
                copy(values, rows.clone(), slots);
                mark_missing(fixed, at, rows, to)
            }
        }
    }
}

/// Copies rows; those that follow each other at once.
fn copy(values: FixedColumn<'_>, rows: impl ExactSizeIterator<Item = usize> + Clone, slots: &mut [u8]) {
    let width = values.width();
    let first = rows.clone().next().unwrap_or(0);
    if rows.clone().enumerate().all(|(index, row)| row == first + index) {
        return slots.copy_from_slice(&values.bytes()[first * width..][..slots.len()]);
    }
    slots.chunks_exact_mut(width).zip(rows).for_each(|(slot, row)| slot.copy_from_slice(values.get(row)));
}

pub(super) fn check_room(to: &ColumnMut<'_>, at: usize, len: usize) -> Result<(), TableError> {
    let (expected, actual) = (to.rows(), at.saturating_add(len));
    if actual > expected {
        return Err(TableError::Rows { column: to.name().to_owned(), expected, actual });
    }
    Ok(())
}

pub(super) fn mark_missing<V: Rows>(
    values: &Nullable<'_, V>,
    at: usize,
    rows: impl Iterator<Item = usize>,
    to: &mut ColumnMut<'_>,
) -> Result<(), TableError> {
    if values.null_count() == 0 {
        return Ok(());
    }
    let mut validity = to.validity()?;
    for (slot, row) in (at..).zip(rows) {
        if !values.is_valid(row) {
            validity.set(slot, false);
        }
    }
    Ok(())
}
