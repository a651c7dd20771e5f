//! Reading a table: columns by name or position, as slices of the archive itself.

use core::fmt;
use std::sync::Arc;

use super::fixed::FixedColumn;
use super::lent::Lent;
use super::raw::ColumnBuffers;
use super::{
    BinaryColumn, BoolColumn, ColumnKind, Dictionary, DictionaryColumn, Nullable, TableError, TableShape, TextColumn,
    Value, bits, root, validate,
};
use crate::produce::write_raw;
use crate::{AlignedBytes, Produce, ProduceError, SharedBytes, Sink, View, ViewError};

/// Named columns of equal length, read in place.
///
/// A table borrows the buffer that it views, or owns a small archive of its own
/// ([`from_columns`](Table::from_columns)). A clone shares the bytes.
///
/// Columns are requested by name or by position. The root's statements are checked when the table is made; the content
/// of a text column or of a validity map, when the column is requested.
///
/// A column has the requested kind, with two exceptions for tables from files that do not tell kinds: a column of text
/// without any value is read as any kind, and one of `i64` as `f64`, if no number changes by that.
/// [`numbers`](Table::numbers) reads a column of any numeric kind.
///
/// ```
/// use wpipe_data::Table;
///
/// let table = Table::from_columns([
///     ("species", vec!["setosa", "virginica"].into()),
///     ("petal_length", vec![1.4, 5.5].into()),
///     ("visits", vec![Some(3_i64), None].into()),
/// ])?;
///
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.column::<f64>("petal_length")?, [1.4, 5.5]);
/// assert_eq!(table.text(0)?.iter().collect::<Vec<_>>(), ["setosa", "virginica"]);
/// assert_eq!(table.nullable::<i64>("visits")?.get(1), None);
///
/// let error = table.column::<f64>("petal_lenght").unwrap_err();
/// assert!(error.to_string().contains("did you mean `petal_length`?"));
/// # Ok::<(), wpipe_data::TableError>(())
/// ```
#[derive(Clone)]
pub struct Table<'a> {
    bytes: Bytes<'a>,
    /// Where it comes from, for errors.
    name: Option<Arc<str>>,
    rows: usize,
    pub(super) columns: Arc<[ColumnBuffers]>,
    /// The conversions of each column for requests of another kind.
    pub(super) lent: Arc<[Lent]>,
}

#[derive(Clone)]
enum Bytes<'a> {
    Borrowed(&'a [u8]),
    Shared(SharedBytes),
}

/// A column's description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnInfo<'t> {
    /// The column's name.
    pub name: &'t str,
    /// The kind of its values.
    pub kind: ColumnKind,
    /// True if its values may be missing.
    pub nullable: bool,
    /// The number of missing values, by the producer's word.
    pub null_count: usize,
    /// The dictionary, of text that is laid out as one.
    pub dictionary: Option<Dictionary>,
}

impl<'t> From<&'t ColumnBuffers> for ColumnInfo<'t> {
    fn from(column: &'t ColumnBuffers) -> Self {
        let ColumnBuffers { name, kind, null_count, validity, child, .. } = column;
        let child = child.as_ref().filter(|_| column.is_dictionary());
        let dictionary = child.map(|child| Dictionary { values: child.length, ordered: child.ordered });
        Self { name, kind: *kind, nullable: validity.is_some(), null_count: *null_count, dictionary }
    }
}

/// The index of a column: its name (`&str`, `&String`) or its position (`usize`).
pub trait ColumnIndex: sealed::Sealed {
    /// Returns the column's position in `table`.
    ///
    /// # Errors
    ///
    /// Fails with [`TableError::NoColumn`].
    fn position(&self, table: &Table) -> Result<usize, TableError>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &str {}
    impl Sealed for &String {}
    impl Sealed for usize {}
}

impl ColumnIndex for &str {
    fn position(&self, table: &Table) -> Result<usize, TableError> {
        let names = table.columns.iter().map(|column| column.name.as_str());
        let position = names.clone().position(|name| name == *self);
        position.ok_or_else(|| table.named_error(TableError::no_column(self, names)))
    }
}

impl ColumnIndex for &String {
    fn position(&self, table: &Table) -> Result<usize, TableError> {
        self.as_str().position(table)
    }
}

impl ColumnIndex for usize {
    fn position(&self, table: &Table) -> Result<usize, TableError> {
        let columns = table.columns.len();
        if *self < columns { Ok(*self) } else { Err(table.named_error(TableError::no_position(*self, columns))) }
    }
}

