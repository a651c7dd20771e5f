//! A column of any kind, of which rows are copied into a table under construction.

use core::fmt;
use core::ops::Range;

use super::fixed::FixedColumn;
use super::lent::exact_float;
use super::list::ListRanges;
use super::plain::{self, Plain};
use super::{
    ColumnIndex, ColumnInfo, ColumnKind, ColumnMut, DictionaryColumn, ItemKind, Nullable, Room, Table, TableError,
    TableSpec,
};

/// A column of any kind, checked once.
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
    Plain(Plain<'t>),
    Lists(Nullable<'t, ListRanges<'t>>, Plain<'t>),
    /// Texts by their codes.
    Codes(Nullable<'t, DictionaryColumn<'t>>),
}

impl Values<'_> {
    /// Returns true if all values are missing.
    fn are_missing(&self) -> bool {
        match self {
            Values::Plain(Plain::Varied(values)) => values.null_count() == values.len(),
            Values::Codes(codes) => codes.null_count() == codes.len(),
            _ => false,
        }
    }
}

impl<'t> AnyColumn<'t> {
    /// Returns the column of a table. Checks all texts once: O(rows + bytes).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is damaged.
    pub fn new(table: &'t Table<'_>, which: impl ColumnIndex) -> Result<Self, TableError> {
        let position = which.position(table)?;
        let info = table.columns().nth(position).ok_or_else(|| TableError::no_position(position, 0))?;
        let values = match (info.kind, info.dictionary) {
            (_, Some(_)) => Values::Codes(table.nullable_dictionary(position)?),
            (ColumnKind::List(item), None) => {
                Values::Lists(table.nullable_ranges(position)?, Plain::items(table, position, item)?)
            }
            _ => Values::Plain(Plain::of(table, position, info.kind)?),
        };
        Ok(Self { info, values })
    }

    /// Returns name, kind and missing values.
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
        let ColumnInfo { name, kind, nullable, dictionary, .. } = self.info;
        let rows = rows.iter().map(|row| *row as usize);
        let room = match &self.values {
            Values::Plain(values) => Room::default().bytes(values.bytes(rows)),
            Values::Lists(lists, items) => {
                let ranges = rows.map(|row| lists.get(row).unwrap_or_default());
                let count = ranges.clone().map(|range| range.len()).sum();
                let room = Room::items(count).bytes(items.bytes(ranges.flatten()));
                if items.is_nullable() { room.with_missing_items() } else { room }
            }
            Values::Codes(codes) => {
                let values = codes.values().values();
                let used = used(codes, rows);
                Room::items(used.len()).bytes(used.into_iter().map(|code| values.get(code as usize).len()).sum())
            }
        };
        let spec = spec.column_like(name, kind, dictionary, room);
        if nullable { spec.nullable() } else { spec }
    }

    /// Writes these rows to the first ones of `to`; texts behind those already written.
    ///
    /// # Errors
    ///
    /// Fails if `to` is of another kind, or has not enough room.
    ///
    /// # Panics
    ///
    /// If there is no such row, as indexing a slice does.
    pub fn take(&self, rows: &[u32], to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        self.check_kind(to)?;
        self.write(rows.iter().map(|row| *row as usize), 0, to)
    }

    /// Writes all rows to those of `to` from `at` on; texts behind those already written. A column of text without any
    /// value fits to every kind, and one of `i64` to `f64` if no number changes by that, as in [`Table`].
    ///
    /// # Errors
    ///
    /// Fails if `to` is of another kind, or has not enough room.
    pub fn append(&self, at: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        match (self.info.kind, to.kind(), &self.values) {
            (own, kind, _) if own == kind => {}
            (ColumnKind::Text, _, values) if values.are_missing() => return append_missing(at, self.rows(), to),
            (ColumnKind::I64, ColumnKind::F64, Values::Plain(Plain::Fixed(values))) => {
                return self.write_floats(values, 0..values.len(), at, to);
            }
            (
                ColumnKind::List(ItemKind::I64),
                ColumnKind::List(ItemKind::F64),
                Values::Lists(lists, Plain::Fixed(items)),
            ) => {
                return write_lists(lists, 0..lists.len(), to, |range, at, to| self.write_floats(items, range, at, to));
            }
            // Without items, any kind is right.
            (ColumnKind::List(_), ColumnKind::List(_), Values::Lists(lists, items)) if items.len() == 0 => {
                return write_lists(lists, 0..lists.len(), to, |_, _, _| Ok(()));
            }
            _ => self.check_kind(to)?,
        }
        self.write(0..self.rows(), at, to)
    }

    fn rows(&self) -> usize {
        match &self.values {
            Values::Plain(values) => values.len(),
            Values::Lists(lists, _) => lists.len(),
            Values::Codes(codes) => codes.len(),
        }
    }

    /// Writes rows to those of `to` from `at` on.
    fn write(
        &self,
        rows: impl ExactSizeIterator<Item = usize> + Clone,
        at: usize,
        to: &mut ColumnMut<'_>,
    ) -> Result<(), TableError> {
        match &self.values {
            Values::Plain(values) => values.write(rows, at, to),
            Values::Lists(lists, items) => write_lists(lists, rows, to, |range, at, to| items.write(range, at, to)),
            Values::Codes(codes) if to.is_dictionary() => write_codes(codes, rows, to),
            Values::Codes(codes) => {
                let texts = codes.values().values();
                let mut to = to.text()?;
                let mut rows = rows.map(|row| codes.get(row).map(|code| texts.get(code as usize)));
                rows.try_for_each(|text| to.push_option_if_missing(text))
            }
        }
    }

    /// Writes whole numbers as floats.
    fn write_floats(
        &self,
        values: &Nullable<'t, FixedColumn<'t>>,
        rows: Range<usize>,
        at: usize,
        to: &mut ColumnMut<'_>,
    ) -> Result<(), TableError> {
        plain::check_room(to, at, rows.len())?;
        let places = &mut to.values::<f64>()?[at..at + rows.len()];
        for (row, place) in rows.clone().zip(places) {
            let bytes = values.get(row).and_then(|bytes| bytes.first_chunk());
            let Some(value) = bytes.map(|bytes| i64::from_le_bytes(*bytes)) else { continue };
            let column = || self.info.name.to_owned();
            *place = exact_float(value).ok_or_else(|| TableError::Inexact {
                column: column(),
                kind: Box::new(ColumnKind::I64),
                row,
                value: value.to_string(),
                wanted: "f64",
            })?;
        }
        plain::mark_missing(values, at, rows, to)
    }

    fn check_kind(&self, to: &ColumnMut<'_>) -> Result<(), TableError> {
        let (expected, actual) = (self.info.kind, to.kind());
        if expected == actual {
            return Ok(());
        }
        let (expected, actual) = (Box::new(expected), Box::new(actual));
        Err(TableError::WrongKind { column: to.name().to_owned(), expected, actual })
    }
}

