//! The second step of building a table in place: filling its columns, which are disjoint slices of the area.

use core::convert::Infallible;
use core::mem;

use super::place::Aside;
use super::raw::ColumnBuffers;
use super::spec::Plan;
use super::{BinaryWriter, BitsMut, ColumnMut, ListWriter, NullableMut, TableError, TextWriter, Value, root};
use crate::{ARCHIVE_ALIGNMENT, MAX_ARCHIVE_SIZE, ProduceError, Sink};

/// A table under construction; see [`TableSpec`](super::TableSpec) for an example.
#[derive(Debug)]
pub struct TableMut<'s> {
    rows: usize,
    columns: Vec<ColumnMut<'s>>,
    /// The room for the root.
    tail: &'s mut [u8],
    data_size: usize,
    size: usize,
}

impl<'s> TableMut<'s> {
    /// Divides `area`, whose first `plan.size` bytes become the table.
    pub(super) fn new(plan: Plan, area: &'s mut [u8]) -> Result<Self, TableError> {
        if !area.as_ptr().addr().is_multiple_of(ARCHIVE_ALIGNMENT) {
            return Err(TableError::Misaligned);
        }
        let (data, tail) = area[..plan.size].split_at_mut(plan.data_size);
        let mut rest = Rest(data);
        let mut columns = Vec::with_capacity(plan.columns.len());
        for (buffers, grows) in plan.columns {
            columns.push(ColumnMut::new(plan.rows, buffers, grows, &mut |length| rest.take(length))?);
        }
        Ok(Self { rows: plan.rows, columns, tail, data_size: plan.data_size, size: plan.size })
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns all columns in order, to be filled independently of each other, on several threads if need be.
    #[must_use]
    pub fn columns_mut(&mut self) -> &mut [ColumnMut<'s>] {
        &mut self.columns
    }

    /// Returns several columns at once, by name.
    ///
    /// ```
    /// use wpipe_data::{AlignedBytes, TableSpec};
    ///
    /// let mut area = AlignedBytes::new();
    /// let mut table = TableSpec::new(2).f64("x").f64("y").build_in(&mut area)?;
    /// let [x, y] = table.columns_named(["x", "y"])?;
    /// for (x, y) in x.values::<f64>()?.iter_mut().zip(y.values::<f64>()?) {
    ///     (*x, *y) = (1.0, 2.0);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if a column is missing or named twice.
    pub fn columns_named<const N: usize>(&mut self, names: [&str; N]) -> Result<[&mut ColumnMut<'s>; N], TableError> {
        let mut positions = [0; N];
        for (position, name) in positions.iter_mut().zip(names) {
            *position = self.position(name)?;
        }
        self.columns.get_disjoint_mut(positions).map_err(|_| {
            let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
            TableError::Duplicate { column: twice.map_or_else(String::new, |(_, name)| (*name).to_owned()) }
        })
    }

    /// Returns one column, by name.
    ///
    /// # Errors
    ///
    /// Fails with [`TableError::NoColumn`].
    pub fn column_named(&mut self, name: &str) -> Result<&mut ColumnMut<'s>, TableError> {
        let position = self.position(name)?;
        Ok(&mut self.columns[position])
    }

    /// Returns the values of a column of numbers, dates or times.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is of another kind.
    pub fn column_mut<T: Value>(&mut self, name: &str) -> Result<&mut [T], TableError> {
        self.column_named(name)?.values()
    }

