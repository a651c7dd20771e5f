//! A column of whatever kind, of which rows are copied into a table under construction.

use core::fmt;

use super::lent::exact_float;
use super::{
    BinaryColumn, BoolColumn, ColumnIndex, ColumnInfo, ColumnKind, ColumnMut, Nullable, Table, TableError, TableSpec,
};

/// A column of whatever kind, checked once.
///
/// ```
/// use wpipe_data::table::AnyColumn;
/// use wpipe_data::{AlignedBytes, Table, TableSpec};
///
/// let table = Table::from_columns([("species", vec![Some("setosa"), None, Some("virginica")].into())])?;
/// let species = AnyColumn::new(&table, "species")?;
///
/// let rows = [2, 0];
/// let spec = species.declare(TableSpec::new(rows.len()), &rows);
/// let mut area = AlignedBytes::new();
/// let mut built = spec.build_in(&mut area)?;
/// species.take(&rows, built.column_named("species")?)?;
/// let size = built.finish()?;
///
/// let taken = Table::view(&area[..size])?;
/// assert_eq!(taken.nullable_text("species")?.iter().collect::<Vec<_>>(), [Some("virginica"), Some("setosa")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct AnyColumn<'t> {
    info: ColumnInfo<'t>,
    values: Values<'t>,
}

#[derive(Clone, Copy)]
enum Values<'t> {
    Bits(Nullable<'t, BoolColumn<'t>>),
    /// Text and binary.
    Varied(Nullable<'t, BinaryColumn<'t>>),
    /// Values of one width in bytes.
    Fixed(Nullable<'t, FixedColumn<'t>>),
}

/// Values of a width that is known at run time.
#[derive(Clone, Copy)]
pub(super) struct FixedColumn<'t> {
    bytes: &'t [u8],
    width: usize,
}

impl<'t> FixedColumn<'t> {
    pub(super) fn new(bytes: &'t [u8], width: usize) -> Self {
        Self { bytes, width }
    }

    /// The bytes of the value in a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub(super) fn get(&self, row: usize) -> &'t [u8] {
        &self.bytes[row * self.width..(row + 1) * self.width]
    }
}

impl<'t> AnyColumn<'t> {
    /// The column of a table. Checks all texts once: O(rows + bytes).
    ///
    /// # Errors
    ///
    /// When there is no such column, or it is damaged.
    pub fn new(table: &'t Table<'_>, which: impl ColumnIndex) -> Result<Self, TableError> {
        let position = which.position(table)?;
        let info = table.columns().nth(position).ok_or_else(|| TableError::no_position(position, 0))?;
        if info.kind == ColumnKind::Text {
            table.nullable_text(position)?;
        }
        let values = match info.kind {
            ColumnKind::Bool => Values::Bits(table.nullable_bools(position)?),
            kind if kind.has_offsets() => Values::Varied(table.nullable_varied(position)?),
            _ => Values::Fixed(table.nullable_fixed(position)?),
        };
        Ok(Self { info, values })
    }

