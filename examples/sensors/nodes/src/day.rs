//! Which day a table of readings is of: nothing says so but the readings.

use std::collections::HashMap;

use wpipe_sdk::{Date, Timestamp};

/// The day that most times are of, the earlier one of two; `None` of no times.
pub(crate) fn most_common(times: impl Iterator<Item = Timestamp>) -> Option<Date> {
    let mut counts = HashMap::<i32, usize>::new();
    for time in times {
        *counts.entry(time.date().0).or_default() += 1;
    }
    // A map has no order of its own, so that the day itself has to decide.
    counts.into_iter().max_by_key(|(day, count)| (*count, -i64::from(*day))).map(|(day, _)| Date(day))
}
