//! The kinds of the items of lists: every kind but lists.

use core::fmt;

use super::{ColumnKind, TimeUnit, Zone};

/// The kind of a list's items.
///
/// ```
/// use wpipe_data::{ColumnKind, ItemKind};
///
/// assert_eq!("list<f32>".parse(), Ok(ColumnKind::List(ItemKind::F32)));
/// assert_eq!(ColumnKind::List(ItemKind::Decimal(10, 2)).to_string(), "list<decimal(10, 2)>");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// [`ColumnKind::Bool`].
    Bool,
    /// [`ColumnKind::I32`].
    I32,
    /// [`ColumnKind::I64`].
    I64,
    /// [`ColumnKind::U64`].
    U64,
    /// [`ColumnKind::F32`].
    F32,
    /// [`ColumnKind::F64`].
    F64,
    /// [`ColumnKind::Text`].
    Text,
    /// [`ColumnKind::Binary`].
    Binary,
    /// [`ColumnKind::Date`].
    Date,
    /// [`ColumnKind::Time`].
    Time(TimeUnit),
    /// [`ColumnKind::Timestamp`].
    Timestamp(TimeUnit, Option<Zone>),
    /// [`ColumnKind::Duration`].
    Duration(TimeUnit),
    /// [`ColumnKind::Decimal`].
    Decimal(u8, i8),
}

impl ItemKind {
    /// Returns items of that kind; `None` for lists, which are no items.
    #[must_use]
    pub const fn of(kind: ColumnKind) -> Option<Self> {
        Some(match kind {
            ColumnKind::Bool => Self::Bool,
            ColumnKind::I32 => Self::I32,
            ColumnKind::I64 => Self::I64,
            ColumnKind::U64 => Self::U64,
            ColumnKind::F32 => Self::F32,
            ColumnKind::F64 => Self::F64,
            ColumnKind::Text => Self::Text,
            ColumnKind::Binary => Self::Binary,
            ColumnKind::Date => Self::Date,
            ColumnKind::Time(unit) => Self::Time(unit),
            ColumnKind::Timestamp(unit, zone) => Self::Timestamp(unit, zone),
            ColumnKind::Duration(unit) => Self::Duration(unit),
            ColumnKind::Decimal(precision, scale) => Self::Decimal(precision, scale),
            ColumnKind::List(_) => return None,
        })
    }

    /// Returns the kind of a column of such items.
    #[must_use]
    pub const fn kind(self) -> ColumnKind {
        match self {
            Self::Bool => ColumnKind::Bool,
            Self::I32 => ColumnKind::I32,
            Self::I64 => ColumnKind::I64,
            Self::U64 => ColumnKind::U64,
            Self::F32 => ColumnKind::F32,
            Self::F64 => ColumnKind::F64,
            Self::Text => ColumnKind::Text,
            Self::Binary => ColumnKind::Binary,
            Self::Date => ColumnKind::Date,
            Self::Time(unit) => ColumnKind::Time(unit),
            Self::Timestamp(unit, zone) => ColumnKind::Timestamp(unit, zone),
            Self::Duration(unit) => ColumnKind::Duration(unit),
            Self::Decimal(precision, scale) => ColumnKind::Decimal(precision, scale),
        }
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}
