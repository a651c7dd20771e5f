//! Tables from vectors: for small outputs, and for testing node functions outside of any sandbox.

use super::build::without_sink;
use super::{
    ColumnKind, ColumnMut, Date, Duration, DurationMillis, DurationNanos, DurationSeconds, ItemKind, Room, Table,
    TableError, TableMut, TableSpec, Time, TimeNanos, Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds,
    Value, Zone, bits,
};
use crate::AlignedBytes;

/// A column from a vector, for a table: `vec![1.0, 2.0].into()`, `vec![Some("a"), None].into()`.
///
/// Made from vectors of `bool`, `i32`, `i64`, `u64`, `f32`, `f64`, [`Date`], [`Timestamp`] and the other types of
/// times, `&str`, `String`, or an `Option` of one of them; of vectors of those, which become lists; and by
/// [`decimal`](Self::decimal), [`binary`](Self::binary), [`lists`](Self::lists), [`dictionary`](Self::dictionary) and
/// [`in_zone`](Self::in_zone).
#[derive(Debug, Clone)]
pub struct Column {
    kind: ColumnKind,
    rows: usize,
    validity: Option<Vec<u8>>,
    /// The end of each text or list.
    ends: Vec<usize>,
    values: Vec<u8>,
    /// The items of lists, or the values of a dictionary.
    child: Option<Box<Self>>,
    /// True if the values of a dictionary are in an order that means something.
    ordered: bool,
}

impl Column {
    fn new(kind: ColumnKind, rows: usize) -> Self {
        Self { kind, rows, validity: None, ends: Vec::new(), values: Vec::new(), child: None, ordered: false }
    }

    /// Creates values of fixed width, zero if one is missing.
    pub(super) fn fixed_options<T: Value>(values: &[Option<T>], nullable: bool) -> Self {
        let plain: Vec<T> = values.iter().map(|value| value.unwrap_or_else(bytemuck::Zeroable::zeroed)).collect();
        Self::fixed(&plain, if nullable { validity(values) } else { None })
    }

    fn fixed<T: Value>(values: &[T], validity: Option<Vec<u8>>) -> Self {
        let bytes = bytemuck::cast_slice(values).to_vec();
        Self { validity, values: bytes, ..Self::new(T::KIND, values.len()) }
    }

    fn bools(values: impl ExactSizeIterator<Item = bool>, validity: Option<Vec<u8>>) -> Self {
        Self { validity, ..Self::new(ColumnKind::Bool, values.len()) }.with_values(bitmap(values))
    }

    fn texts(texts: impl ExactSizeIterator<Item = impl AsRef<str>>, validity: Option<Vec<u8>>) -> Self {
        Self { kind: ColumnKind::Text, ..Self::varied(texts.map(|text| text.as_ref().to_owned()), validity) }
    }

    fn varied(all: impl ExactSizeIterator<Item = impl AsRef<[u8]>>, validity: Option<Vec<u8>>) -> Self {
        let rows = all.len();
        let (mut ends, mut values) = (Vec::with_capacity(rows), Vec::new());
        for bytes in all {
            values.extend_from_slice(bytes.as_ref());
            ends.push(values.len());
        }
        Self { validity, ends, values, ..Self::new(ColumnKind::Binary, rows) }
    }

    fn with_values(self, values: Vec<u8>) -> Self {
        Self { values, ..self }
    }

    /// Returns the same column, if it is `nullable`; else one without a validity map, of which no value is missing.
    pub(super) fn complete_unless(self, nullable: bool) -> Self {
        if nullable { self } else { Self { validity: None, ..self } }
    }

    /// Creates a column of decimal numbers: their digits as whole numbers, of at most `precision` digits, of which
    /// `scale` stand behind the point.
    ///
    /// ```
    /// use wpipe_data::{Column, Table};
    ///
    /// let table = Table::from_columns([("price", Column::decimal(vec![Some(1050), None], 10, 2))])?;
    /// assert_eq!(table.nullable::<i128>("price")?.get(0), Some(1050));
    /// assert_eq!(format!("{table:?}"), "Table(2 rows, 1 columns: price: decimal(10, 2) (1 missing))");
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    #[must_use]
    pub fn decimal(unscaled: Vec<Option<i128>>, precision: u8, scale: i8) -> Self {
        let plain: Vec<i128> = unscaled.iter().map(|value| value.unwrap_or_default()).collect();
        Self { kind: ColumnKind::Decimal(precision, scale), ..Self::fixed(&plain, validity(&unscaled)) }
    }

    /// Creates a column of bytes.
    #[must_use]
    pub fn binary<B: AsRef<[u8]>>(values: Vec<Option<B>>) -> Self {
        let plain = values.iter().map(|value| value.as_ref().map_or(&[][..], AsRef::as_ref));
        Self::varied(plain, validity(&values))
    }

