//! What stands in for a missing value: the median of a group, and the most frequent value.

use std::collections::BTreeMap;

/// Returns the median of the numbers of each group, that of two in the middle their mean.
pub(crate) fn medians<'g>(numbers: impl Iterator<Item = (&'g str, f64)>) -> BTreeMap<&'g str, f64> {
    let mut groups: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (group, number) in numbers {
        groups.entry(group).or_default().push(number);
    }
    groups.into_iter().filter_map(|(group, numbers)| Some((group, median(numbers)?))).collect()
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    let middle = numbers.len().checked_sub(1)? / 2;
    let (_, low, above) = numbers.select_nth_unstable_by(middle, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp);
    Some(match high {
        Some(high) if numbers.len().is_multiple_of(2) => (low + high) / 2.0,
        _ => low,
    })
}

/// Returns the value that occurs most often, of several the least.
pub(crate) fn most_frequent<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(
            medians([("a", 3.0), ("b", 1.0), ("a", 1.0), ("b", 4.0), ("a", 2.0)].into_iter()),
            [("a", 2.0), ("b", 2.5)].into()
        );
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn of_equally_frequent_values_the_least_is_taken() {
        assert_eq!(most_frequent(["b", "a", "c", "b", "a"].into_iter()), Some("a"));
        assert_eq!(most_frequent(std::iter::empty::<i64>()), None);
    }
}
