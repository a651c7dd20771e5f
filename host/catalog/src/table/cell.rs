//! One value of a table, whatever its kind.

use wpipe_data::Date;
use wpipe_data::table::{ClockTime, Decimal, Elapsed, Instant};

/// One value of a table that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'t> {
    Bool(bool),
    I32(i32),
    I64(i64),
    U64(u64),
    F32(f32),
    F64(f64),
    Text(&'t str),
    Binary(&'t [u8]),
    /// Binary, as text formats write it: two hexadecimal digits for each byte.
    Hex(&'t str),
    Date(Date),
    Time(ClockTime),
    Timestamp(Instant),
    Duration(Elapsed),
    Decimal(Decimal),
}
