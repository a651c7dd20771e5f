//! Splits one table into many: a partition for each value of some columns.

use std::collections::HashMap;

use serde::Deserialize;
use wpipe_data::table::AnyColumn;
use wpipe_data::{ColumnKind, Table, TableError, TableSpec};

use super::PartitionedOutput;
use super::keys::{Groups, Key};
use super::template::{Template, objection, objection_to_id};
use crate::OutputError;

/// Divides a table into partitions by the values of key columns.
///
/// The partition of a row has the id `folder/file`, of two templates in which `{column}` stands for the row's value of
/// a key. As in kedro-partitioned, the folder is `{k1}/{k2}` and the file `{k1}_{k2}` by default. An empty folder is
/// none. Rows keep their order, and partitions hold all columns, keys as well. A table of no rows is no partition.
///
/// Keys are columns of text, bool, i32, i64, u64, dates (`2024-01-31`) or timestamps (`2024-01-31T12:00:00`, in UTC if the
/// column has a zone).
///
/// ```
/// use wpipe_sdk::partitions::{Split, SplitError};
/// use wpipe_sdk::{PartitionedOutput, Table, View, node};
///
/// /// The measurements of each station in each year.
/// #[node]
/// fn by_station(measurements: &Table, stations: PartitionedOutput<Table>) -> Result<(), SplitError> {
///     Split::by(["year", "station"]).folder("{year}").file("{station}").missing("unknown").write(measurements, &stations)
/// }
///
/// let measurements = Table::from_columns([
///     ("year", vec![2023, 2024, 2024].into()),
///     ("station", vec![Some("north"), None, Some("north")].into()),
///     ("value", vec![0.5, 1.5, 2.5].into()),
/// ])?;
/// let (output, written) = PartitionedOutput::in_memory();
/// by_station(&measurements, output)?;
/// assert_eq!(written.ids(), ["2023/north", "2024/north", "2024/unknown"]);
/// let archive = written.archive("2024/north").ok_or("not written")?;
/// assert_eq!(Table::view(&archive)?.column::<f64>("value")?, [2.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It can be a parameter, too: `split = { keys = ["year"], folder = "", file = "{year}", missing = "unknown" }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Split {
    keys: Vec<String>,
    folder: Option<String>,
    file: Option<String>,
    missing: Option<String>,
}

