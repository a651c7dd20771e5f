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
    let (sensors, of_rows) = number(readings.text("sensor")?.iter());
    // Where the readings of each sensor go.
    let mut places = vec![0_usize; sensors.len() + 1];
    of_rows.iter().for_each(|sensor| places[*sensor as usize + 1] += 1);
    (1..places.len()).for_each(|sensor| places[sensor] += places[sensor - 1]);

    let measures = ALL.iter().map(|measure| readings.nullable::<f64>(measure.name));
    let measures = measures.collect::<Result<Vec<_>, _>>()?;
    let mut rows = vec![Reading { sensor: 0, time: 0, values: [None; MEASURES] }; times.len()];
    for (at, (sensor, time)) in of_rows.into_iter().zip(times).enumerate() {
        let place = &mut places[sensor as usize];
        let row = &mut rows[*place];
        *place += 1;
        (row.sensor, row.time) = (sensor, time.0);
        row.values.iter_mut().zip(&measures).for_each(|(value, measure)| *value = measure.get(at));
    }
    for rows in rows.chunk_by_mut(|one, next| one.sensor == next.sensor) {
        // Most clocks go forward.
        if !rows.is_sorted_by_key(|row| row.time) {
            rows.sort_by_key(|row| row.time);
        }
    }
    Ok((sensors, rows))
}

/// The names in order, each once, and the position of each row's name among them.
fn number<'t>(names: impl Iterator<Item = &'t str>) -> (Vec<&'t str>, Vec<u32>) {
    let mut found = Vec::<&str>::new();
    let mut numbers = HashMap::<&str, u32>::new();
    let mut last = 0;
    let mut number = |name: &'t str| {
        // Sensors come round in one order, with few exceptions.
        let next = if last + 1 < found.len() { last + 1 } else { 0 };
        last = match found.get(next) {
            Some(expected) if *expected == name => next,
            _ => *numbers.entry(name).or_insert_with(|| {
                found.push(name);
                found.len() as u32 - 1
            }) as usize,
        };
        last as u32
    };
    let rows: Vec<u32> = names.map(&mut number).collect();
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_unstable_by_key(|at| found[*at]);
    let mut positions = vec![0; found.len()];
    (0..).zip(&order).for_each(|(position, at)| positions[*at] = position);
    let sensors = order.into_iter().map(|at| found[at]).collect();
    (sensors, rows.into_iter().map(|number| positions[number as usize]).collect())
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
    let mut values = Vec::new();
    for rows in rows.chunk_by_mut(|one, next| one.sensor == next.sensor) {
        for (position, measure) in ALL.iter().enumerate() {
            values.clear();
            values.extend(rows.iter().map(|row| row.values[position]));
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
