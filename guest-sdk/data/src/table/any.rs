//! A column of whatever kind, of which rows are copied into a table under construction.

use core::fmt;

use super::{
    BoolColumn, ColumnIndex, ColumnInfo, ColumnKind, ColumnMut, Date, Nullable, Table, TableError, TableSpec,
    TextColumn, Timestamp, Value,
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
    Bool(Nullable<'t, BoolColumn<'t>>),
    I32(Nullable<'t, &'t [i32]>),
    I64(Nullable<'t, &'t [i64]>),
    F32(Nullable<'t, &'t [f32]>),
    F64(Nullable<'t, &'t [f64]>),
    Text(Nullable<'t, TextColumn<'t>>),
    Date(Nullable<'t, &'t [Date]>),
    Timestamp(Nullable<'t, &'t [Timestamp]>),
}

/// Does the same with the values of each kind that has a slice of them.
macro_rules! with {
    ($values:expr, bits($bits:ident) $of_bits:expr, text($text:ident) $of_text:expr, slice($slice:ident) $of_slice:expr) => {
        match $values {
            Values::Bool($bits) => $of_bits,
            Values::Text($text) => $of_text,
            Values::I32($slice) => $of_slice,
            Values::I64($slice) => $of_slice,
            Values::F32($slice) => $of_slice,
            Values::F64($slice) => $of_slice,
            Values::Date($slice) => $of_slice,
            Values::Timestamp($slice) => $of_slice,
        }
    };
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
        let values = match info.kind {
            ColumnKind::Bool => Values::Bool(table.nullable_bools(position)?),
            ColumnKind::I32 => Values::I32(table.nullable(position)?),
            ColumnKind::I64 => Values::I64(table.nullable(position)?),
            ColumnKind::F32 => Values::F32(table.nullable(position)?),
            ColumnKind::F64 => Values::F64(table.nullable(position)?),
            ColumnKind::Text => Values::Text(table.nullable_text(position)?),
            ColumnKind::Date => Values::Date(table.nullable(position)?),
            ColumnKind::Timestamp => Values::Timestamp(table.nullable(position)?),
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
        let spec = match &self.values {
            Values::Text(texts) => {
                let texts = texts.values();
                spec.text(name, rows.iter().map(|row| texts.get(*row as usize).len()).sum())
            }
            _ => spec.column(name, kind),
        };
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
        let rows = rows.iter().map(|row| *row as usize);
        with! { &self.values,
            bits(bits) set_bits(0, rows.clone().map(|row| bits.values().get(row)), to)?,
            text(texts) return push(rows.map(|row| texts.get(row)), to),
            slice(numbers) {
                let values = numbers.values();
                room(to, 0, rows.len())?.iter_mut().zip(rows.clone()).for_each(|(to, row)| *to = values[row]);
            }
        }
        self.mark_missing(0, rows, to)
    }

    /// Writes all rows to those of `to` from `at` on; texts behind those that are there.
    ///
    /// # Errors
    ///
    /// When `to` holds something else, or has not enough room.
    pub fn append(&self, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let rows = with! { &self.values,
            bits(bits) {
                set_bits(at, bits.values().iter(), to)?;
                bits.len()
            },
            text(texts) return push(texts.iter(), to),
            slice(numbers) {
                room(to, at, numbers.len())?.copy_from_slice(numbers.values());
                numbers.len()
            }
        };
        self.mark_missing(at, 0..rows, to)
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
        let is_valid = |row| {
            with! { &self.values,
                bits(bits) bits.is_valid(row),
                text(texts) texts.is_valid(row),
                slice(numbers) numbers.is_valid(row)
            }
        };
        let mut validity = to.validity()?;
        for (to, row) in (at..).zip(rows) {
            if !is_valid(row) {
                validity.set(to, false);
            }
        }
        Ok(())
    }
}

/// The place of `len` values from `at` on.
fn room<'c, T: Value>(to: &'c mut ColumnMut<'_>, at: usize, len: usize) -> Result<&'c mut [T], TableError> {
    check_room(to, at, len)?;
    Ok(&mut to.values()?[at..at + len])
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

fn push<'t>(mut texts: impl Iterator<Item = Option<&'t str>>, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
    let mut to = to.text()?;
    texts.try_for_each(|text| to.push_option(text))
}

impl fmt::Debug for AnyColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyColumn({})", self.info)
    }
}
