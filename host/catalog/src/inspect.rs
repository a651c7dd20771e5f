//! A look into a stored table: its first rows, and figures of its columns.

use std::cmp::Ordering;
use std::collections::HashSet;

use wpipe_buffer::Readers;
use wpipe_data::{ColumnKind, Table};

use crate::dataset::Loaded;
use crate::error::DataError;
use crate::fault::Fault;
use crate::format::csv_line;
use crate::stored_dataset::{StoredDataset, TABLE};
use crate::table::{Cell, Cells, cells, print};

/// A look into a stored table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// The partition that was read, and the number of partitions; `None` of a dataset that is no set.
    pub partition: Option<(String, usize)>,
    /// The version; `None` of a dataset that has none.
    pub version: Option<String>,
    /// The stored size, in bytes.
    pub bytes: u64,
    /// The number of rows.
    pub rows: u64,
    /// The columns, in their order.
    pub columns: Vec<InspectedColumn>,
    /// The first rows as text, a value for each column; `None` if a value is missing.
    pub head: Vec<Vec<Option<String>>>,
}

/// A column of a stored table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InspectedColumn {
    /// The name.
    pub name: String,
    /// The type of its values.
    pub kind: ColumnKind,
    /// The number of missing values.
    pub missing: u64,
    /// The figures of its values, if they were requested.
    pub stats: Option<ColumnStats>,
}

/// The figures of a column's values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ColumnStats {
    /// The least value as text, NaN aside; `None` if there is no value, and of binary.
    pub min: Option<String>,
    /// The greatest value as text, NaN aside.
    pub max: Option<String>,
    /// The number of different values; of very many, [the most](Self::MOST_DISTINCT) that are counted.
    pub distinct: usize,
}

impl ColumnStats {
    /// The number of different values of a column up to which they are counted, each of which takes memory.
    pub const MOST_DISTINCT: usize = 1_000_000;

    fn of(cells: &Cells<'_>, rows: usize) -> Self {
        let (mut least, mut greatest): (Option<Cell<'_>>, Option<Cell<'_>>) = (None, None);
        let mut seen = HashSet::new();
        for cell in (0..rows).filter_map(|row| cells.at(row)) {
            if seen.len() < Self::MOST_DISTINCT {
                seen.insert(text(cell));
            }
            if !is_ordered(cell) {
                continue;
            }
            if least.is_none_or(|least| order(cell, least) == Ordering::Less) {
                least = Some(cell);
            }
            if greatest.is_none_or(|greatest| order(cell, greatest) == Ordering::Greater) {
                greatest = Some(cell);
            }
        }
        Self { min: least.map(text), max: greatest.map(text), distinct: seen.len() }
    }
}

impl Inspection {
    /// Returns the first rows as plain CSV with a header; missing values are empty, and empty texts have quotes.
    pub fn to_csv(&self) -> String {
        let names = csv_line(self.columns.iter().map(|column| Some(column.name.as_str())));
        self.head.iter().fold(names, |text, row| text + &csv_line(row.iter().map(Option::as_deref)))
    }
}

impl StoredDataset {
    /// Reads the stored table, of a set one partition, by default the first, and returns its columns and the first
    /// `rows` rows; with `stats` the figures of each column as well.
    ///
    /// # Errors
    ///
    /// Fails if the dataset is no table, if there is nothing, if it cannot be read, or if there is no such partition.
    pub async fn inspect(&self, partition: Option<&str>, rows: usize, stats: bool) -> Result<Inspection, DataError> {
        let (loaded, partition) = match self {
            Self::Whole(dataset) => match partition {
                None => (dataset.load(TABLE, Readers::One).await?, None),
                Some(id) => {
                    let reason = Some("the dataset is not partitioned".to_owned());
                    return Err(DataError::NoPartition { location: self.location(), id: id.to_owned(), reason });
                }
            },
            Self::Set(set) => {
                let listing = set.list().await?;
                let first = listing.partitions().keys().next();
                let Some(id) = partition.or(first.map(String::as_str)) else {
                    return Err(DataError::NotFound { location: self.location() });
                };
                (set.load(&listing, id, TABLE, Readers::One).await?, Some((id.to_owned(), listing.partitions().len())))
            }
        };
        self.see_table(&loaded, |table| look(&loaded, table, partition, rows, stats))
    }
}

fn look(
    loaded: &Loaded,
    table: &Table<'_>,
    partition: Option<(String, usize)>,
    rows: usize,
    stats: bool,
) -> Result<Inspection, Fault> {
    let cells = cells(table)?;
    let columns = table.columns().zip(&cells).map(|(column, cell)| InspectedColumn {
        name: column.name.to_owned(),
        kind: column.kind,
        missing: column.null_count as u64,
        stats: stats.then(|| ColumnStats::of(cell, table.rows())),
    });
    let head = (0..rows.min(table.rows())).map(|row| cells.iter().map(|cells| cells.at(row).map(text)).collect());
    Ok(Inspection {
        partition,
        version: loaded.version.clone(),
        bytes: loaded.bytes,
        rows: table.rows() as u64,
        columns: columns.collect(),
        head: head.collect(),
    })
}

fn text(cell: Cell<'_>) -> String {
    let mut text = String::new();
    // A `String` takes every text.
    let _ = print(cell, &mut text);
    text
}

/// Returns true if a value has a place among the others of its column.
fn is_ordered(cell: Cell<'_>) -> bool {
    match cell {
        Cell::F32(value) => !value.is_nan(),
        Cell::F64(value) => !value.is_nan(),
        Cell::Binary(_) | Cell::Hex(_) | Cell::List(_) => false,
        _ => true,
    }
}

/// Compares two values of one column.
fn order(one: Cell<'_>, other: Cell<'_>) -> Ordering {
    match (one, other) {
        (Cell::Bool(one), Cell::Bool(other)) => one.cmp(&other),
        (Cell::I32(one), Cell::I32(other)) => one.cmp(&other),
        (Cell::I64(one), Cell::I64(other)) => one.cmp(&other),
        (Cell::U64(one), Cell::U64(other)) => one.cmp(&other),
        (Cell::F32(one), Cell::F32(other)) => one.total_cmp(&other),
        (Cell::F64(one), Cell::F64(other)) => one.total_cmp(&other),
        (Cell::Text(one), Cell::Text(other)) => one.cmp(other),
        (Cell::Date(one), Cell::Date(other)) => one.cmp(&other),
        // The unit, the zone and the scale are those of the column.
        (Cell::Time(one), Cell::Time(other)) => one.count.cmp(&other.count),
        (Cell::Timestamp(one), Cell::Timestamp(other)) => one.count.cmp(&other.count),
        (Cell::Duration(one), Cell::Duration(other)) => one.count.cmp(&other.count),
        (Cell::Decimal(one), Cell::Decimal(other)) => one.unscaled.cmp(&other.unscaled),
        _ => Ordering::Equal,
    }
}
