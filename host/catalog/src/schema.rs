//! The common schema of the stored tables of a dataset: the option `types` that holds for all of them.

use wpipe_buffer::Readers;
use wpipe_data::table::toml_key;
use wpipe_data::{ColumnKind, ItemKind, Table, TimeUnit};

use crate::error::DataError;
use crate::stored_dataset::{StoredDataset, TABLE};

/// The columns of a stored dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableSchema {
    /// The columns in the order in which they first occur.
    pub columns: Vec<ColumnSchema>,
    /// The number of rows that were read, in all partitions together.
    pub rows: u64,
    /// The number of partitions that were read; `None` of a dataset that is no set.
    pub partitions: Option<usize>,
}

/// A column of a stored dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnSchema {
    /// The name.
    pub name: String,
    /// The kind that holds the values of all partitions.
    pub kind: ColumnKind,
    /// The number of missing values; a partition that lacks the column counts all its rows.
    pub missing: u64,
    /// The kinds that its values have by themselves, each with the first partition of it; empty if the column
    /// has no value.
    pub found: Vec<(ColumnKind, String)>,
}

impl TableSchema {
    /// Returns the option `types` as a table of the manifest, `dataset` being the entry's name. Comments name the
    /// differences between partitions.
    pub fn to_toml(&self, dataset: &str) -> String {
        let mut toml = format!("[datasets.{}.types]\n", toml_key(dataset));
        for column in &self.columns {
            let line = format!("{} = \"{}\"", toml_key(&column.name), column.kind);
            let note = match column.found.as_slice() {
                [] => Some("no value".to_owned()),
                [_] => None,
                found => {
                    let found: Vec<_> = found.iter().map(|(kind, id)| format!("{kind} in {id}")).collect();
                    Some(found.join(", "))
                }
            };
            match note {
                None => toml += &format!("{line}\n"),
                Some(note) => toml += &format!("{line}  # {}\n", note.replace(char::is_control, " ")),
            }
        }
        toml
    }

    fn see(&mut self, partition: &str, table: &Table<'_>) {
        let rows = table.rows() as u64;
        for column in &mut self.columns {
            column.missing += if table.columns().any(|there| there.name == column.name) { 0 } else { rows };
        }
        for there in table.columns() {
            let at = self.columns.iter().position(|column| column.name == there.name).unwrap_or_else(|| {
                let (name, missing) = (there.name.to_owned(), self.rows);
                self.columns.push(ColumnSchema { name, kind: there.kind, missing, found: Vec::new() });
                self.columns.len() - 1
            });
            self.columns[at].see(partition, there.kind, there.null_count as u64, rows);
        }
        self.rows += rows;
    }
}

impl ColumnSchema {
    fn see(&mut self, partition: &str, kind: ColumnKind, missing: u64, rows: u64) {
        self.missing += missing;
        // A column without values has no kind of its own: readers call it text.
        if missing == rows {
            return;
        }
        self.kind = if self.found.is_empty() { kind } else { wider(self.kind, kind) };
        if self.found.iter().all(|(known, _)| *known != kind) {
            self.found.push((kind, partition.to_owned()));
        }
    }
}

impl StoredDataset {
    /// Reads all stored tables of the dataset, one after the other, and returns their common schema.
    ///
    /// # Errors
    ///
    /// Fails if the dataset is no table, if there is nothing, or if something cannot be read.
    pub async fn table_schema(&self) -> Result<TableSchema, DataError> {
        let mut schema = TableSchema { columns: Vec::new(), rows: 0, partitions: None };
        match self {
            Self::Whole(dataset) => {
                let loaded = dataset.load(TABLE, Readers::One).await?;
                self.see_table(&loaded, |table| {
                    schema.see(self.name(), table);
                    Ok(())
                })?;
            }
            Self::Set(set) => {
                let listing = set.list().await?;
                for id in listing.partitions().keys() {
                    let loaded = set.load(&listing, id, TABLE, Readers::One).await?;
                    self.see_table(&loaded, |table| {
                        schema.see(id, table);
                        Ok(())
                    })?;
                }
                schema.partitions = Some(listing.partitions().len());
            }
        }
        Ok(schema)
    }
}