impl<'a> Table<'a> {
    /// Reads a buffer that starts at a multiple of 8 bytes, better 64, and ends with the table. Costs O(columns).
    ///
    /// # Errors
    ///
    /// Fails if `bytes` are no table: see [`ViewError`].
    pub fn view(bytes: &'a [u8]) -> Result<Self, ViewError> {
        Self::new(Bytes::Borrowed(bytes))
    }

    fn new(bytes: Bytes<'a>) -> Result<Self, ViewError> {
        let TableShape { rows, columns } = validate::validate(bytes.as_slice())?;
        let lent = columns.iter().map(|_| Lent::default()).collect();
        Ok(Self { bytes, name: None, rows, columns: columns.into(), lent })
    }

    /// Returns the same table with a name, which the errors of its columns begin with. A node's inputs have one:
    /// ``the input `sales` ``.
    ///
    /// ```
    /// use wpipe_data::Table;
    ///
    /// let table = Table::from_columns([("price", vec![3.5].into())])?.named("the input `sales`");
    /// let error = table.text("price").unwrap_err().to_string();
    /// assert!(error.starts_with("the input `sales`: column `price` is f64, not text"));
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Returns an error with the name of the table.
    pub(super) fn named_error(&self, error: TableError) -> TableError {
        match &self.name {
            Some(name) => error.of(name),
            None => error,
        }
    }

    /// Reads something, and gives an error the name of the table.
    pub(super) fn named_errors<R>(&self, read: impl FnOnce() -> Result<R, TableError>) -> Result<R, TableError> {
        read().map_err(|error| self.named_error(error))
    }

