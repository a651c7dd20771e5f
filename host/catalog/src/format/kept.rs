//! The values of a column of a piece of text until the table is laid out, in the form that it will have, or nearly.

use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, Date, TableError, TimeUnit, Zone};

use crate::table::{Cell, Guess, Moment};

/// The values of one column of a piece.
#[derive(Debug)]
pub(super) enum Kept {
    Whole(Vec<i64>),
    Floats(Vec<f64>),
    Bools(Vec<bool>),
    Days(Days),
    Instants(Instants),
    Texts(Texts),
    /// Values of a declared kind.
    Fixed(Fixed),
}

impl Kept {
    /// Returns true if they have a place, exactly, in columns of a kind; whole numbers among floats if `as_floats`.
    pub(super) fn becomes(&self, kind: ColumnKind, as_floats: bool) -> bool {
        match self {
            Self::Whole(_) => kind == ColumnKind::I64 || kind == ColumnKind::F64 && as_floats,
            Self::Floats(_) => kind == ColumnKind::F64,
            Self::Bools(_) => kind == ColumnKind::Bool,
            Self::Days(_) => kind == ColumnKind::Date,
            Self::Instants(instants) => instants.becomes(kind),
            Self::Texts(_) => kind == ColumnKind::Text,
            Self::Fixed(fixed) => fixed.kind == kind,
        }
    }

    /// Returns the bytes of its texts.
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.bytes.len(),
            _ => 0,
        }
    }

    /// Adds a placeholder of a missing value, and returns its row.
    #[inline]
    pub(super) fn blank(&mut self) -> usize {
        match self {
            Self::Whole(values) => blank(values),
            Self::Floats(values) => blank(values),
            Self::Bools(values) => blank(values),
            Self::Days(days) => blank(&mut days.counts),
            Self::Instants(instants) => blank(&mut instants.counts),
            Self::Texts(texts) => texts.blank(),
            Self::Fixed(fixed) => fixed.blank(),
        }
    }

    /// Writes them from a row on, to a column of a kind that they [become](Self::becomes); those of the rows `gaps` are
    /// missing.
    pub(super) fn write(&self, gaps: &[u32], row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        match self {
            Self::Whole(values) => write_whole(values, row, to)?,
            Self::Floats(values) => to.values()?[row..row + values.len()].copy_from_slice(values),
            Self::Bools(values) => {
                let mut bits = to.bools()?;
                (row..).zip(values).for_each(|(row, value)| bits.set(row, *value));
            }
            Self::Days(days) => days.write(row, to)?,
            Self::Instants(instants) => instants.write(row, to),
            Self::Texts(texts) => texts.write(to)?,
            Self::Fixed(fixed) => fixed.write(row, to)?,
        }
        mark_missing(gaps, row, to)
    }
}

/// Marks the values of the rows `gaps` as missing, counted from a row on.
pub(super) fn mark_missing(gaps: &[u32], row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
    if !gaps.is_empty() {
        let mut validity = to.validity()?;
        gaps.iter().for_each(|gap| validity.set(row + *gap as usize, false));
    }
    Ok(())
}

/// Dates.
#[derive(Debug)]
pub(super) struct Days {
    pub(super) counts: Vec<i32>,
    first: i32,
    last: i32,
}

impl Days {
    pub(super) fn new(counts: Vec<i32>) -> Self {
        Self { counts, first: i32::MAX, last: i32::MIN }
    }

    #[inline]
    pub(super) fn push(&mut self, day: Date) {
        (self.first, self.last) = (self.first.min(day.0), self.last.max(day.0));
        self.counts.push(day.0);
    }

    pub(super) fn guess(&self) -> Guess {
        Guess::of_days(Date(self.first), Date(self.last))
    }

    /// Writes them from a row on.
    fn write(&self, row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        let places = &mut to.values::<Date>()?[row..row + self.counts.len()];
        places.iter_mut().zip(&self.counts).for_each(|(place, count)| *place = Date(*count));
        Ok(())
    }
}