    /// Creates a column of lists, of `items` one behind the other: each row has the length of its list, or `None` if it
    /// is missing. There are no lists of lists: those have no items.
    ///
    /// ```
    /// use wpipe_data::{Column, Table};
    ///
    /// let prices = Column::decimal(vec![Some(1050), None, Some(200)], 10, 2);
    /// let table = Table::from_columns([("prices", Column::lists(prices, vec![Some(2), None, Some(1)]))])?;
    /// let lists = table.nullable_lists::<Option<i128>>("prices")?;
    /// assert!(lists.get(1).is_none());
    /// assert_eq!(lists.values().get(2).get(0), Some(200));
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    #[must_use]
    pub fn lists(items: Self, lengths: Vec<Option<usize>>) -> Self {
        let ends = lengths.iter().scan(0, |end, length| {
            *end += length.unwrap_or_default();
            Some(*end)
        });
        let kind = ColumnKind::List(ItemKind::of(items.kind).unwrap_or(ItemKind::Text));
        let ends = ends.collect();
        Self { validity: validity(&lengths), ends, child: Some(Box::new(items)), ..Self::new(kind, lengths.len()) }
    }

    /// Creates a column of text that holds each of `values` once, and the code of one for each row.
    ///
    /// ```
    /// use wpipe_data::{Column, Table};
    ///
    /// let sizes = Column::dictionary(["small", "large"], vec![Some(1), None, Some(0)]).in_order();
    /// let table = Table::from_columns([("size", sizes)])?;
    /// assert_eq!(table.nullable_text("size")?.get(0), Some("large"));
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    #[must_use]
    pub fn dictionary<S: AsRef<str>>(values: impl IntoIterator<Item = S>, codes: Vec<Option<i32>>) -> Self {
        let values: Vec<S> = values.into_iter().collect();
        let values = Self::texts(values.iter(), None);
        let column = Self::from(codes);
        Self { kind: ColumnKind::Text, child: Some(Box::new(values)), ..column }
    }

    /// Returns the same dictionary, whose values are in an order that means something.
    #[must_use]
    pub fn in_order(self) -> Self {
        Self { ordered: true, ..self }
    }

    /// Returns the same timestamps, which count UTC, in a zone. Without effect on anything but timestamps.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        let kind = match self.kind {
            ColumnKind::Timestamp(unit, _) => ColumnKind::Timestamp(unit, Some(zone)),
            kind => kind,
        };
        Self { kind, ..self }
    }

    fn is_dictionary(&self) -> bool {
        self.kind == ColumnKind::Text && self.child.is_some()
    }

    /// Declares the column.
    fn declare(&self, spec: TableSpec, name: String) -> TableSpec {
        let room = match &self.child {
            Some(child) => {
                let bytes = if child.kind.has_offsets() { child.values.len() } else { 0 };
                let room = Room::items(child.rows).bytes(bytes);
                if child.validity.is_some() { room.with_missing_items() } else { room }
            }
            None => Room::default().bytes(self.values.len()),
        };
        let spec = spec.column_with(name, self.kind, room);
        let spec = if self.is_dictionary() { spec.encoded(self.ordered) } else { spec };
        if self.validity.is_some() { spec.nullable() } else { spec }
    }

    /// Copies the column to its place.
    fn fill(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        if let Some(validity) = &self.validity {
            column.validity()?.bytes().copy_from_slice(validity);
        }
        // The declared room bounds every end, so they fit.
        let offsets = || -> Vec<i32> { core::iter::once(0).chain(self.ends.iter().map(|end| *end as i32)).collect() };
        match &self.child {
            Some(values) if self.is_dictionary() => self.fill_codes(values, column),
            Some(items) => {
                column.fill_lists(&offsets())?;
                let mut lists = column.lists()?;
                items.fill(lists.items())
            }
            None if self.kind.has_offsets() => column.fill_text(&offsets(), &self.values),
            None => {
                column.value_bytes().copy_from_slice(&self.values);
                Ok(())
            }
        }
    }

    fn fill_codes(&self, values: &Self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let codes = self.values.chunks_exact(4).map(bytemuck::pod_read_unaligned::<i32>).collect::<Vec<_>>();
        let count = i32::try_from(values.rows).unwrap_or(i32::MAX).max(1);
        if codes.iter().any(|code| !(0..count).contains(code)) {
            return Err(TableError::corrupt(column.name(), "a code is none of its dictionary"));
        }
        let mut start = 0;
        for (code, end) in (0..).zip(&values.ends) {
            let value = str::from_utf8(&values.values[start..*end]).unwrap_or_default();
            if column.dictionary()?.code(value)? != code {
                return Err(TableError::corrupt(column.name(), "a value of its dictionary stands there twice"));
            }
            start = *end;
        }
        column.dictionary()?.codes()?.copy_from_slice(&codes);
        Ok(())
    }
}