    /// Returns the archive.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the columns in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = ColumnInfo<'_>> + Clone {
        self.columns.iter().map(ColumnInfo::from)
    }

    /// Returns the columns' buffers as ranges of [`bytes`](Self::bytes), in order.
    #[must_use]
    pub fn raw_columns(&self) -> &[ColumnBuffers] {
        &self.columns
    }

    /// Returns the values of a column of numbers, dates or times.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, or if values are missing.
    pub fn column<T: Value>(&self, which: impl ColumnIndex) -> Result<&[T], TableError> {
        self.named_errors(|| {
            let at = which.position(self)?;
            let values = self.values_as(at)?;
            self.complete(&self.columns[at], "nullable")?;
            Ok(values)
        })
    }

    /// Returns the values of a column of numbers, dates or times in which some may be missing.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, or if its validity map is wrong.
    pub fn nullable<T: Value>(&self, which: impl ColumnIndex) -> Result<Nullable<'_, &[T]>, TableError> {
        self.named_errors(|| {
            let at = which.position(self)?;
            self.with_validity(&self.columns[at], self.values_as(at)?)
        })
    }

    /// Returns the texts of a column. Checks all of them once: O(rows + bytes).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, if values are missing, or if a text is not UTF-8.
    pub fn text(&self, which: impl ColumnIndex) -> Result<TextColumn<'_>, TableError> {
        self.named_errors(|| {
            let column = self.find(which, ColumnKind::Text)?;
            self.complete(column, "nullable_text")?;
            self.texts(column)
        })
    }

    /// Returns the texts of a column in which some may be missing. Checks all of them once: O(rows + bytes).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, if its validity map is wrong, or if a text is not
    /// UTF-8.
    pub fn nullable_text(&self, which: impl ColumnIndex) -> Result<Nullable<'_, TextColumn<'_>>, TableError> {
        self.named_errors(|| {
            let column = self.find(which, ColumnKind::Text)?;
            self.with_validity(column, self.texts(column)?)
        })
    }

    /// Returns the codes and the values of a text column that is laid out as a dictionary. Checks all of them once:
    /// O(rows + bytes).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is no dictionary, if values are missing, or if it is damaged.
    pub fn dictionary(&self, which: impl ColumnIndex) -> Result<DictionaryColumn<'_>, TableError> {
        self.named_errors(|| {
            let column = self.find(which, ColumnKind::Text)?;
            self.complete(column, "nullable_dictionary")?;
            self.coded(column)
        })
    }

    /// Returns the codes and the values of a text column that is laid out as a dictionary, and in which some may be
    /// missing: the items are codes. Checks all of them once: O(rows + bytes).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is no dictionary, if its validity map is wrong, or if it is damaged.
    pub fn nullable_dictionary(
        &self,
        which: impl ColumnIndex,
    ) -> Result<Nullable<'_, DictionaryColumn<'_>>, TableError> {
        self.named_errors(|| {
            let column = self.find(which, ColumnKind::Text)?;
            self.with_validity(column, self.coded(column)?)
        })
    }

    /// Returns the values of a binary column. Checks all offsets once: O(rows).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, if values are missing, or if its offsets are wrong.
    pub fn binary(&self, which: impl ColumnIndex) -> Result<BinaryColumn<'_>, TableError> {
        self.named_errors(|| {
            let at = self.find_or_empty(which, ColumnKind::Binary)?;
            self.complete(&self.columns[at], "nullable_binary")?;
            self.varied(&self.columns[at])
        })
    }

    /// Returns the values of a binary column in which some may be missing. Checks all offsets once: O(rows).
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, or if its validity map or its offsets are wrong.
    pub fn nullable_binary(&self, which: impl ColumnIndex) -> Result<Nullable<'_, BinaryColumn<'_>>, TableError> {
        self.named_errors(|| {
            let at = self.find_or_empty(which, ColumnKind::Binary)?;
            self.nullable_varied(at)
        })
    }

    /// Returns the values of a bool column.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, or if values are missing.
    pub fn bools(&self, which: impl ColumnIndex) -> Result<BoolColumn<'_>, TableError> {
        self.named_errors(|| {
            let at = self.find_or_empty(which, ColumnKind::Bool)?;
            self.complete(&self.columns[at], "nullable_bools")?;
            Ok(self.bits(at))
        })
    }

    /// Returns the values of a bool column in which some may be missing.
    ///
    /// # Errors
    ///
    /// Fails if there is no such column, if it is of another kind, or if its validity map is wrong.
    pub fn nullable_bools(&self, which: impl ColumnIndex) -> Result<Nullable<'_, BoolColumn<'_>>, TableError> {
        self.named_errors(|| {
            let at = self.find_or_empty(which, ColumnKind::Bool)?;
            self.with_validity(&self.columns[at], self.bits(at))
        })
    }

    /// Returns the bytes of a text or binary column.
    pub(super) fn nullable_varied(&self, at: usize) -> Result<Nullable<'_, BinaryColumn<'_>>, TableError> {
        self.named_errors(|| {
            let column = &self.columns[at];
            self.with_validity(column, self.varied(column)?)
        })
    }

    /// Returns the values of a column of fixed width, as bytes.
    pub(super) fn nullable_fixed(&self, at: usize) -> Result<Nullable<'_, FixedColumn<'_>>, TableError> {
        self.named_errors(|| {
            let column = &self.columns[at];
            let width = column.kind.width().unwrap_or(1);
            self.with_validity(column, FixedColumn::new(&self.bytes()[column.values.clone()], width))
        })
    }

    pub(super) fn find(&self, which: impl ColumnIndex, expected: ColumnKind) -> Result<&ColumnBuffers, TableError> {
        let column = &self.columns[which.position(self)?];
        if column.kind == expected {
            return Ok(column);
        }
        Err(TableError::misread(column, expected))
    }

    /// Returns the position of a column of that kind, or of one without values.
    fn find_or_empty(&self, which: impl ColumnIndex, expected: ColumnKind) -> Result<usize, TableError> {
        let at = which.position(self)?;
        let column = &self.columns[at];
        if column.kind == expected || self.has_no_values(column) {
            return Ok(at);
        }
        Err(TableError::misread(column, expected))
    }

    /// Returns true if a text column has no value, so that it may be read as any kind.
    pub(super) fn has_no_values(&self, column: &ColumnBuffers) -> bool {
        column.kind == ColumnKind::Text && column.null_count == self.rows
    }

    /// Returns the values of the column at `at`, of its own kind or of one that it may be read as.
    pub(super) fn values_as<T: Value>(&self, at: usize) -> Result<&[T], TableError> {
        let column = &self.columns[at];
        if T::fits(column.kind) {
            return self.values(column);
        }
        let misaligned = || TableError::corrupt(&column.name, "its values are misaligned");
        if self.has_no_values(column) {
            let zeros = &self.lent[at].zeros(self.rows)[..self.rows * size_of::<T>()];
            return bytemuck::try_cast_slice(zeros).map_err(|_| misaligned());
        }
        if column.kind == ColumnKind::I64 && T::KIND == ColumnKind::F64 {
            let validity = self.validity(column)?;
            let is_valid = |row| validity.is_none_or(|validity| bits::get(validity, row));
            let floats = self.lent[at].floats(&column.name, self.values(column)?, is_valid)?;
            return bytemuck::try_cast_slice(floats).map_err(|_| misaligned());
        }
        Err(TableError::misread(column, T::KIND))
    }

    pub(super) fn values<T: Value>(&self, column: &ColumnBuffers) -> Result<&[T], TableError> {
        bytemuck::try_cast_slice(&self.bytes()[column.values.clone()])
            .map_err(|_| TableError::corrupt(&column.name, "its values are misaligned"))
    }

    pub(super) fn offsets(&self, column: &ColumnBuffers) -> Result<&[i32], TableError> {
        let offsets = column.offsets.clone().unwrap_or_default();
        bytemuck::try_cast_slice(&self.bytes()[offsets])
            .map_err(|_| TableError::corrupt(&column.name, "its offsets are misaligned"))
    }

    pub(super) fn texts(&self, column: &ColumnBuffers) -> Result<TextColumn<'_>, TableError> {
        if let Some(values) = &column.child {
            return self.texts(&values.buffers)?.coded(&column.name, self.codes(column)?);
        }
        TextColumn::new(&column.name, self.offsets(column)?, &self.bytes()[column.values.clone()])
    }

    pub(super) fn varied(&self, column: &ColumnBuffers) -> Result<BinaryColumn<'_>, TableError> {
        BinaryColumn::new(&column.name, self.offsets(column)?, &self.bytes()[column.values.clone()])
    }

    fn bits(&self, at: usize) -> BoolColumn<'_> {
        let column = &self.columns[at];
        match column.kind {
            ColumnKind::Bool => BoolColumn::new(&self.bytes()[column.values.clone()], self.rows),
            _ => BoolColumn::new(self.lent[at].zeros(self.rows), self.rows),
        }
    }

    /// Returns the validity map, once its number of missing values is checked against the root.
    fn validity(&self, column: &ColumnBuffers) -> Result<Option<&[u8]>, TableError> {
        self.validity_of(column, self.rows)
    }

    /// Returns the validity map as [`validity`](Self::validity) does, of a column of `rows` rows.
    pub(super) fn validity_of(&self, column: &ColumnBuffers, rows: usize) -> Result<Option<&[u8]>, TableError> {
        let Some(range) = column.validity.clone() else {
            return Ok(None);
        };
        let validity = &self.bytes()[range];
        if rows - bits::count_ones(validity, rows) != column.null_count {
            return Err(TableError::corrupt(&column.name, "its validity map and its number of missing values differ"));
        }
        Ok(Some(validity))
    }

    /// Fails if values are missing.
    pub(super) fn complete(&self, column: &ColumnBuffers, reader: &'static str) -> Result<(), TableError> {
        self.validity(column)?;
        if column.null_count == 0 {
            return Ok(());
        }
        Err(TableError::HasNulls { column: column.name.clone(), nulls: column.null_count, reader })
    }

    pub(super) fn with_validity<'t, V: super::rows::Rows>(
        &'t self,
        column: &ColumnBuffers,
        values: V,
    ) -> Result<Nullable<'t, V>, TableError> {
        Ok(Nullable::new(values, self.validity(column)?, self.rows, column.null_count))
    }
}