/// Writes lists, behind those already written.
fn write_lists(
    lists: &Nullable<'_, ListRanges<'_>>,
    rows: impl Iterator<Item = usize>,
    to: &mut ColumnMut<'_>,
    write: impl Fn(Range<usize>, usize, &mut ColumnMut<'_>) -> Result<(), TableError>,
) -> Result<(), TableError> {
    let mut to = to.lists()?;
    for row in rows {
        let Some(range) = lists.get(row) else {
            to.push_missing()?;
            continue;
        };
        let (length, at) = (range.len(), to.take_room(range.len())?);
        write(range, at, to.items())?;
        to.end(length)?;
    }
    Ok(())
}

/// Writes codes of a dictionary that may have other ones.
fn write_codes(
    codes: &Nullable<'_, DictionaryColumn<'_>>,
    rows: impl Iterator<Item = usize> + Clone,
    to: &mut ColumnMut<'_>,
) -> Result<(), TableError> {
    let values = codes.values().values();
    let used = used(codes, rows.clone());
    let is_ordered = to.is_ordered();
    let mut dictionary = to.dictionary()?;
    let of_used = if is_ordered {
        dictionary.codes_in_order(used.iter().map(|code| values.get(*code as usize)))?
    } else {
        used.iter().map(|code| dictionary.code(values.get(*code as usize))).collect::<Result<_, _>>()?
    };
    let mut renamed = vec![0; values.len()];
    used.iter().zip(of_used).for_each(|(code, renaming)| renamed[*code as usize] = renaming);
    for row in rows {
        match codes.get(row) {
            Some(code) => to.dictionary()?.push_code(renamed[code as usize])?,
            None => to.text()?.push_option(None)?,
        }
    }
    Ok(())
}

/// Returns the codes of the needed values, in their order: all of them if that has a meaning, else those of rows.
fn used(codes: &Nullable<'_, DictionaryColumn<'_>>, rows: impl Iterator<Item = usize>) -> Vec<i32> {
    let column = codes.values();
    let mut is_used = vec![column.is_ordered(); column.values().len()];
    rows.filter_map(|row| codes.get(row)).for_each(|code| is_used[code as usize] = true);
    (0..).zip(is_used).filter(|(_, is_used)| *is_used).map(|(code, _)| code).collect()
}

/// Marks rows as missing.
fn append_missing(at: usize, rows: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
    if to.kind().has_offsets() {
        let mut to = to.varied(to.kind())?;
        return (0..rows).try_for_each(|_| to.push_option(None));
    }
    if let ColumnKind::List(_) = to.kind() {
        let mut to = to.lists()?;
        return (0..rows).try_for_each(|_| to.push_missing());
    }
    plain::check_room(to, at, rows)?;
    if rows > 0 {
        let mut validity = to.validity()?;
        (at..at + rows).for_each(|row| validity.set(row, false));
    }
    Ok(())
}

impl fmt::Debug for AnyColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyColumn({})", self.info)
    }
}