impl Table<'static> {
    /// Creates a table of its own of columns in order.
    ///
    /// ```
    /// use wpipe_data::{Date, Table};
    ///
    /// let table = Table::from_columns([
    ///     ("day", vec![Date(19_000), Date(19_001)].into()),
    ///     ("rain", vec![Some(true), None].into()),
    /// ])?;
    /// assert_eq!(table.rows(), 2);
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if columns differ in length or share a name, or if all do not fit into an archive.
    pub fn from_columns<N: Into<String>>(columns: impl IntoIterator<Item = (N, Column)>) -> Result<Self, TableError> {
        let columns: Vec<(String, Column)> = columns.into_iter().map(|(name, column)| (name.into(), column)).collect();
        let expected = columns.first().map_or(0, |(_, column)| column.rows);
        let mut spec = TableSpec::new(expected);
        for (name, column) in &columns {
            if column.rows != expected {
                return Err(TableError::Rows { column: name.clone(), expected, actual: column.rows });
            }
            spec = column.declare(spec, name.clone());
        }
        Self::build(&spec, |table| {
            columns.iter().zip(table.columns_mut()).try_for_each(|((_, column), to)| column.fill(to))
        })
    }

    /// Builds a table in memory of its own: `fill` sets its columns, in place. All values are 0 before, and nothing is
    /// missing. A node's large outputs are better built where they stay: by its `Output`.
    ///
    /// ```
    /// use wpipe_data::{Table, TableSpec};
    ///
    /// let table = Table::build(&TableSpec::new(2).i64("n"), |table| {
    ///     table.column_mut::<i64>("n")?.copy_from_slice(&[1, 2]);
    ///     Ok(())
    /// })?;
    /// assert_eq!(table.column::<i64>("n")?, [1, 2]);
    /// # Ok::<(), wpipe_data::TableError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails as [`TableSpec::build`] does.
    pub fn build(
        spec: &TableSpec,
        fill: impl FnOnce(&mut TableMut<'_>) -> Result<(), TableError>,
    ) -> Result<Self, TableError> {
        let mut bytes = AlignedBytes::new();
        let size = spec.build(&mut bytes, fill).map_err(without_sink)?;
        bytes.resize(size, 0);
        Self::from_archive(bytes).map_err(|error| TableError::Root(error.to_string()))
    }
}

fn bitmap(values: impl ExactSizeIterator<Item = bool>) -> Vec<u8> {
    let mut bytes = vec![0; values.len().div_ceil(8)];
    for (row, value) in values.enumerate() {
        bits::set(&mut bytes, row, value);
    }
    bytes
}

fn validity<T>(values: &[Option<T>]) -> Option<Vec<u8>> {
    Some(bitmap(values.iter().map(Option::is_some)))
}

macro_rules! fixed {
    ($($value:ty),*) => {$(
        impl From<Vec<$value>> for Column {
            fn from(values: Vec<$value>) -> Self {
                Self::fixed(&values, None)
            }
        }

        impl From<&[$value]> for Column {
            fn from(values: &[$value]) -> Self {
                Self::fixed(values, None)
            }
        }

        impl From<Vec<Option<$value>>> for Column {
            fn from(values: Vec<Option<$value>>) -> Self {
                let plain: Vec<_> = values.iter().map(|value| value.unwrap_or_default()).collect();
                Self::fixed(&plain, validity(&values))
            }
        }
    )*};
}

fixed!(i32, i64, u64, f32, f64, Date, Timestamp, TimestampSeconds, TimestampMillis, TimestampNanos);
fixed!(Time, TimeNanos, Duration, DurationSeconds, DurationMillis, DurationNanos);

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl From<Vec<$text>> for Column {
            fn from(texts: Vec<$text>) -> Self {
                Self::texts(texts.iter(), None)
            }
        }

        impl From<Vec<Option<$text>>> for Column {
            fn from(texts: Vec<Option<$text>>) -> Self {
                let plain = texts.iter().map(|text| text.as_ref().map_or("", AsRef::as_ref));
                Self::texts(plain, validity(&texts))
            }
        }
    )*};
}

texts!(&str, String);

impl From<Vec<bool>> for Column {
    fn from(values: Vec<bool>) -> Self {
        Self::bools(values.into_iter(), None)
    }
}

impl From<Vec<Option<bool>>> for Column {
    fn from(values: Vec<Option<bool>>) -> Self {
        Self::bools(values.iter().map(|value| value.unwrap_or_default()), validity(&values))
    }
}
