//! One value of a table, of any kind.

use std::fmt;

use wpipe_data::Date;
use wpipe_data::table::{ClockTime, Decimal, Elapsed, Instant};

/// One value of a table that is not missing.
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
    List(Items<'t>),
}

/// The items of one list.
#[derive(Clone, Copy)]
pub(crate) struct Items<'t> {
    of: &'t dyn ItemAt,
    start: usize,
    end: usize,
}

/// A source of items.
pub(crate) trait ItemAt {
    /// Returns the item at a position; `None` if it is missing.
    fn item(&self, at: usize) -> Option<Cell<'_>>;
}

impl<'t> Items<'t> {
    /// Creates those at the positions from `start` to `end`.
    pub(crate) fn new(of: &'t dyn ItemAt, start: usize, end: usize) -> Self {
        Self { of, start, end }
    }

    /// Returns their number.
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Returns all of them, `None` if one is missing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<Cell<'t>>> + use<'t> {
        let of = self.of;
        (self.start..self.end).map(move |at| of.item(at))
    }
}

impl PartialEq for Items<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
