//! Joins many tables into one.

use core::convert::Infallible;

use wpipe_data::table::{AnyColumn, ColumnInfo, Dictionary, toml_key};
use wpipe_data::{
    AlignedBytes, ColumnKind, ItemKind, ProduceError, Room, Sink, Table, TableError, TableMut, TableShape, TableSpec,
    ViewError,
};

use super::input::peek;
use super::{PartitionError, Partitions};
use crate::OutputError;
use crate::contract::{Buffer, explain};
use crate::output::{Output, Unwritten};

/// Makes one table of all partitions, in the order of their ids, with one partition in memory at a time.
///
/// The first partition sets the columns and their order; the others must have the same ones, in any order. A column may
/// have missing values if it may in one of them. One without any value in a partition, as in text files, takes its type
/// from the others. One of `i64` in some and `f64` in others is `f64`, if no number changes by that. Text that is a
/// dictionary in one partition becomes one of all values in the table. The ends of all partitions are read first, for
/// their numbers of rows; then the table is built in place.
///
/// ```
/// use wpipe_sdk::partitions::{Concat, ConcatError};
/// use wpipe_sdk::{Output, Partitions, Table, View, node};
///
/// /// All days in one table.
/// #[node]
/// fn year(days: Partitions<Table>, year: Output<Table>) -> Result<(), ConcatError> {
///     Concat::new().id_column("day").write(days, year)
/// }
///
/// let monday = Table::from_columns([("x", vec![1.0, 2.0].into())])?;
/// let tuesday = Table::from_columns([("x", vec![3.0].into())])?;
/// let (output, written) = Output::in_memory();
/// year(Partitions::in_memory([("monday", &monday), ("tuesday", &tuesday)])?, output)?;
/// let archive = written.archive().ok_or("not written")?;
/// let table = Table::view(&archive)?;
/// assert_eq!(table.column::<f64>("x")?, [1.0, 2.0, 3.0]);
/// assert_eq!(table.text("day")?.get(2), "tuesday");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Concat {
    id_column: Option<String>,
    empty: Option<TableSpec>,
}

impl Concat {
    /// Joins partitions one behind the other, and adds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text column with each row's partition id, behind all others.
    pub fn id_column(self, name: impl Into<String>) -> Self {
        Self { id_column: Some(name.into()), ..self }
    }

    /// Sets the table for no partitions: `spec`, without rows, and the column of ids if that is asked for. Otherwise no
    /// partitions are an error, because the columns are unknown then.
    pub fn or_empty(self, spec: TableSpec) -> Self {
        Self { empty: Some(spec), ..self }
    }

    /// Builds the table in an output.
    ///
    /// # Errors
    ///
    /// Fails with a [`ConcatError`].
    pub fn write(&self, partitions: Partitions<Table>, output: Output<Table>) -> Result<(), ConcatError> {
        output.write_or(|sink| self.build(partitions, sink))
    }

