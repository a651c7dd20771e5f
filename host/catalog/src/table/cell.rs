//! One value of a table, whatever its kind.

use wpipe_data::{Date, Timestamp};

/// One value of a table that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'t> {
    Bool(bool),
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    Text(&'t str),
    Date(Date),
    Timestamp(Timestamp),
}