impl Split {
    /// Splits by these columns, in this order.
    pub fn by<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter().map(Into::into).collect();
        Self { keys, folder: None, file: None, missing: None }
    }

    /// Sets the template of the part of an id before its last slash; it may be empty.
    pub fn folder(self, template: impl Into<String>) -> Self {
        Self { folder: Some(template.into()), ..self }
    }

    /// Sets the template of the part of an id behind its last slash.
    pub fn file(self, template: impl Into<String>) -> Self {
        Self { file: Some(template.into()), ..self }
    }

    /// Sets the text for a missing value of a key in ids. Without it such a row is an error: no row is ever dropped.
    pub fn missing(self, value: impl Into<String>) -> Self {
        Self { missing: Some(value.into()), ..self }
    }

    /// Writes a partition for each group of rows with the same keys, each in place and one after the other.
    ///
    /// # Errors
    ///
    /// Fails with a [`SplitError`]. Values and ids are checked before the first partition is written.
    pub fn write(&self, table: &Table, output: &PartitionedOutput<Table>) -> Result<(), SplitError> {
        let (folder, file) = self.templates()?;
        let keys = self.keys.iter().map(|key| Key::read(table, key, self.missing.as_deref()));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let groups = Groups::of(table.rows(), &keys);
        let mut partitions = Vec::new();
        let mut first_of = HashMap::new();
        for rows in groups.iter() {
            let first = rows[0] as usize;
            let values: Vec<&str> = keys.iter().map(|key| key.value(first)).collect();
            let (folder, file) = (folder.fill(&values), file.fill(&values));
            let id = if folder.is_empty() { file } else { format!("{folder}/{file}") };
            if let Some((part, reason)) = objection_to_id(&id) {
                return Err(SplitError::Id { part: part.to_owned(), id: id.clone(), reason });
            }
            if let Some(other) = first_of.insert(id.clone(), first) {
                return Err(self.same_id(id, &keys, [other, first]));
            }
            partitions.push((id, rows));
        }
        let columns = (0..table.columns().len()).map(|column| AnyColumn::new(table, column));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for (id, rows) in partitions {
            let spec = columns.iter().fold(TableSpec::new(rows.len()), |spec, column| column.declare(spec, rows));
            output.open(&id)?.build(&spec, |built| {
                let places = built.columns_mut().iter_mut();
                columns.iter().zip(places).try_for_each(|(column, to)| column.take(rows, to))
            })?;
        }
        Ok(())
    }

    fn templates(&self) -> Result<(Template, Template), SplitError> {
        if self.keys.is_empty() {
            return Err(SplitError::NoKeys);
        }
        let parse = |template: &Option<String>, separator| match template {
            None => Ok(Template::joined(self.keys.len(), separator)),
            Some(template) => Template::parse(template, &self.keys)
                .map_err(|reason| SplitError::Template { template: template.clone(), reason }),
        };
        let (folder, file) = (parse(&self.folder, "/")?, parse(&self.file, "_")?);
        if let Some(unused) = (0..self.keys.len()).find(|key| !folder.uses(*key) && !file.uses(*key)) {
            return Err(SplitError::UnusedKey { column: self.keys[unused].clone() });
        }
        if let Some(missing) = &self.missing
            && let Some(reason) = objection(missing)
        {
            return Err(SplitError::Placeholder { missing: missing.clone(), reason });
        }
        Ok((folder, file))
    }

    fn same_id(&self, id: String, keys: &[Key], rows: [usize; 2]) -> SplitError {
        let group = |row| {
            let values = self.keys.iter().zip(keys).map(|(name, key)| format!("{name} = `{}`", key.value(row)));
            format!("row {row} ({})", values.collect::<Vec<_>>().join(", "))
        };
        SplitError::SameId { id, first: group(rows[0]), second: group(rows[1]) }
    }
}

/// The reason why a table could not be split. Rows are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// There is no column to split by.
    #[error("there is no key column to split by: name one at least")]
    NoKeys,
    /// A column cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A column's values cannot split a table.
    #[error("column `{column}` is {kind}, which is no key: split by text, bool, i32, i64, u64, date or timestamp")]
    Kind {
        /// The column's name.
        column: String,
        /// The kind of its values.
        kind: ColumnKind,
    },
    /// A key is missing, and nothing says where such rows go.
    #[error("column `{column}` has no value in row {row}: say with `missing` what stands in the id of such rows")]
    Missing {
        /// The column's name.
        column: String,
        /// The first such row.
        row: usize,
    },
    /// A value would make another path of an id.
    #[error("the value {value:?} of column `{column}` in row {row} cannot stand in an id: {reason}")]
    Value {
        /// The column's name.
        column: String,
        /// The first such row.
        row: usize,
        /// The value.
        value: String,
        /// The fault of the value.
        reason: &'static str,
    },
    /// A template is wrong.
    #[error("the template `{template}` is wrong: {reason}")]
    Template {
        /// The template.
        template: String,
        /// The fault of the template.
        reason: String,
    },
    /// Groups would share an id.
    #[error("the key `{column}` stands in no template: groups that differ in it alone would have one id")]
    UnusedKey {
        /// The column's name.
        column: String,
    },
    /// The text for missing values is invalid.
    #[error("`missing` is {missing:?}, which cannot stand in an id: {reason}")]
    Placeholder {
        /// The text of `missing`.
        missing: String,
        /// The fault of the text.
        reason: &'static str,
    },
    /// The templates make an id that is no path.
    #[error("the part {part:?} of the id `{id}` cannot stand there: {reason}")]
    Id {
        /// The part between two slashes.
        part: String,
        /// The id.
        id: String,
        /// The fault of the part.
        reason: &'static str,
    },
    /// Groups share an id.
    #[error("two groups have the id `{id}`: that of {first} and that of {second}: change the templates or `missing`")]
    SameId {
        /// The id.
        id: String,
        /// A row of the first group, and its keys.
        first: String,
        /// A row of the second one.
        second: String,
    },
    /// A partition could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}