/// Returns the kind that holds the values of both exactly; text if there is none.
fn wider(one: ColumnKind, other: ColumnKind) -> ColumnKind {
    use ColumnKind::{Decimal, Duration, F32, F64, I32, I64, List, Text, Time, Timestamp, U64};
    let finer = |a: TimeUnit, b: TimeUnit| if a.per_second() < b.per_second() { b } else { a };
    match (one, other) {
        (one, other) if one == other => one,
        (I32, I64) | (I64, I32) => I64,
        (I32 | I64, U64) | (U64, I32 | I64) => Decimal(20, 0),
        (F64, F32 | I32 | I64 | U64) | (F32 | I32 | I64 | U64, F64) => F64,
        (F32, I32 | I64 | U64) | (I32 | I64 | U64, F32) => F64,
        (Timestamp(a, zone), Timestamp(b, other)) if zone == other => Timestamp(finer(a, b), zone),
        (Time(a), Time(b)) => Time(finer(a, b)),
        (Duration(a), Duration(b)) => Duration(finer(a, b)),
        (Decimal(..), Decimal(..) | I32 | I64 | U64) | (I32 | I64 | U64, Decimal(..)) => common_decimal(one, other),
        (List(one), List(other)) => ItemKind::of(wider(one.kind(), other.kind())).map_or(Text, List),
        _ => Text,
    }
}

/// Returns the decimal that has all places of both, if there are so many.
fn common_decimal(one: ColumnKind, other: ColumnKind) -> ColumnKind {
    /// Returns the number of digits before the point, and behind it.
    fn places(kind: ColumnKind) -> (i16, i16) {
        match kind {
            ColumnKind::Decimal(precision, scale) => (i16::from(precision) - i16::from(scale), i16::from(scale)),
            ColumnKind::I32 => (10, 0),
            ColumnKind::I64 => (19, 0),
            _ => (20, 0),
        }
    }
    let ((before, behind), (other_before, other_behind)) = (places(one), places(other));
    let behind = behind.max(other_behind);
    let precision = u8::try_from(before.max(other_before) + behind).ok().filter(|digits| *digits <= 38);
    match (precision, i8::try_from(behind)) {
        (Some(precision), Ok(scale)) => ColumnKind::Decimal(precision, scale),
        _ => ColumnKind::Text,
    }
}

#[cfg(test)]
mod tests {
    use wpipe_data::Zone;

    use super::*;

    #[test]
    fn the_wider_kind_holds_both() {
        use ColumnKind::{Date, Decimal, F32, F64, I32, I64, List, Text, Time, Timestamp, U64};
        let (milli, nano) = (TimeUnit::Milli, TimeUnit::Nano);
        for (one, other, both) in [
            (I32, I64, I64),
            (I64, F64, F64),
            (F32, I32, F64),
            (I64, U64, Decimal(20, 0)),
            (Decimal(10, 2), Decimal(8, 4), Decimal(12, 4)),
            (Decimal(38, 0), Decimal(38, 10), Text),
            (I64, Decimal(4, 2), Decimal(21, 2)),
            (Timestamp(milli, None), Timestamp(nano, None), Timestamp(nano, None)),
            (Timestamp(milli, None), Timestamp(milli, Some(Zone::UTC)), Text),
            (Time(milli), Time(nano), Time(nano)),
            (Date, I64, Text),
            (I64, Text, Text),
            (List(ItemKind::I64), List(ItemKind::F64), List(ItemKind::F64)),
            (List(ItemKind::I64), I64, Text),
        ] {
            assert_eq!((wider(one, other), wider(other, one)), (both, both), "{one} and {other}");
        }
    }
}
