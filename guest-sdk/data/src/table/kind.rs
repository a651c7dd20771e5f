//! What a column holds.

use core::fmt;

use bytemuck::{Pod, Zeroable};

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum ColumnKind {
    /// Bits, least significant first.
    Bool = 0,
    /// 32-bit integers.
    I32 = 1,
    /// 64-bit integers.
    I64 = 2,
    /// Single precision.
    F32 = 3,
    /// Double precision.
    F64 = 4,
    /// UTF-8 text; at most 2 GiB in one column.
    Text = 5,
    /// Days since 1970-01-01, Arrow's `Date32`.
    Date = 6,
    /// Microseconds since 1970-01-01 00:00, without a time zone, Arrow's `Timestamp(Microsecond, None)`.
    Timestamp = 7,
}

impl ColumnKind {
    const ALL: [Self; 8] =
        [Self::Bool, Self::I32, Self::I64, Self::F32, Self::F64, Self::Text, Self::Date, Self::Timestamp];

    /// The kind that the root's number stands for.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The number that stands for it in the root.
    pub(super) const fn code(self) -> u8 {
        self as u8
    }

    /// The size of one value in bytes; `None` for bits and text.
    #[must_use]
    pub const fn width(self) -> Option<usize> {
        match self {
            Self::Bool | Self::Text => None,
            Self::I32 | Self::F32 | Self::Date => Some(4),
            Self::I64 | Self::F64 | Self::Timestamp => Some(8),
        }
    }

    /// The kind's name, as in error messages and in `wpipe describe`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Text => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A date: days since 1970-01-01 in the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct Date(pub i32);

/// A point in time: microseconds since 1970-01-01 00:00, without a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct Timestamp(pub i64);

/// A Rust type that a column of fixed width is a slice of: `i32`, `i64`, `f32`, `f64`, [`Date`], [`Timestamp`].
#[diagnostic::on_unimplemented(
    message = "a column cannot be read as `&[{Self}]`",
    note = "`i32`, `i64`, `f32`, `f64`, `Date` and `Timestamp` have slices; text and bool have `text` and `bools`"
)]
pub trait Value: Pod + fmt::Debug + sealed::Sealed {
    /// The kind of such a column.
    const KIND: ColumnKind;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! values {
    ($($value:ty => $kind:ident),*) => {$(
        impl sealed::Sealed for $value {}

        impl Value for $value {
            const KIND: ColumnKind = ColumnKind::$kind;
        }
    )*};
}

values!(i32 => I32, i64 => I64, f32 => F32, f64 => F64, Date => Date, Timestamp => Timestamp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_kinds_are_one_to_one() {
        for kind in ColumnKind::ALL {
            assert_eq!(ColumnKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(ColumnKind::from_code(8), None);
    }
}