    /// Builds the table in the node's own memory.
    ///
    /// # Errors
    ///
    /// Fails with a [`ConcatError`].
    pub fn table(&self, partitions: Partitions<Table>) -> Result<Table<'static>, ConcatError> {
        let mut bytes = AlignedBytes::new();
        let size = self.build(partitions, &mut bytes).map_err(|error| match error {
            Unwritten::Own(error) => error,
            Unwritten::Produce(error) => without_sink(error).into(),
        })?;
        bytes.resize(size, 0);
        Ok(Table::from_archive(bytes).map_err(|error| TableError::Root(error.to_string()))?)
    }

    fn build<S: Sink>(
        &self,
        partitions: Partitions<Table>,
        sink: &mut S,
    ) -> Result<usize, Unwritten<S::Error, ConcatError>> {
        let (spec, names) = match (partitions.is_empty(), &self.empty) {
            (false, _) => self.survey(&partitions).map_err(Unwritten::Own)?,
            (true, Some(empty)) => (self.with_ids(empty.clone(), 0), Vec::new()),
            (true, None) => {
                let input = partitions.input().to_owned();
                return Err(Unwritten::Own(ConcatError::NoPartitions { input }));
            }
        };
        let mut table = spec.build_in(sink).map_err(Unwritten::Produce)?;
        self.fill(partitions, &names, &mut table).map_err(Unwritten::Own)?;
        Ok(table.finish().map_err(ProduceError::from)?)
    }

    /// Returns the spec of the table, and the names of the partitions' columns.
    fn survey(&self, partitions: &Partitions<Table>) -> Result<(TableSpec, Vec<String>), ConcatError> {
        let mut total: Option<Total> = None;
        for (id, buffer) in partitions.buffers() {
            let shape = shape(buffer).map_err(|reason| PartitionError::new(partitions.input(), id, reason))?;
            match &mut total {
                None => total = Some(Total::new(id, &shape)),
                Some(total) => total.add(partitions.input(), id, &shape)?,
            }
        }
        let Total { rows, id_bytes, columns, first } = total.unwrap_or_default();
        let mut spec = TableSpec::new(rows);
        for Column { name, kind, nullable, dictionary, room, .. } in &columns {
            if self.id_column.as_ref() == Some(name) {
                let input = partitions.input().to_owned();
                return Err(ConcatError::IdColumn { input, column: name.clone(), partition: first });
            }
            spec = spec.column_like(name, *kind, *dictionary, *room);
            spec = if *nullable { spec.nullable() } else { spec };
        }
        Ok((self.with_ids(spec, id_bytes), columns.into_iter().map(|column| column.name).collect()))
    }

    fn with_ids(&self, spec: TableSpec, bytes: usize) -> TableSpec {
        match &self.id_column {
            Some(name) => spec.text(name, bytes),
            None => spec,
        }
    }

    fn fill(&self, partitions: Partitions<Table>, names: &[String], to: &mut TableMut<'_>) -> Result<(), ConcatError> {
        let mut start = 0;
        for partition in partitions {
            let partition = partition.load()?;
            for (name, to) in names.iter().zip(to.columns_mut()) {
                AnyColumn::new(&partition, name)?.append(start, to)?;
            }
            if let Some(name) = &self.id_column {
                let mut ids = to.text_mut(name)?;
                (0..partition.rows()).try_for_each(|_| ids.push(partition.id()))?;
            }
            start += partition.rows();
        }
        Ok(())
    }
}

fn shape(buffer: &Buffer) -> Result<TableShape, String> {
    let size = usize::try_from(buffer.size()).unwrap_or(usize::MAX);
    TableShape::read(size, |range| peek(buffer, range).map_err(|error| Reason(explain(error))))
        .map_err(|Reason(reason)| reason)
}

/// The reason why a shape could not be read.
struct Reason(String);

impl From<ViewError> for Reason {
    fn from(error: ViewError) -> Self {
        Self(error.to_string())
    }
}

/// The total of all partitions so far. Numbers that are too large are refused when the table is laid out.
#[derive(Default)]
struct Total {
    rows: usize,
    /// The bytes of the partition's id in each row.
    id_bytes: usize,
    columns: Vec<Column>,
    /// The partition that the columns come from.
    first: String,
}

struct Column {
    name: String,
    kind: ColumnKind,
    nullable: bool,
    dictionary: Option<Dictionary>,
    room: Room,
    rows: usize,
    /// True if no partition has had a value of it.
    is_empty: bool,
}

impl Column {
    fn new(shape: &TableShape, position: usize, info: ColumnInfo<'_>) -> Self {
        Self {
            name: info.name.to_owned(),
            kind: info.kind,
            nullable: info.nullable,
            dictionary: info.dictionary,
            room: shape.room(position),
            rows: shape.rows(),
            is_empty: info.kind == ColumnKind::Text && info.null_count == shape.rows(),
        }
    }

