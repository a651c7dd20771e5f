//! `report`: the months of each sensor, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;
use wpipe_sdk::{Date, PartitionError, Partitions, Table, TableError, info, node, progress};

use crate::measures::{ALL, MEASURES};

/// How the report looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    pub(crate) title: String,
    /// A month of fewer days is marked.
    pub(crate) least_days: u32,
}

/// Why there is no report.
#[derive(Debug)]
pub(crate) enum ReportError {
    Partition(PartitionError),
    Table(TableError),
}

/// One sensor's month.
#[derive(Debug, Default)]
struct Month {
    days: u32,
    readings: i64,
    gaps: i64,
    longest_gap: f64,
    measures: [Summary; MEASURES],
}

/// All days of one measure.
#[derive(Debug, Clone, Copy, Default)]
struct Summary {
    sum: f64,
    count: i64,
    /// The least and the greatest value.
    range: Option<(f64, f64)>,
}

/// Year, month, sensor: what the report's lines are in the order of.
type Line = (i32, u8, String);

/// Sums up the features of all days: a line for each sensor in each month. One day is in memory at a time.
#[node]
pub(crate) fn report(features: Partitions<Table>, report: Report) -> Result<String, ReportError> {
    let mut months = BTreeMap::<Line, Month>::new();
    let days = features.len() as u64;
    for (done, day) in (1..).zip(features) {
        let day = day.load().map_err(ReportError::Partition)?;
        let add = add_day(&day, &mut months);
        add.map_err(ReportError::Table)?;
        progress(done, days);
    }
    info!("summed up {days} days as {} months of sensors", months.len());
    Ok(write(&report, days, &months))
}

fn add_day(day: &Table, months: &mut BTreeMap<Line, Month>) -> Result<(), TableError> {
    let (dates, sensors) = (day.column::<Date>("date")?, day.text("sensor")?);
    let (readings, gaps) = (day.column::<i64>("readings")?, day.column::<i64>("gaps")?);
    let longest_gaps = day.column::<f64>("longest_gap_minutes")?;
    let mut columns = Vec::new();
    for measure in &ALL {
        let statistic = |name| day.nullable::<f64>(&format!("{}_{name}", measure.name));
        let count = day.column::<i64>(&format!("{}_count", measure.name))?;
        columns.push((count, statistic("mean")?, statistic("min")?, statistic("max")?));
    }
    for (row, date) in dates.iter().enumerate() {
        let (year, month, _) = date.ymd();
        let month = months.entry((year, month, sensors.get(row).to_owned())).or_default();
        month.days += 1;
        month.readings += readings[row];
        month.gaps += gaps[row];
        month.longest_gap = month.longest_gap.max(longest_gaps[row]);
        for (summary, (count, mean, min, max)) in month.measures.iter_mut().zip(&columns) {
            if let (Some(mean), Some(min), Some(max)) = (mean.get(row), min.get(row), max.get(row)) {
                summary.add(count[row], mean, min, max);
            }
        }
    }
    Ok(())
}

impl Summary {
    fn add(&mut self, count: i64, mean: f64, min: f64, max: f64) {
        self.sum += mean * count as f64;
        self.count += count;
        self.range = Some(self.range.map_or((min, max), |(least, greatest)| (least.min(min), greatest.max(max))));
    }
}

fn write(report: &Report, days: u64, months: &BTreeMap<Line, Month>) -> String {
    let sensors: BTreeSet<&str> = months.keys().map(|(_, _, sensor)| sensor.as_str()).collect();
    let mut text = format!("{}\n\n{days} days of {} sensors\n\n", report.title, sensors.len());
    let head = format!("{:<8} {:<8} {:>5} {:>9} {:>5} {:>8}", "month", "sensor", "days", "readings", "gaps", "longest");
    // Writing to a string cannot fail.
    let _ = write!(text, "{head}");
    for measure in &ALL {
        let _ = write!(text, " | {:>11} {:>7} {:>7}", measure.name, "min", "max");
    }
    text.push('\n');
    for ((year, month, sensor), summed) in months {
        let Month { days, readings, gaps, longest_gap, measures } = summed;
        let mark = if *days < report.least_days { "*" } else { "" };
        let days = format!("{days}{mark}");
        let _ =
            write!(text, "{year:04}-{month:02}  {sensor:<8} {days:>5} {readings:>9} {gaps:>5} {longest_gap:>6.0} m");
        for Summary { sum, count, range } in measures {
            let _ = match range {
                Some((min, max)) => write!(text, " | {:>11.2} {min:>7.1} {max:>7.1}", sum / *count as f64),
                None => write!(text, " | {:>11} {:>7} {:>7}", "-", "-", "-"),
            };
        }
        text.push('\n');
    }
    if months.values().any(|month| month.days < report.least_days) {
        let _ = write!(text, "\n* fewer than {} days\n", report.least_days);
    }
    text
}

impl core::fmt::Display for ReportError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Partition(error) => error.fmt(f),
            // It says the partition.
            Self::Table(error) => write!(f, "features cannot be read: {error}"),
        }
    }
}
