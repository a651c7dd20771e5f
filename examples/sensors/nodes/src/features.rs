//! `features`: what is to be said of each sensor's day.

use core::ops::Range;
use std::error::Error;

use wpipe_sdk::{Date, Output, OutputError, Table, TableSpec, Timestamp, node};

use crate::day;
use crate::measures::{ALL, DAY, MEASURES, MINUTE};
use crate::statistics::{quantile, sort};

/// Of each measure, in the order of [`Statistics`].
pub(crate) const STATISTICS: [&str; 7] = ["mean", "min", "max", "std", "p05", "median", "p95"];

/// The values of [`STATISTICS`]; none of no values.
type Statistics = [Option<f64>; STATISTICS.len()];

/// One sensor's day.
struct Features<'t> {
    sensor: &'t str,
    readings: usize,
    gaps: usize,
    longest_gap: f64,
    measures: [(usize, Statistics); MEASURES],
}

/// Features of each sensor: how many readings, where they have gaps, and statistics of all measures.
///
/// A gap is a time of more than `gap_minutes` without a reading, also at the day's beginning and end. A day without
/// readings has no rows.
#[node]
pub(crate) fn features(cleaned: &Table, gap_minutes: u32, features: Output<Table>) -> Result<(), Box<dyn Error>> {
    let sensors = cleaned.text("sensor")?;
    let times = cleaned.column::<Timestamp>("time")?;
    let columns = ALL.iter().map(|measure| cleaned.nullable::<f64>(measure.name));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    // Without readings there is no day, and no row to say it in.
    let day = day::most_common(times.iter().copied()).unwrap_or_default();
    let (mut all, mut values) = (Vec::new(), Vec::new());
    for rows in runs(times.len(), |one, next| sensors.get(one) == sensors.get(next)) {
        let (gaps, longest_gap) = gaps(&times[rows.clone()], day, i64::from(gap_minutes) * MINUTE);
        let mut measures = [(0, Statistics::default()); MEASURES];
        for (measure, column) in measures.iter_mut().zip(&columns) {
            values.clear();
            values.extend(rows.clone().filter_map(|row| column.get(row)));
            *measure = (values.len(), statistics(&mut values));
        }
        all.push(Features { sensor: sensors.get(rows.start), readings: rows.len(), gaps, longest_gap, measures });
    }
    if !all.is_sorted_by(|one, next| one.sensor < next.sensor) {
        return Err("the readings are not in the order of their sensors: `clean` them first".into());
    }
    Ok(write(&all, day, features)?)
}

/// The longest ranges of rows in which each is the same as the next.
fn runs(rows: usize, is_same: impl Fn(usize, usize) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    (1..=rows).filter_map(move |end| {
        if end < rows && is_same(end - 1, end) {
            return None;
        }
        let run = start..end;
        start = end;
        Some(run)
    })
}

/// How many gaps there are, and the longest time without a reading, in minutes.
fn gaps(times: &[Timestamp], day: Date, allowed: i64) -> (usize, f64) {
    let midnight = i64::from(day.0) * DAY;
    let ends = times.iter().map(|time| time.0.clamp(midnight, midnight + DAY)).chain([midnight + DAY]);
    let mut last = midnight;
    let (mut count, mut longest) = (0, 0);
    for end in ends {
        let gap = end - last;
        count += usize::from(gap > allowed);
        longest = longest.max(gap);
        last = end;
    }
    (count, longest as f64 / MINUTE as f64)
}

/// The statistics, for which `values` are sorted.
pub(crate) fn statistics(values: &mut [f64]) -> Statistics {
    sort(values);
    let [Some(first), Some(last)] = [values.first(), values.last()] else {
        return Statistics::default();
    };
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    let share = |share| quantile(values, share);
    [Some(mean), Some(*first), Some(*last), Some(variance.sqrt()), share(0.05), share(0.5), share(0.95)]
}

fn write(all: &[Features<'_>], day: Date, features: Output<Table>) -> Result<(), OutputError> {
    let mut spec = TableSpec::new(all.len())
        .date("date")
        .growing_text("sensor")
        .i64("readings")
        .i64("gaps")
        .f64("longest_gap_minutes");
    for measure in &ALL {
        spec = spec.i64(format!("{}_count", measure.name));
        for statistic in STATISTICS {
            spec = spec.f64(format!("{}_{statistic}", measure.name)).nullable();
        }
    }
    features.build(&spec, |table| {
        table.column_mut::<Date>("date")?.fill(day);
        let mut sensors = table.text_mut("sensor")?;
        all.iter().try_for_each(|features| sensors.push(features.sensor))?;
        fill(table.column_mut("readings")?, all, |features| features.readings as i64);
        fill(table.column_mut("gaps")?, all, |features| features.gaps as i64);
        fill(table.column_mut("longest_gap_minutes")?, all, |features| features.longest_gap);
        for (at, measure) in ALL.iter().enumerate() {
            let count = table.column_mut(&format!("{}_count", measure.name))?;
            fill(count, all, |features| features.measures[at].0 as i64);
            for (of, statistic) in STATISTICS.iter().enumerate() {
                let mut column = table.nullable_mut::<f64>(&format!("{}_{statistic}", measure.name))?;
                (0..).zip(all).for_each(|(row, features)| column.set(row, features.measures[at].1[of]));
            }
        }
        Ok(())
    })
}

fn fill<T>(column: &mut [T], all: &[Features<'_>], value: impl Fn(&Features<'_>) -> T) {
    column.iter_mut().zip(all).for_each(|(place, features)| *place = value(features));
}