    /// Returns the values of a nullable column of numbers, dates or times, together with its validity map.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is of another kind, or not nullable.
    pub fn nullable_mut<T: Value>(&mut self, name: &str) -> Result<NullableMut<'_, T>, TableError> {
        self.column_named(name)?.nullable_values()
    }

    /// Returns the values of a bool column.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is of another kind.
    pub fn bools_mut(&mut self, name: &str) -> Result<BitsMut<'_>, TableError> {
        self.column_named(name)?.bools()
    }

    /// Returns a writer that continues the column's last one.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is of another kind.
    pub fn text_mut(&mut self, name: &str) -> Result<TextWriter<'_, 's>, TableError> {
        self.column_named(name)?.text()
    }

    /// Returns a writer that continues the column's last one.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is of another kind.
    pub fn binary_mut(&mut self, name: &str) -> Result<BinaryWriter<'_, 's>, TableError> {
        self.column_named(name)?.binary()
    }

    /// Returns a writer that continues the column's last one.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is of another kind.
    pub fn lists_mut(&mut self, name: &str) -> Result<ListWriter<'_, 's>, TableError> {
        self.column_named(name)?.lists()
    }

    /// Returns the validity map of a nullable column, all ones to start with.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, or if it is not nullable.
    pub fn validity_mut(&mut self, name: &str) -> Result<BitsMut<'_>, TableError> {
        self.column_named(name)?.validity()
    }

    /// Writes the root and returns the archive's size in bytes.
    ///
    /// # Errors
    ///
    /// Fails if a column of text, binary or lists lacks rows, or if one has [`Room::growing`](super::Room::growing): such
    /// tables are built by [`TableSpec::build`](super::TableSpec::build).
    pub fn finish(self) -> Result<usize, TableError> {
        match self.end()? {
            Ended::InPlace(size) => Ok(size),
            Ended::Aside { aside, .. } => {
                Err(TableError::Aside { column: aside.column().unwrap_or_default().to_owned() })
            }
        }
    }

    /// Ends the building. If all is in place, the root is written.
    pub(super) fn end(mut self) -> Result<Ended, TableError> {
        let mut aside = Aside::behind(self.data_size);
        for column in &mut self.columns {
            column.finish(&mut aside)?;
        }
        if aside.column().is_some() {
            let columns = self.columns.iter().map(|column| column.buffers().clone()).collect();
            return Ok(Ended::Aside { rows: self.rows, columns, aside });
        }
        let root = root::encode(self.rows, self.data_size, self.columns.iter().map(ColumnMut::buffers))?;
        self.tail.copy_from_slice(&root);
        Ok(Ended::InPlace(self.size))
    }

    fn position(&self, name: &str) -> Result<usize, TableError> {
        let names = self.columns.iter().map(|column| column.name());
        names.clone().position(|other| other == name).ok_or_else(|| TableError::no_column(name, names))
    }
}

/// A table whose columns are written.
pub(super) enum Ended {
    /// It is complete, of this size in bytes.
    InPlace(usize),
    /// Some buffers have to be copied to their places behind the others, and the root behind them.
    Aside { rows: usize, columns: Vec<ColumnBuffers>, aside: Aside },
}

impl Ended {
    /// Completes the table in the sink in which it was begun. Returns its size in bytes.
    pub(super) fn complete<S: Sink>(self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        let (rows, columns, aside) = match self {
            Self::InPlace(size) => return Ok(size),
            Self::Aside { rows, columns, aside } => (rows, columns, aside),
        };
        let too_large = TableError::TooLarge { rows, columns: columns.len() };
        if aside.end() > MAX_ARCHIVE_SIZE {
            return Err(too_large.into());
        }
        let data_size = aside.end();
        let root = root::encode(rows, data_size, columns.iter())?;
        let size = data_size.saturating_add(root.len());
        if size > MAX_ARCHIVE_SIZE {
            return Err(too_large.into());
        }
        let area = sink.reserve(size).map_err(ProduceError::Sink)?;
        aside.copy_to(area);
        area[data_size..size].copy_from_slice(&root);
        Ok(size)
    }
}

/// Returns the error of building in memory, which always grows.
pub(super) fn without_sink(error: ProduceError<Infallible>) -> TableError {
    match error {
        ProduceError::Table(error) => error,
        other => TableError::Root(other.to_string()),
    }
}

/// The part of the area that has not been given to a column yet.
struct Rest<'s>(&'s mut [u8]);

impl<'s> Rest<'s> {
    /// Takes the next `length` bytes; the gap behind them is made zero.
    fn take(&mut self, length: usize) -> &'s mut [u8] {
        let (buffer, rest) = mem::take(&mut self.0).split_at_mut(length.next_multiple_of(ARCHIVE_ALIGNMENT));
        self.0 = rest;
        let (buffer, gap) = buffer.split_at_mut(length);
        gap.fill(0);
        buffer
    }
}
