//! `clean`: a day of readings that can be computed with.

use std::collections::HashMap;

use serde::Deserialize;
use wpipe_sdk::{Output, OutputError, Table, TableError, TableSpec, Timestamp, info, metric, node};

use crate::day;
use crate::measures::{ALL, DAY, MEASURES, MINUTE, Values};
use crate::statistics::spikes;

/// What a thermometer shows where the sensors stand, in °C: other limits for other seasons.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// One reading; its sensor is a position among the names.
#[derive(Debug, Clone, Copy)]
struct Reading {
    sensor: u32,
    time: i64,
    values: Values,
}

/// What was found.
#[derive(Debug, Default)]
struct Found {
    off_the_day: usize,
    duplicates: usize,
    out_of_range: usize,
    spikes: usize,
    empty: usize,
}

/// Puts a day in order: by sensor and time, each time once, with values that can be.
///
/// Readings of another day than most, and more than `skew_minutes` away from that, are left out; so are those without
/// any value. Of readings with one sensor and one time, the first value of each measure counts. Values that are out of
/// range, or far away from those around them, are missing then.
#[node]
pub(crate) fn clean(
    readings: &Table,
    limits: Limits,
    skew_minutes: u32,
    cleaned: Output<Table>,
) -> Result<(), Box<dyn std::error::Error>> {
    if limits.low > limits.high {
        return Err(format!("`limits` are from {} to {}: `low` is above `high`", limits.low, limits.high).into());
    }
    let (sensors, mut rows) = read(readings)?;
    let mut found = Found::default();
    keep_the_day(&mut rows, i64::from(skew_minutes) * MINUTE, &mut found);
    merge_duplicates(&mut rows, &mut found);
    for row in &mut rows {
        remove_impossible(&mut row.values, limits, &mut found);
    }
    remove_spikes(&mut rows, &mut found);
    let before = rows.len();
    rows.retain(|row| row.values.iter().any(Option::is_some));
    found.empty = before - rows.len();
    tell(readings.rows(), rows.len(), &found);
    Ok(write(&sensors, &rows, cleaned)?)
}

/// The sensors' names in order, and the readings by sensor and time; those of one time in the order of their lines.
fn read<'t>(readings: &'t Table<'_>) -> Result<(Vec<&'t str>, Vec<Reading>), TableError> {
    let times = readings.column::<Timestamp>("time")?;
    let names = readings.text("sensor")?;
    let mut sensors: Vec<&str> = names.iter().collect();
    sensors.sort_unstable();
    sensors.dedup();
    let positions: HashMap<&str, u32> = (0..).zip(&sensors).map(|(position, name)| (*name, position)).collect();
    let row =
        |(time, name): (&Timestamp, &str)| Reading { sensor: positions[name], time: time.0, values: [None; MEASURES] };
    let mut rows: Vec<Reading> = times.iter().zip(names.iter()).map(row).collect();
    for (position, measure) in ALL.iter().enumerate() {
        for (row, value) in rows.iter_mut().zip(readings.nullable::<f64>(measure.name)?.iter()) {
            row.values[position] = value;
        }
    }
    rows.sort_by_key(|row| (row.sensor, row.time));
    Ok((sensors, rows))
}

fn keep_the_day(rows: &mut Vec<Reading>, skew: i64, found: &mut Found) {
    let Some(day) = day::most_common(rows.iter().map(|row| Timestamp(row.time))) else {
        return;
    };
    let midnight = i64::from(day.0) * DAY;
    let before = rows.len();
    rows.retain(|row| (midnight - skew..midnight + DAY + skew).contains(&row.time));
    found.off_the_day = before - rows.len();
}

fn merge_duplicates(rows: &mut Vec<Reading>, found: &mut Found) {
    let before = rows.len();
    rows.dedup_by(|next, kept| {
        let is_same = (next.sensor, next.time) == (kept.sensor, kept.time);
        if is_same {
            for (kept, next) in kept.values.iter_mut().zip(next.values) {
                *kept = kept.or(next);
            }
        }
        is_same
    });
    found.duplicates = before - rows.len();
}

fn remove_impossible(values: &mut Values, limits: Limits, found: &mut Found) {
    for (position, (value, measure)) in values.iter_mut().zip(&ALL).enumerate() {
        let is_within = |value: f64| {
            measure.range.contains(&value) && (position != 0 || (limits.low..=limits.high).contains(&value))
        };
        if value.is_some_and(|value| !is_within(value)) {
            *value = None;
            found.out_of_range += 1;
        }
    }
}

fn remove_spikes(rows: &mut [Reading], found: &mut Found) {
    for rows in rows.chunk_by_mut(|one, next| one.sensor == next.sensor) {
        for (position, measure) in ALL.iter().enumerate() {
            let values: Vec<Option<f64>> = rows.iter().map(|row| row.values[position]).collect();
            for row in spikes(&values, measure.step) {
                rows[row].values[position] = None;
                found.spikes += 1;
            }
        }
    }
}

fn tell(before: usize, after: usize, found: &Found) {
    let Found { off_the_day, duplicates, out_of_range, spikes, empty } = found;
    info!(
        "kept {after} of {before} readings: {off_the_day} are of another day, {duplicates} are double, {empty} are \
         empty; {out_of_range} values are out of range, {spikes} are spikes"
    );
    metric("kept_readings", after as f64);
    metric("removed_values", (out_of_range + spikes) as f64);
}

fn write(sensors: &[&str], rows: &[Reading], cleaned: Output<Table>) -> Result<(), OutputError> {
    let names = rows.iter().map(|row| sensors[row.sensor as usize].len()).sum();
    let spec = TableSpec::new(rows.len()).text("sensor", names).timestamp("time");
    let spec = ALL.iter().fold(spec, |spec, measure| spec.f64(measure.name).nullable());
    cleaned.build(&spec, |table| {
        let mut to = table.text_mut("sensor")?;
        rows.iter().try_for_each(|row| to.push(sensors[row.sensor as usize]))?;
        let times = table.column_mut::<Timestamp>("time")?.iter_mut();
        times.zip(rows).for_each(|(time, row)| *time = Timestamp(row.time));
        for (position, measure) in ALL.iter().enumerate() {
            let mut values = table.nullable_mut::<f64>(measure.name)?;
            (0..).zip(rows).for_each(|(at, row)| values.set(at, row.values[position]));
        }
        Ok(())
    })
}
