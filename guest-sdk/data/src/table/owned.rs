//! Tables from vectors: for small outputs, and for testing node functions outside of any sandbox.

use core::convert::Infallible;

use super::{
    ColumnKind, ColumnMut, Date, Duration, DurationMillis, DurationNanos, DurationSeconds, Table, TableError,
    TableSpec, Time, TimeNanos, Timestamp, TimestampMillis, TimestampNanos, TimestampSeconds, Value, Zone, bits,
};
use crate::{AlignedBytes, ProduceError};

/// A column on its way into a table: `vec![1.0, 2.0].into()`, `vec![Some("a"), None].into()`.
///
/// Made from vectors of `bool`, `i32`, `i64`, `u64`, `f32`, `f64`, [`Date`], [`Timestamp`] and the other types of times,
/// `&str`, `String`, or an `Option` of one of them; and by [`decimal`](Self::decimal), [`binary`](Self::binary) and
/// [`in_zone`](Self::in_zone).
#[derive(Debug, Clone)]
pub struct Column {
    kind: ColumnKind,
    rows: usize,
    validity: Option<Vec<u8>>,
    /// Where each text ends.
    ends: Vec<usize>,
    values: Vec<u8>,
}

impl Column {
    fn fixed<T: Value>(values: &[T], validity: Option<Vec<u8>>) -> Self {
        let bytes = bytemuck::cast_slice(values).to_vec();
        Self { kind: T::KIND, rows: values.len(), validity, ends: Vec::new(), values: bytes }
    }

    fn bools(values: impl ExactSizeIterator<Item = bool>, validity: Option<Vec<u8>>) -> Self {
        let rows = values.len();
        Self { kind: ColumnKind::Bool, rows, validity, ends: Vec::new(), values: bitmap(values) }
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
        Self { kind: ColumnKind::Binary, rows, validity, ends, values }
    }

    /// A column of decimal numbers: their digits as whole numbers, of at most `precision` digits, of which `scale` stand
    /// behind the point.
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

    /// A column of bytes.
    #[must_use]
    pub fn binary<B: AsRef<[u8]>>(values: Vec<Option<B>>) -> Self {
        let plain = values.iter().map(|value| value.as_ref().map_or(&[][..], AsRef::as_ref));
        Self::varied(plain, validity(&values))
    }

    /// The same timestamps, which count UTC, in a zone. Without effect on anything but timestamps.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        let kind = match self.kind {
            ColumnKind::Timestamp(unit, _) => ColumnKind::Timestamp(unit, Some(zone)),
            kind => kind,
        };
        Self { kind, ..self }
    }

    /// Declares the column.
    fn declare(&self, spec: TableSpec, name: String) -> TableSpec {
        let spec = spec.column_with_room(name, self.kind, self.values.len());
        if self.validity.is_some() { spec.nullable() } else { spec }
    }

    /// Copies the column to its place.
    fn fill(&self, column: &mut ColumnMut<'_>) -> Result<(), TableError> {
        if let Some(validity) = &self.validity {
            column.validity()?.bytes().copy_from_slice(validity);
        }
        if self.kind.has_offsets() {
            // The declared room bounds every end, so they fit.
            let offsets: Vec<i32> = core::iter::once(0).chain(self.ends.iter().map(|end| *end as i32)).collect();
            return column.fill_text(&offsets, &self.values);
        }
        column.value_bytes().copy_from_slice(&self.values);
        Ok(())
    }
}

impl Table<'static> {
    /// A table of its own of columns in order.
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
    /// When columns differ in length or share a name, or all do not fit into an archive.
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
        let mut bytes = AlignedBytes::new();
        let mut table = spec.build_in(&mut bytes).map_err(without_sink)?;
        for ((_, column), to) in columns.iter().zip(table.columns_mut()) {
            column.fill(to)?;
        }
        let size = table.finish()?;
        bytes.resize(size, 0);
        Self::from_archive(bytes).map_err(|error| TableError::Root(error.to_string()))
    }
}

fn without_sink(error: ProduceError<Infallible>) -> TableError {
    match error {
        ProduceError::Table(error) => error,
        other => TableError::Root(other.to_string()),
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
