//! Numbers that say something of many numbers.

/// The median, for which `values` are put in some other order; `None` of none.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if is_odd {
        return Some(*upper);
    }
    below.iter().copied().max_by(f64::total_cmp).map(|lower| (lower + *upper) / 2.0)
}

/// The value below which a share of all lies, of ascending values, interpolated between neighbours (type 7 of Hyndman
/// and Fan, "Sample quantiles in statistical packages", 1996); `None` of none.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (lower, upper) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(lower + (upper - lower) * place.fract())
}

/// How many values a spike is compared with, itself included.
const WINDOW: usize = 11;
/// How many robust standard deviations it is away from their median.
const DEVIATIONS: f64 = 6.0;
/// The standard deviation of normally distributed values, as a multiple of their median absolute deviation.
const ROBUST: f64 = 1.4826;

/// Values that are looked at together.
const BLOCK: usize = 32;

/// Which values are far away from those around them, and by more than `step` (Hampel, "The influence curve and its
/// role in robust estimation", 1974). Values that are missing are passed over.
pub(crate) fn spikes(values: &[Option<f64>], step: f64) -> Vec<usize> {
    let numbers: Vec<f64> = values.iter().copied().flatten().collect();
    let is_spike = |at: usize| {
        let around = around(&numbers, at);
        // Then so is their median.
        !most_are_near(around, numbers[at], step) && is_spike(around, numbers[at], step)
    };
    let mut found = Vec::new();
    for start in (0..numbers.len()).step_by(BLOCK) {
        let block = start..numbers.len().min(start + BLOCK);
        let around = &numbers[start.saturating_sub(WINDOW)..numbers.len().min(block.end + WINDOW)];
        if !are_near(around, step) {
            found.extend(block.filter(|at| is_spike(*at)));
        }
    }
    if found.is_empty() {
        return found;
    }
    let rows: Vec<usize> = (0..).zip(values).filter(|(_, value)| value.is_some()).map(|(row, _)| row).collect();
    found.into_iter().map(|at| rows[at]).collect()
}

/// What a value is compared with.
fn around(numbers: &[f64], at: usize) -> &[f64] {
    let start = at.saturating_sub(WINDOW / 2).min(numbers.len().saturating_sub(WINDOW));
    &numbers[start..numbers.len().min(start + WINDOW)]
}

/// Whether no two values are further away from each other than `step`.
fn are_near(values: &[f64], step: f64) -> bool {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    greatest - least <= step
}

/// Whether more than half of the values are no further away from one than `step`: in order they stand side by side, so
/// that those in the middle are among them.
fn most_are_near(around: &[f64], value: f64, step: f64) -> bool {
    let near = around.iter().filter(|other| (value - **other).abs() <= step).count();
    near > around.len() / 2
}

fn is_spike(around: &[f64], value: f64, step: f64) -> bool {
    let mut window = [0.0; WINDOW];
    let window = &mut window[..around.len()];
    window.copy_from_slice(around);
    let center = median(window).unwrap_or_default();
    window.iter_mut().for_each(|value| *value = (*value - center).abs());
    let deviation = median(window).unwrap_or_default() * ROBUST;
    (value - center).abs() > (DEVIATIONS * deviation).max(step)
}

/// Puts values in order.
pub(crate) fn sort(values: &mut [f64]) {
    // As whole numbers of the same order, which are compared faster: what `f64::total_cmp` does, once for each value.
    let key = |bits: i64| bits ^ (((bits >> 63) as u64) >> 1) as i64;
    let mut keys: Vec<i64> = values.iter().map(|value| key(value.to_bits() as i64)).collect();
    keys.sort_unstable();
    values.iter_mut().zip(keys).for_each(|(value, bits)| *value = f64::from_bits(key(bits) as u64));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn what_is_passed_over_quickly_is_no_spike() {
        let mut random = Random::seeded(7, 1);
        for length in [0, 1, 2, 5, 10, 11, 12, 31, 32, 33, 500] {
            let value = |random: &mut Random| {
                let noise = random.around_zero(1.5);
                let far = if random.happens(0.05) { random.around_zero(20.0) } else { 0.0 };
                (!random.happens(0.1)).then_some(noise + far)
            };
            let values: Vec<Option<f64>> = (0..length).map(|_| value(&mut random)).collect();
            let numbers: Vec<f64> = values.iter().copied().flatten().collect();
            let rows: Vec<usize> = (0..length).filter(|row| values[*row].is_some()).collect();
            let slowly = (0..numbers.len()).filter(|at| is_spike(around(&numbers, *at), numbers[*at], 2.0));
            assert_eq!(spikes(&values, 2.0), slowly.map(|at| rows[at]).collect::<Vec<_>>(), "{length}");
        }
    }

    #[test]
    fn values_are_sorted_as_the_standard_library_does() {
        let mut random = Random::seeded(7, 2);
        let mut values: Vec<f64> =
            (0..500).map(|_| random.around_zero(3.0)).chain([0.0, -0.0, f64::INFINITY]).collect();
        let mut expected = values.clone();
        expected.sort_unstable_by(f64::total_cmp);
        sort(&mut values);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&values), bits(&expected));
    }
}
