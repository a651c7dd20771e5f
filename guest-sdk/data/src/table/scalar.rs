//! The Rust types of values of fixed width.

use core::fmt;

use bytemuck::{Pod, Zeroable};

use super::{ClockTime, ColumnKind, Elapsed, Instant, TimeUnit};

/// A date: days since 1970-01-01 in the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct Date(pub i32);

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident: $kind:pat => $plain:expr, $unit:ident as $shown:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
        #[repr(transparent)]
        pub struct $name(pub i64);

        impl sealed::Sealed for $name {}

        impl Value for $name {
            const KIND: ColumnKind = $plain;
            const NAME: &'static str = stringify!($name);

            fn fits(kind: ColumnKind) -> bool {
                matches!(kind, $kind)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $shown::new(self.0, TimeUnit::$unit).fmt(f)
            }
        }
    )*};
}

counts! {
    /// A point in time: microseconds since 1970-01-01 00:00, in UTC if its column has a zone.
    Timestamp: ColumnKind::Timestamp(TimeUnit::Micro, _) => ColumnKind::TIMESTAMP, Micro as Instant;
    /// A point in time: seconds since 1970-01-01 00:00, in UTC if its column has a zone.
    TimestampSeconds: ColumnKind::Timestamp(TimeUnit::Second, _)
        => ColumnKind::Timestamp(TimeUnit::Second, None), Second as Instant;
    /// A point in time: milliseconds since 1970-01-01 00:00, in UTC if its column has a zone.
    TimestampMillis: ColumnKind::Timestamp(TimeUnit::Milli, _)
        => ColumnKind::Timestamp(TimeUnit::Milli, None), Milli as Instant;
    /// A point in time: nanoseconds since 1970-01-01 00:00, in UTC if its column has a zone.
    TimestampNanos: ColumnKind::Timestamp(TimeUnit::Nano, _)
        => ColumnKind::Timestamp(TimeUnit::Nano, None), Nano as Instant;
    /// A time of day: microseconds since midnight.
    Time: ColumnKind::Time(TimeUnit::Micro) => ColumnKind::Time(TimeUnit::Micro), Micro as ClockTime;
    /// A time of day: nanoseconds since midnight.
    TimeNanos: ColumnKind::Time(TimeUnit::Nano) => ColumnKind::Time(TimeUnit::Nano), Nano as ClockTime;
    /// A span of time in microseconds.
    Duration: ColumnKind::Duration(TimeUnit::Micro) => ColumnKind::Duration(TimeUnit::Micro), Micro as Elapsed;
    /// A span of time in seconds.
    DurationSeconds: ColumnKind::Duration(TimeUnit::Second)
        => ColumnKind::Duration(TimeUnit::Second), Second as Elapsed;
    /// A span of time in milliseconds.
    DurationMillis: ColumnKind::Duration(TimeUnit::Milli) => ColumnKind::Duration(TimeUnit::Milli), Milli as Elapsed;
    /// A span of time in nanoseconds.
    DurationNanos: ColumnKind::Duration(TimeUnit::Nano) => ColumnKind::Duration(TimeUnit::Nano), Nano as Elapsed;
}

/// A Rust type that a column of fixed width is a slice of: numbers, [`Date`], [`Timestamp`] and its likes, and `i128`
/// for decimals, whose scale is in the column's kind.
#[diagnostic::on_unimplemented(
    message = "a column cannot be read as `&[{Self}]`",
    note = "`i32`, `i64`, `u64`, `f32`, `f64`, `i128` (decimals), `Date`, `Timestamp` and the other types of times have \
            slices; text, binary, bool and lists have `text`, `binary`, `bools` and `lists`"
)]
pub trait Value: Pod + fmt::Debug + sealed::Sealed {
    /// The kind of a column of such values by default.
    const KIND: ColumnKind;

    /// The name of the type.
    #[doc(hidden)]
    const NAME: &'static str;

    /// Returns true if a column of this kind is a slice of such values.
    fn fits(kind: ColumnKind) -> bool {
        kind == Self::KIND
    }
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! values {
    ($($value:ty => $kind:ident),*) => {$(
        impl sealed::Sealed for $value {}

        impl Value for $value {
            const KIND: ColumnKind = ColumnKind::$kind;
            const NAME: &'static str = stringify!($value);
        }
    )*};
}

values!(i32 => I32, i64 => I64, u64 => U64, f32 => F32, f64 => F64, Date => Date);

impl sealed::Sealed for i128 {}

impl Value for i128 {
    const KIND: ColumnKind = ColumnKind::Decimal(38, 0);
    const NAME: &'static str = "i128";

    fn fits(kind: ColumnKind) -> bool {
        matches!(kind, ColumnKind::Decimal(..))
    }
}
