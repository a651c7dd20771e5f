//! The values of key columns as texts, and the groups of rows with the same ones.

use core::fmt::Display;
use core::hash::Hash;
use std::collections::HashMap;

use wpipe_data::table::{Date, Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds};
use wpipe_data::{ColumnKind, Table, TimeUnit};

use super::SplitError;
use super::template::objection;

/// A key column: its different values, and the one of each row.
pub(super) struct Key {
    codes: Vec<u32>,
    values: Vec<String>,
}

impl Key {
    /// Reads a column. `missing` replaces missing values; without it they are an error.
    pub(super) fn read(table: &Table, name: &str, missing: Option<&str>) -> Result<Self, SplitError> {
        let column = Column { name, missing };
        let info = table.columns().find(|info| info.name == name);
        match info.map(|info| info.kind) {
            // This error lists the columns.
            None => column.codes(table.nullable_text(name)?.iter()),
            Some(ColumnKind::Bool) => column.codes(table.nullable_bools(name)?.iter()),
            Some(ColumnKind::I32) => column.codes(table.nullable::<i32>(name)?.iter()),
            Some(ColumnKind::I64) => column.codes(table.nullable::<i64>(name)?.iter()),
            Some(ColumnKind::Text) => column.codes(table.nullable_text(name)?.iter()),
            Some(ColumnKind::Date) => column.codes(table.nullable::<Date>(name)?.iter()),
            Some(ColumnKind::U64) => column.codes(table.nullable::<u64>(name)?.iter()),
            Some(ColumnKind::Timestamp(unit, _)) => match unit {
                TimeUnit::Second => column.codes(table.nullable::<TimestampSeconds>(name)?.iter()),
                TimeUnit::Milli => column.codes(table.nullable::<TimestampMillis>(name)?.iter()),
                TimeUnit::Micro => column.codes(table.nullable::<Timestamp>(name)?.iter()),
                TimeUnit::Nano => column.codes(table.nullable::<TimestampNanos>(name)?.iter()),
            },
            Some(kind) => Err(SplitError::Kind { column: name.to_owned(), kind }),
        }
    }

    /// Returns the value in a row.
    pub(super) fn value(&self, row: usize) -> &str {
        &self.values[self.codes[row] as usize]
    }
}

struct Column<'c> {
    name: &'c str,
    missing: Option<&'c str>,
}

impl Column<'_> {
    fn codes<V: Copy + Eq + Hash + Display>(
        &self,
        rows: impl ExactSizeIterator<Item = Option<V>>,
    ) -> Result<Key, SplitError> {
        let mut numbers = Codes::default();
        let mut values = Vec::new();
        let mut codes = Vec::with_capacity(rows.len());
        for (row, value) in rows.enumerate() {
            let code = numbers.of(value);
            if code as usize == values.len() {
                values.push(self.text(row, value)?);
            }
            codes.push(code);
        }
        Ok(Key { codes, values })
    }

    /// Returns a new value, as it stands in an id.
    fn text<V: Display>(&self, row: usize, value: Option<V>) -> Result<String, SplitError> {
        let column = || self.name.to_owned();
        let value = match (value, self.missing) {
            (Some(value), _) => value.to_string(),
            (None, Some(missing)) => missing.to_owned(),
            (None, None) => return Err(SplitError::Missing { column: column(), row }),
        };
        match objection(&value) {
            Some(reason) => Err(SplitError::Value { column: column(), row, value, reason }),
            None => Ok(value),
        }
    }
}

/// Numbers values from 0 on, in the order of their first occurrences.
struct Codes<V> {
    codes: HashMap<V, u32>,
    /// The last value. Neighbours are often equal, and need no look-up then.
    last: Option<(V, u32)>,
}

impl<V> Default for Codes<V> {
    fn default() -> Self {
        Self { codes: HashMap::new(), last: None }
    }
}

impl<V: Copy + Eq + Hash> Codes<V> {
    fn of(&mut self, value: V) -> u32 {
        if let Some((last, code)) = self.last
            && last == value
        {
            return code;
        }
        // A table has less than 2³² rows.
        let next = self.codes.len() as u32;
        let code = *self.codes.entry(value).or_insert(next);
        self.last = Some((value, code));
        code
    }
}

/// Rows with the same keys.
pub(super) struct Groups {
    /// All rows, those of one group behind each other and in their order.
    rows: Vec<u32>,
    /// The end of each group in `rows`.
    ends: Vec<usize>,
}

impl Groups {
    /// Groups a table's rows, in the order of the groups' first rows.
    pub(super) fn of(rows: usize, keys: &[Key]) -> Self {
        let mut groups = vec![0_u32; rows];
        let mut count = usize::from(rows > 0);
        for key in keys {
            let mut codes = Codes::default();
            for (group, code) in groups.iter_mut().zip(&key.codes) {
                *group = codes.of((*group, *code));
            }
            count = codes.codes.len();
        }
        let mut ends = vec![0; count];
        for group in &groups {
            ends[*group as usize] += 1;
        }
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        // From the last row to the first, each group is filled from its end, which then is its start.
        let mut sorted = vec![0; rows];
        let mut next = ends.clone();
        for (row, group) in groups.iter().enumerate().rev() {
            let place = &mut next[*group as usize];
            *place -= 1;
            sorted[*place] = row as u32;
        }
        Self { rows: sorted, ends }
    }

    /// Returns the rows of each group, none of which is empty.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = core::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.rows[start..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_order_within_a_group() {
        let key = |codes: &[u32]| Key { codes: codes.to_vec(), values: Vec::new() };
        let groups = Groups::of(6, &[key(&[0, 1, 0, 1, 0, 0]), key(&[0, 0, 0, 1, 1, 0])]);
        let groups: Vec<&[u32]> = groups.iter().collect();
        assert_eq!(groups, [&[0, 2, 5][..], &[1], &[3], &[4]]);
    }

    #[test]
    fn no_rows_are_no_groups() {
        assert_eq!(Groups::of(0, &[]).iter().count(), 0);
    }
}
