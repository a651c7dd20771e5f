//! The kind of a column.

use core::fmt;

use super::{ItemKind, TimeUnit, Zone};

/// The type of a column's values.
///
/// Its text form is used by errors, `wpipe catalog describe` and the option `types` of a dataset: `f64`, `decimal(10,
/// 2)`, `timestamp(ns, UTC)`, `list<f32>`.
///
/// ```
/// use wpipe_data::{ColumnKind, TimeUnit, Zone};
///
/// assert_eq!("decimal(10,2)".parse(), Ok(ColumnKind::Decimal(10, 2)));
/// assert_eq!("timestamp[ns, UTC]".parse(), Ok(ColumnKind::Timestamp(TimeUnit::Nano, Some(Zone::UTC))));
/// assert_eq!(ColumnKind::Timestamp(TimeUnit::Nano, Some(Zone::UTC)).to_string(), "timestamp(ns, UTC)");
/// assert_eq!(ColumnKind::TIMESTAMP.to_string(), "timestamp");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Bits, least significant first.
    Bool,
    /// 32-bit integers.
    I32,
    /// 64-bit integers.
    I64,
    /// 64-bit integers without a sign.
    U64,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// UTF-8 text; at most 2 GiB in one column. It may be laid out as a dictionary: see
    /// [`ColumnInfo::dictionary`](super::ColumnInfo::dictionary).
    Text,
    /// Bytes; at most 2 GiB in one column.
    Binary,
    /// Days since 1970-01-01, Arrow's `Date32`.
    Date,
    /// The time of day since midnight, in µs or ns, Arrow's `Time64`.
    Time(TimeUnit),
    /// A count since 1970-01-01 00:00: in UTC with a zone, which is that of its readers, and in its writer's local time
    /// without one. Arrow's `Timestamp`.
    Timestamp(TimeUnit, Option<Zone>),
    /// A span of time, Arrow's `Duration`.
    Duration(TimeUnit),
    /// Decimal numbers as 128-bit integers: precision, the number of digits, up to 38, and scale, the number of digits
    /// behind the point. Arrow's `Decimal128`.
    Decimal(u8, i8),
    /// Lists of any lengths, of items of one kind. Arrow's `List`.
    List(ItemKind),
}

/// The most digits of a decimal of 128 bits.
pub(super) const MOST_DIGITS: u8 = 38;

impl ColumnKind {
    /// Microseconds without a zone.
    pub const TIMESTAMP: Self = Self::Timestamp(TimeUnit::Micro, None);

    /// Returns decimals of that precision and scale, if there are such: of 1 to 38 digits, of which as many may stand
    /// behind the point, or before it without being written.
    #[must_use]
    pub const fn decimal(precision: u8, scale: i8) -> Option<Self> {
        let is_one = 1 <= precision && precision <= MOST_DIGITS && scale.unsigned_abs() <= MOST_DIGITS;
        if is_one { Some(Self::Decimal(precision, scale)) } else { None }
    }

    /// The kinds of format 1, each at its number in a root.
    const NUMBERED: [Self; 8] =
        [Self::Bool, Self::I32, Self::I64, Self::F32, Self::F64, Self::Text, Self::Date, Self::TIMESTAMP];

    /// Returns the kind of a number in a root of format 1.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::NUMBERED.get(usize::from(code)).copied()
    }

    /// Returns the number of the kind in a root of format 1; `None` for kinds that came later.
    pub(super) fn code(self) -> Option<u8> {
        Self::NUMBERED.iter().position(|kind| *kind == self).and_then(|code| u8::try_from(code).ok())
    }

    /// Returns the size of one value in bytes; `None` for bits, text, binary and lists.
    #[must_use]
    pub const fn width(self) -> Option<usize> {
        match self {
            Self::Bool | Self::Text | Self::Binary | Self::List(_) => None,
            Self::I32 | Self::F32 | Self::Date => Some(4),
            Self::I64 | Self::U64 | Self::F64 | Self::Time(_) | Self::Timestamp(..) | Self::Duration(_) => Some(8),
            Self::Decimal(..) => Some(16),
        }
    }

    /// Returns true if values are bytes of lengths of their own: those of text and binary.
    #[must_use]
    pub const fn has_offsets(self) -> bool {
        matches!(self, Self::Text | Self::Binary)
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Date => "date",
            Self::Time(TimeUnit::Micro) => "time",
            Self::Timestamp(TimeUnit::Micro, None) => "timestamp",
            Self::Duration(TimeUnit::Micro) => "duration",
            Self::Time(unit) => return write!(f, "time({unit})"),
            Self::Timestamp(unit, None) => return write!(f, "timestamp({unit})"),
            Self::Timestamp(unit, Some(zone)) => return write!(f, "timestamp({unit}, {zone})"),
            Self::Duration(unit) => return write!(f, "duration({unit})"),
            Self::Decimal(precision, scale) => return write!(f, "decimal({precision}, {scale})"),
            Self::List(item) => return write!(f, "list<{item}>"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_kinds_are_one_to_one() {
        for (code, kind) in (0..).zip(ColumnKind::NUMBERED) {
            assert_eq!(kind.code(), Some(code));
            assert_eq!(ColumnKind::from_code(code), Some(kind));
        }
        assert_eq!(ColumnKind::from_code(8), None);
        assert_eq!(ColumnKind::U64.code(), None);
        assert_eq!(ColumnKind::Timestamp(TimeUnit::Nano, None).code(), None);
    }
}