impl Table<'static> {
    /// Reads an archive and keeps it.
    ///
    /// # Errors
    ///
    /// Fails if `bytes` are no table: see [`ViewError`].
    pub fn from_archive(bytes: AlignedBytes) -> Result<Self, ViewError> {
        Self::new(Bytes::Shared(Arc::new(bytes)))
    }
}

impl Bytes<'_> {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => (**bytes).as_ref(),
        }
    }
}

impl View for Table<'_> {
    const NAME: &'static str = root::NAME;
    const FINGERPRINT: u64 = root::FINGERPRINT;

    type Of<'a> = Table<'a>;
    type Holder<'a> = Table<'a>;
    type Kept = Table<'static>;

    fn view(bytes: &[u8]) -> Result<Table<'_>, ViewError> {
        Table::view(bytes)
    }

    fn keep(bytes: SharedBytes) -> Result<Table<'static>, ViewError> {
        Table::new(Bytes::Shared(bytes))
    }

    fn view_named<'a>(bytes: &'a [u8], name: &str) -> Result<Table<'a>, ViewError> {
        Ok(Table::view(bytes)?.named(name))
    }

    fn keep_named(bytes: SharedBytes, name: &str) -> Result<Table<'static>, ViewError> {
        Ok(Self::keep(bytes)?.named(name))
    }
}

/// One copy: a table's archive holds no absolute addresses.
impl Produce for Table<'_> {
    const NAME: &'static str = root::NAME;
    const FINGERPRINT: u64 = root::FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        write_raw(self.bytes(), sink)
    }
}

impl fmt::Display for ColumnInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.kind)?;
        match self.dictionary {
            Some(Dictionary { ordered: true, values }) => write!(f, " by an ordered dictionary of {values}")?,
            Some(Dictionary { values, .. }) => write!(f, " by a dictionary of {values}")?,
            None => {}
        }
        match (self.nullable, self.null_count) {
            (true, 1) => f.write_str(" (1 missing)"),
            (true, missing) => write!(f, " ({missing} missing)"),
            (false, _) => Ok(()),
        }
    }
}