    /// Takes the column of another partition into account; `false` if it does not fit.
    fn unite(&mut self, other: Self) -> bool {
        use ColumnKind::{F64, I64, List, Text};
        self.nullable |= other.nullable;
        match (self.kind, other.kind) {
            _ if other.is_empty => {}
            (_, kind) if self.is_empty => {
                (self.kind, self.dictionary, self.room) = (kind, other.dictionary, other.room)
            }
            (Text, Text) if self.dictionary.is_some() || other.dictionary.is_some() => {
                let of_values = |column: &Self| match column.dictionary {
                    Some(_) => column.room,
                    // There are at most as many as rows.
                    None => Room::items(column.rows).bytes(column.room.bytes),
                };
                let is_ordered = |column: &Self| column.dictionary.is_some_and(|dictionary| dictionary.ordered);
                if is_ordered(self) != is_ordered(&other) {
                    return false;
                }
                self.room = of_values(self) + of_values(&other);
                self.dictionary = self.dictionary.or(other.dictionary);
            }
            (own, kind) if own == kind => self.room = self.room + other.room,
            // Without items, any kind is right.
            (List(_), List(_)) if other.room.items == 0 => {}
            (List(_), List(_)) if self.room.items == 0 => (self.kind, self.room) = (other.kind, other.room),
            (I64, F64) | (F64, I64) => self.kind = F64,
            (List(ItemKind::I64), List(ItemKind::F64)) | (List(ItemKind::F64), List(ItemKind::I64)) => {
                (self.kind, self.room) = (List(ItemKind::F64), self.room + other.room);
            }
            _ => return false,
        }
        self.rows = self.rows.saturating_add(other.rows);
        self.is_empty &= other.is_empty;
        true
    }
}

impl Total {
    fn new(id: &str, shape: &TableShape) -> Self {
        let columns = shape.columns().enumerate();
        let columns = columns.map(|(position, info)| Column::new(shape, position, info)).collect();
        Self { rows: shape.rows(), id_bytes: shape.rows().saturating_mul(id.len()), columns, first: id.to_owned() }
    }

    fn add(&mut self, input: &str, id: &str, shape: &TableShape) -> Result<(), ConcatError> {
        let Self { rows, id_bytes, columns, first } = self;
        let disagree = |column: &str, reason: String| {
            let (input, partition, column) = (input.to_owned(), id.to_owned(), column.to_owned());
            Err(ConcatError::Disagree { input, partition, column, reason })
        };
        for column in &mut *columns {
            let name = column.name.as_str();
            let Some((position, info)) = shape.columns().enumerate().find(|(_, info)| info.name == name) else {
                return disagree(name, format!("it is not there, and partition `{first}` has it"));
            };
            let (own, kind) = (info.kind, column.kind);
            if !column.unite(Column::new(shape, position, info)) {
                let cure = if own == kind {
                    "the order of one means something; read both as text with `dictionary = false`".to_owned()
                } else {
                    format!("read both as one with `types = {{ {} = \"{kind}\" }}`", toml_key(&column.name))
                };
                return disagree(
                    &column.name,
                    format!("it is {own}, and {kind} in partition `{first}`: {cure} for their dataset"),
                );
            }
        }
        if let Some(info) = shape.columns().find(|info| columns.iter().all(|column| column.name != info.name)) {
            return disagree(info.name, format!("partition `{first}` has no such column"));
        }
        *rows = rows.saturating_add(shape.rows());
        *id_bytes = id_bytes.saturating_add(shape.rows().saturating_mul(id.len()));
        Ok(())
    }
}

fn without_sink(error: ProduceError<Infallible>) -> TableError {
    match error {
        ProduceError::Table(error) => error,
        other => TableError::Root(other.to_string()),
    }
}

/// The reason why partitions could not become one table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConcatError {
    /// There is none, and no table is set for that case.
    #[error("the input `{input}` has no partitions: say with `or_empty` what the table is then")]
    NoPartitions {
        /// The input's name.
        input: String,
    },
    /// A partition could not be read.
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// Two partitions have different columns.
    #[error("column `{column}` of partition `{partition}` of the input `{input}` does not fit: {reason}")]
    Disagree {
        /// The input's name.
        input: String,
        /// The partition's id.
        partition: String,
        /// The column's name.
        column: String,
        /// The difference elsewhere.
        reason: String,
    },
    /// The column of ids has the name of another one.
    #[error(
        "partition `{partition}` of the input `{input}` has a column `{column}` already: give the one of ids another name"
    )]
    IdColumn {
        /// The input's name.
        input: String,
        /// The column's name.
        column: String,
        /// A partition that has it.
        partition: String,
    },
    /// A column could not be copied, or the table is too large.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}