/// Points in time that are written alike: all with one offset, or all without.
#[derive(Debug)]
pub(super) struct Instants {
    /// The counts in local time.
    pub(super) counts: Vec<i64>,
    unit: TimeUnit,
    /// The offset in minutes.
    offset: Option<i64>,
    first: Moment,
    last: Moment,
}

impl Instants {
    /// Creates those that begin with one like this.
    pub(super) fn guessed(like: Moment, counts: Vec<i64>) -> Self {
        let unit = if like.has_nanos() { TimeUnit::Nano } else { TimeUnit::Micro };
        Self { counts, unit, offset: like.offset, first: like, last: like }
    }

    /// Adds one; returns `false` if its form differs from the others', or if it has no place among them.
    #[inline]
    pub(super) fn push(&mut self, moment: Moment) -> bool {
        let Some(count) = moment.count(self.unit).filter(|_| moment.offset == self.offset) else { return false };
        self.counts.push(count);
        if moment < self.first {
            self.first = moment;
        } else if moment > self.last {
            self.last = moment;
        }
        true
    }

    pub(super) fn guess(&self) -> Guess {
        Guess::of_moments(self.first, self.last, self.unit == TimeUnit::Nano)
    }

    /// Returns true if they have a place, exactly, in columns of a kind.
    fn becomes(&self, kind: ColumnKind) -> bool {
        let ColumnKind::Timestamp(unit, zone) = kind else { return false };
        let holds = |moment: Moment| moment.instant(unit, zone).is_some();
        (unit == TimeUnit::Nano || unit == self.unit) && holds(self.first) && holds(self.last)
    }

    /// Writes them from a row on, to a column which they [become](Self::becomes).
    fn write(&self, row: usize, to: &mut ColumnMut<'_>) {
        let ColumnKind::Timestamp(unit, zone) = to.kind() else { return };
        let scale = unit.per_second() / self.unit.per_second();
        let offset = if zone.is_some() { self.offset.or_else(|| zone.and_then(minutes)).unwrap_or(0) } else { 0 };
        let shift = offset * 60 * unit.per_second();
        let places = to.value_bytes()[row * size_of::<i64>()..].chunks_exact_mut(size_of::<i64>());
        // The count of a missing value does not matter.
        let count = |count: &i64| count.wrapping_mul(scale).wrapping_sub(shift);
        places.zip(&self.counts).for_each(|(place, value)| place.copy_from_slice(&count(value).to_le_bytes()));
    }
}

fn minutes(zone: Zone) -> Option<i64> {
    zone.offset_minutes()
}

/// Texts, one behind the other.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) bytes: Vec<u8>,
    ends: Vec<u32>,
}

/// Texts up to this length are copied as one block of it.
const SHORT: usize = 16;

impl Texts {
    pub(super) fn with_room(rows: usize) -> Self {
        Self { bytes: Vec::with_capacity(rows * SHORT), ends: Vec::with_capacity(rows) }
    }

    /// Creates so many that are missing, with room for `rows`.
    pub(super) fn blank_of(count: usize, rows: usize) -> Self {
        let mut texts = Self::with_room(rows.max(count));
        texts.ends.resize(count, 0);
        texts
    }

    /// Adds the first `length` of these bytes.
    #[inline]
    pub(super) fn push(&mut self, from: &[u8], length: usize) {
        match from.first_chunk::<SHORT>() {
            Some(chunk) if length <= SHORT => {
                let end = self.bytes.len() + length;
                self.bytes.extend_from_slice(chunk);
                self.bytes.truncate(end);
            }
            _ => self.bytes.extend_from_slice(&from[..length]),
        }
        self.end();
    }

    /// Adds one that is missing, and returns its row.
    pub(super) fn blank(&mut self) -> usize {
        self.end();
        self.ends.len() - 1
    }

