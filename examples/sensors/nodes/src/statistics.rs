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

/// Which values are far away from those around them, and by more than `step` (Hampel, "The influence curve and its
/// role in robust estimation", 1974). Values that are missing are passed over.
pub(crate) fn spikes(values: &[Option<f64>], step: f64) -> Vec<usize> {
    let (rows, numbers): (Vec<usize>, Vec<f64>) =
        values.iter().enumerate().filter_map(|(row, value)| Some((row, (*value)?))).unzip();
    let mut window = [0.0; WINDOW];
    let mut is_spike = |at: &usize| {
        let start = at.saturating_sub(WINDOW / 2).min(numbers.len().saturating_sub(WINDOW));
        let around = &numbers[start..numbers.len().min(start + WINDOW)];
        let window = &mut window[..around.len()];
        window.copy_from_slice(around);
        let center = median(window).unwrap_or_default();
        window.iter_mut().for_each(|value| *value = (*value - center).abs());
        let deviation = median(window).unwrap_or_default() * ROBUST;
        (numbers[*at] - center).abs() > (DEVIATIONS * deviation).max(step)
    };
    (0..numbers.len()).filter(|at| is_spike(at)).map(|at| rows[at]).collect()
}
