//! Which day a table of readings is of: nothing says so but the readings.

use std::collections::BTreeMap;

use wpipe_sdk::{Date, Timestamp};

use crate::measures::DAY;

/// The day that most times are of, the earlier one of two; `None` of no times.
pub(crate) fn most_common(times: impl Iterator<Item = Timestamp>) -> Option<Date> {
    let mut counts = BTreeMap::<i32, usize>::new();
    // Most times are of the day of the one before them.
    let (mut day, mut midnight, mut count) = (0, 0, 0);
    for time in times {
        if !(0..DAY).contains(&time.0.wrapping_sub(midnight)) {
            *counts.entry(day).or_default() += count;
            (day, count) = (time.date().0, 0);
            midnight = i64::from(day) * DAY;
        }
        count += 1;
    }
    *counts.entry(day).or_default() += count;
    let counted = counts.into_iter().filter(|(_, count)| *count > 0);
    counted.max_by_key(|(day, count)| (*count, -i64::from(*day))).map(|(day, _)| Date(day))
}