    /// Writes them behind those that the column has.
    pub(super) fn write(&self, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        to.text()?.extend(&self.bytes, &self.ends)
    }

    fn end(&mut self) {
        // A piece has fewer bytes than 4 GiB.
        self.ends.push(self.bytes.len() as u32);
    }
}

/// Values of a declared kind of fixed width, as tables hold them.
#[derive(Debug)]
pub(super) struct Fixed {
    pub(super) kind: ColumnKind,
    width: usize,
    bytes: Vec<u8>,
}

impl Fixed {
    pub(super) fn with_room(kind: ColumnKind, rows: usize) -> Option<Self> {
        let width = if kind == ColumnKind::Bool { 1 } else { kind.width()? };
        Some(Self { kind, width, bytes: Vec::with_capacity(rows * width) })
    }

    /// Adds a value; returns `false` if it is of another width.
    pub(super) fn push(&mut self, cell: Cell<'_>) -> bool {
        let end = self.bytes.len() + self.width;
        match cell {
            Cell::Bool(value) => self.bytes.push(value.into()),
            Cell::I32(value) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            Cell::I64(value) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            Cell::U64(value) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            Cell::F32(value) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            Cell::F64(value) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            Cell::Date(value) => self.bytes.extend_from_slice(&value.0.to_le_bytes()),
            Cell::Time(value) => self.bytes.extend_from_slice(&value.count.to_le_bytes()),
            Cell::Timestamp(value) => self.bytes.extend_from_slice(&value.count.to_le_bytes()),
            Cell::Duration(value) => self.bytes.extend_from_slice(&value.count.to_le_bytes()),
            Cell::Decimal(value) => self.bytes.extend_from_slice(&value.unscaled.to_le_bytes()),
            Cell::Text(_) | Cell::Binary(_) | Cell::Hex(_) | Cell::List(_) => return false,
        }
        self.bytes.len() == end
    }

    /// Adds one that is missing, and returns its row.
    pub(super) fn blank(&mut self) -> usize {
        self.bytes.resize(self.bytes.len() + self.width, 0);
        self.bytes.len() / self.width - 1
    }

    /// Writes them from a row on.
    fn write(&self, row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        if self.kind == ColumnKind::Bool {
            let mut bits = to.bools()?;
            (row..).zip(&self.bytes).for_each(|(row, value)| bits.set(row, *value != 0));
        } else {
            to.value_bytes()[row * self.width..][..self.bytes.len()].copy_from_slice(&self.bytes);
        }
        Ok(())
    }
}

/// Writes whole numbers from a row on, to a column of `i64` or of `f64`.
fn write_whole(values: &[i64], row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
    let rows = row..row + values.len();
    if to.kind() == ColumnKind::F64 {
        let places = &mut to.values::<f64>()?[rows];
        places.iter_mut().zip(values).for_each(|(place, value)| *place = *value as f64);
    } else {
        to.values::<i64>()?[rows].copy_from_slice(values);
    }
    Ok(())
}

/// Returns true if a whole number has an exact place among floats.
#[inline]
pub(super) fn is_exact(value: i64) -> bool {
    (value as f64) as i128 == i128::from(value)
}

/// Returns whole numbers as floats, with room for `rows`.
pub(super) fn as_floats(values: &[i64], rows: usize) -> Vec<f64> {
    let mut floats = Vec::with_capacity(rows.max(values.len()));
    floats.extend(values.iter().map(|value| *value as f64));
    floats
}

/// Returns so many placeholders of missing values, with room for `rows`.
pub(super) fn blanks<T: Clone + Default>(count: usize, rows: usize) -> Vec<T> {
    let mut values = Vec::with_capacity(rows.max(count));
    values.resize(count, T::default());
    values
}

fn blank<T: Default>(values: &mut Vec<T>) -> usize {
    values.push(T::default());
    values.len() - 1
}