    /// Name, kind and missing values.
    #[must_use]
    pub fn info(&self) -> ColumnInfo<'t> {
        self.info
    }

    /// Declares a column like this one, with room for the texts of these rows.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub fn declare(&self, spec: TableSpec, rows: &[u32]) -> TableSpec {
        let ColumnInfo { name, kind, nullable, .. } = self.info;
        let bytes = match &self.values {
            Values::Varied(values) => {
                let values = values.values();
                rows.iter().map(|row| values.get(*row as usize).len()).sum()
            }
            _ => 0,
        };
        let spec = spec.column_with_room(name, kind, bytes);
        if nullable { spec.nullable() } else { spec }
    }

    /// Writes these rows to the first ones of `to`; texts behind those that are there.
    ///
    /// # Errors
    ///
    /// When `to` holds something else, or has not enough room.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub fn take(&self, rows: &[u32], to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        self.check_kind(to)?;
        let rows = rows.iter().map(|row| *row as usize);
        match &self.values {
            Values::Bits(bits) => set_bits(0, rows.clone().map(|row| bits.values().get(row)), to)?,
            Values::Varied(values) => return self.push(rows.map(|row| values.get(row)), to),
            Values::Fixed(values) => {
                let values = values.values();
                let places = room(to, 0, rows.len(), values.width)?.chunks_exact_mut(values.width);
                places.zip(rows.clone()).for_each(|(place, row)| place.copy_from_slice(values.get(row)));
            }
        }
        self.mark_missing(0, rows, to)
    }

    /// Writes all rows to those of `to` from `at` on; texts behind those that are there. A column of text without any
    /// value fits to every kind, and one of `i64` to `f64` if no number changes by that, as in [`Table`].
    ///
    /// # Errors
    ///
    /// When `to` holds something else, or has not enough room.
    pub fn append(&self, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        match (self.info.kind, to.kind(), &self.values) {
            (own, kind, _) if own == kind => {}
            (ColumnKind::Text, _, Values::Varied(values)) if values.null_count() == values.len() => {
                return append_missing(at, values.len(), to);
            }
            (ColumnKind::I64, ColumnKind::F64, Values::Fixed(values)) => return self.append_floats(at, values, to),
            _ => self.check_kind(to)?,
        }
        let rows = match &self.values {
            Values::Bits(bits) => {
                set_bits(at, bits.values().iter(), to)?;
                bits.len()
            }
            Values::Varied(values) => return self.push(values.iter(), to),
            Values::Fixed(values) => {
                let FixedColumn { bytes, width } = values.values();
                room(to, at, values.len(), width)?.copy_from_slice(bytes);
                values.len()
            }
        };
        self.mark_missing(at, 0..rows, to)
    }

    /// Writes whole numbers as floats.
    fn append_floats(
        &self,
        at: usize,
        values: &Nullable<'t, FixedColumn<'t>>,
        to: &mut ColumnMut<'_>,
    ) -> Result<(), TableError> {
        check_room(to, at, values.len())?;
        let places = &mut to.values::<f64>()?[at..at + values.len()];
        for (row, (place, bytes)) in places.iter_mut().zip(values.iter()).enumerate() {
            let Some(value) = bytes.and_then(|bytes| bytes.first_chunk()).map(|bytes| i64::from_le_bytes(*bytes))
            else {
                continue;
            };
            let column = || self.info.name.to_owned();
            *place = exact_float(value).ok_or_else(|| TableError::Inexact { column: column(), row, value })?;
        }
        self.mark_missing(at, 0..values.len(), to)
    }

    fn check_kind(&self, to: &ColumnMut<'_>) -> Result<(), TableError> {
        let (expected, actual) = (self.info.kind, to.kind());
        if expected == actual {
            return Ok(());
        }
        let (expected, actual) = (Box::new(expected), Box::new(actual));
        Err(TableError::WrongKind { column: to.name().to_owned(), expected, actual })
    }

    fn push<'v>(
        &self,
        mut values: impl Iterator<Item = Option<&'v [u8]>>,
        to: &mut ColumnMut<'_>,
    ) -> Result<(), TableError> {
        let mut to = to.varied(self.info.kind)?;
        values.try_for_each(|value| to.push_option(value))
    }

    fn is_valid(&self, row: usize) -> bool {
        match &self.values {
            Values::Bits(bits) => bits.is_valid(row),
            Values::Varied(values) => values.is_valid(row),
            Values::Fixed(values) => values.is_valid(row),
        }
    }

    fn mark_missing(
        &self,
        at: usize,
        rows: impl Iterator<Item = usize>,
        to: &mut ColumnMut<'_>,
    ) -> Result<(), TableError> {
        if self.info.null_count == 0 {
            return Ok(());
        }
        let mut validity = to.validity()?;
        for (to, row) in (at..).zip(rows) {
            if !self.is_valid(row) {
                validity.set(to, false);
            }
        }
        Ok(())
    }
}

/// Marks rows as missing.
fn append_missing(at: usize, rows: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
    if to.kind().has_offsets() {
        let mut to = to.varied(to.kind())?;
        return (0..rows).try_for_each(|_| to.push_option(None));
    }
    check_room(to, at, rows)?;
    if rows > 0 {
        let mut validity = to.validity()?;
        (at..at + rows).for_each(|row| validity.set(row, false));
    }
    Ok(())
}

/// The place of `len` values of `width` bytes from `at` on.
fn room<'c>(to: &'c mut ColumnMut<'_>, at: usize, len: usize, width: usize) -> Result<&'c mut [u8], TableError> {
    check_room(to, at, len)?;
    Ok(&mut to.value_bytes()[at * width..(at + len) * width])
}

fn check_room(to: &ColumnMut<'_>, at: usize, len: usize) -> Result<(), TableError> {
    let (expected, actual) = (to.rows(), at.saturating_add(len));
    if actual > expected {
        return Err(TableError::Rows { column: to.name().to_owned(), expected, actual });
    }
    Ok(())
}

fn set_bits(at: usize, bits: impl ExactSizeIterator<Item = bool>, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
    check_room(to, at, bits.len())?;
    let mut to = to.bools()?;
    (at..).zip(bits).for_each(|(row, bit)| to.set(row, bit));
    Ok(())
}

impl fmt::Debug for AnyColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyColumn({})", self.info)
    }
}
