//! The values of a lane until the table is laid out: in the form that the table will have, or nearly.

use wpipe_data::table::ColumnMut;
use wpipe_data::{ColumnKind, Date, TableError, TimeUnit, Zone};

use super::dialect::Dialect;
use super::raw::{Raw, Span};
use crate::table::{Cell, Guess, Moment};

/// The values of one column of a piece.
#[derive(Debug)]
pub(super) enum Values {
    Whole(Vec<i64>),
    Floats(Vec<f64>),
    Bools(Vec<bool>),
    Days(Days),
    Instants(Instants),
    Texts(Texts),
    /// Values of a declared kind.
    Fixed(Fixed),
    /// The places of their texts.
    Spans(Vec<Span>),
}

impl Values {
    /// Creates the values of a column with a declared kind.
    pub(super) fn of_declared(kind: ColumnKind, dialect: &Dialect, rows: usize) -> Self {
        match kind {
            ColumnKind::I64 if dialect.notation.is_plain() => Self::Whole(Vec::with_capacity(rows)),
            ColumnKind::F64 if dialect.notation.is_plain() => Self::Floats(Vec::with_capacity(rows)),
            ColumnKind::Text => Self::Texts(Texts::with_room(rows)),
            kind => match Fixed::with_room(kind, rows) {
                Some(fixed) => Self::Fixed(fixed),
                None => Self::Spans(Vec::with_capacity(rows)),
            },
        }
    }
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
    pub(super) fn becomes(&self, kind: ColumnKind) -> bool {
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
    fn with_room(rows: usize) -> Self {
        Self { bytes: Vec::with_capacity(rows * SHORT), ends: Vec::with_capacity(rows) }
    }

    /// Returns the texts of `spans`, and the rows in which they are missing.
    pub(super) fn replaying(spans: &[Span], piece: &str, quote: u8, rows: usize) -> (Self, Vec<u32>) {
        let (mut texts, mut gaps) = (Self::with_room(rows.max(spans.len())), Vec::new());
        for (row, span) in (0..).zip(spans) {
            match span.text(piece, quote) {
                Some((text, _)) => texts.bytes.extend_from_slice(text.as_bytes()),
                None => gaps.push(row),
            }
            texts.end();
        }
        (texts, gaps)
    }

    #[inline]
    pub(super) fn push(&mut self, raw: Raw<'_>, quote: u8) {
        let (from, length) = (&raw.piece.as_bytes()[raw.start..], raw.end - raw.start);
        match from.first_chunk::<SHORT>() {
            _ if raw.is_doubled => self.bytes.extend_from_slice(raw.value(quote).as_bytes()),
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
    fn with_room(kind: ColumnKind, rows: usize) -> Option<Self> {
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
}

impl Values {
    /// Writes them from a row on; nothing of [spans](Self::Spans).
    pub(super) fn write(&self, row: usize, to: &mut ColumnMut<'_>) -> Result<(), TableError> {
        match self {
            Self::Whole(values) if to.kind() == ColumnKind::F64 => {
                let places = &mut to.values::<f64>()?[row..row + values.len()];
                places.iter_mut().zip(values).for_each(|(place, value)| *place = *value as f64);
            }
            Self::Whole(values) => to.values::<i64>()?[row..row + values.len()].copy_from_slice(values),
            Self::Floats(values) => to.values::<f64>()?[row..row + values.len()].copy_from_slice(values),
            Self::Bools(values) => {
                let mut bits = to.bools()?;
                (row..).zip(values).for_each(|(row, value)| bits.set(row, *value));
            }
            Self::Days(Days { counts, .. }) => {
                let places = &mut to.values::<Date>()?[row..row + counts.len()];
                places.iter_mut().zip(counts).for_each(|(place, count)| *place = Date(*count));
            }
            Self::Instants(instants) => instants.write(row, to),
            Self::Texts(Texts { bytes, ends }) => to.text()?.extend(bytes, ends)?,
            Self::Fixed(fixed) if fixed.kind == ColumnKind::Bool => {
                let mut bits = to.bools()?;
                (row..).zip(&fixed.bytes).for_each(|(row, value)| bits.set(row, *value != 0));
            }
            Self::Fixed(Fixed { width, bytes, .. }) => {
                to.value_bytes()[row * width..][..bytes.len()].copy_from_slice(bytes);
            }
            Self::Spans(_) => {}
        }
        Ok(())
    }
}
