//! The nodes as plain functions: laws that hold for whatever is generated, and the edges.

use std::error::Error;

use wpipe_sdk::data::Column;
use wpipe_sdk::partitions::WrittenPartitions;
use wpipe_sdk::{Date, Output, PartitionedOutput, Partitions, Table, Timestamp};

use crate::clean::{Limits, clean};
use crate::features::{features, statistics};
use crate::generate::{Dirt, Generate, generate};
use crate::measures::{ALL, DAY, HEADER, MINUTE};
use crate::parse::parse;
use crate::report::{Report, report};
use crate::statistics::{median, quantile, spikes};

type Tested = Result<(), Box<dyn Error>>;

const NO_DIRT: Dirt = Dirt { missing: 0.0, wrong: 0.0, duplicate: 0.0, bad: 0.0, skewed: 0.0, reset: 0.0 };
const DIRT: Dirt = Dirt { missing: 0.1, wrong: 0.05, duplicate: 0.1, bad: 0.05, skewed: 0.5, reset: 0.02 };
const LIMITS: Limits = Limits { low: -40.0, high: 50.0 };

fn settings(days: u32, dirt: Dirt) -> Generate {
    Generate { seed: 7, first_day: "2024-01-30".to_owned(), days, sensors: 3, readings_per_day: 48, dirt }
}

fn generated(settings: Generate) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let (output, written) = PartitionedOutput::in_memory();
    generate(settings, output)?;
    let text = |id: String| {
        let archive = written.archive(&id).ok_or("not written")?;
        Ok((id, String::from_utf8(archive.to_vec())?))
    };
    written.ids().into_iter().map(text).collect()
}

/// What a node writes to an output, as a table.
fn table<E>(node: impl FnOnce(Output<Table>) -> Result<(), E>) -> Result<Table<'static>, Box<dyn Error>>
where
    Box<dyn Error>: From<E>,
{
    let (output, written) = Output::in_memory();
    node(output)?;
    Ok(Table::from_archive(written.archive().ok_or("not written")?)?)
}

fn parsed(raw: &str) -> Result<Table<'static>, Box<dyn Error>> {
    table(|readings| parse(raw, readings))
}

fn cleaned(readings: &Table) -> Result<Table<'static>, Box<dyn Error>> {
    table(|cleaned| clean(readings, LIMITS, 60, cleaned))
}

fn featured(cleaned: &Table) -> Result<Table<'static>, Box<dyn Error>> {
    table(|output| features(cleaned, 60, output))
}

/// Readings of 2024-01-31: sensor, minute of the day, temperature.
fn readings(rows: &[(&str, i64, Option<f64>)]) -> Result<Table<'static>, Box<dyn Error>> {
    let midnight = i64::from(Date::from_ymd(2024, 1, 31).ok_or("a day")?.0) * DAY;
    let times: Vec<_> = rows.iter().map(|(_, minute, _)| Timestamp(midnight + minute * MINUTE)).collect();
    let temperatures: Vec<_> = rows.iter().map(|(.., value)| *value).collect();
    let rest = |value: f64| -> Column { vec![Some(value); rows.len()].into() };
    Ok(Table::from_columns([
        ("time", times.into()),
        ("sensor", rows.iter().map(|(sensor, ..)| *sensor).collect::<Vec<_>>().into()),
        ("temperature", temperatures.into()),
        ("humidity", rest(50.0)),
        ("pressure", rest(1000.0)),
    ])?)
}

fn temperatures(table: &Table) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    Ok(table.nullable::<f64>("temperature")?.iter().collect())
}

#[test]
fn a_seed_decides_every_day_by_itself() -> Tested {
    let days = generated(settings(3, DIRT))?;
    let ids: Vec<_> = days.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["2024/2024-01-30", "2024/2024-01-31", "2024/2024-02-01"]);
    assert_eq!(generated(settings(2, DIRT))?, days[..2]);
    let other = generated(Generate { seed: 8, ..settings(3, DIRT) })?;
    assert!(days.iter().zip(&other).all(|(day, other)| day.1 != other.1));
    Ok(())
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let told = |settings| {
        let (output, _): (_, WrittenPartitions) = PartitionedOutput::in_memory();
        generate(settings, output).expect_err("a mistake")
    };
    let error = told(Generate { first_day: "2024-02-30".to_owned(), ..settings(1, DIRT) });
    assert_eq!(error, "`first_day` is `2024-02-30`, which is no day: write it as 2024-01-31");
    let error = told(settings(1, Dirt { bad: 1.5, ..NO_DIRT }));
    assert_eq!(error, "`dirt.bad` is 1.5, not a share from 0 to 1");
}

#[test]
fn nothing_is_lost_of_what_is_not_dirty() -> Tested {
    for (_, raw) in generated(settings(3, NO_DIRT))? {
        let readings = parsed(&raw)?;
        let cleaned = cleaned(&readings)?;
        assert_eq!((readings.rows(), cleaned.rows()), (3 * 48, 3 * 48));
        for measure in &ALL {
            assert_eq!(cleaned.nullable::<f64>(measure.name)?.null_count(), 0, "{}", measure.name);
        }
    }
    Ok(())
}

#[test]
fn every_line_is_a_row_or_bad() -> Tested {
    for (_, raw) in generated(settings(5, DIRT))? {
        let bad = raw.lines().skip(1).filter(|line| line.split(',').count() != 5 || line.starts_with('y')).count();
        assert!(bad > 0, "there is some dirt");
        assert_eq!(parsed(&raw)?.rows() + bad, raw.lines().count() - 1);
    }
    Ok(())
}

#[test]
fn lines_are_read_field_by_field() -> Tested {
    let raw = format!(
        "{HEADER}\r\n2024-01-31T12:30:05,s1,1.5,,1000\r\n\n2024-01-31T00:00:00Z,ü,-1e1,NaN,NA\n2024-01-31T00:00:00,s1,inf,1,1\n"
    );
    let readings = parsed(&raw)?;
    assert_eq!(readings.column::<Timestamp>("time")?[0].to_string(), "2024-01-31T12:30:05");
    assert_eq!(readings.text("sensor")?.iter().collect::<Vec<_>>(), ["s1", "ü"]);
    assert_eq!(temperatures(&readings)?, [Some(1.5), Some(-10.0)]);
    assert_eq!(readings.nullable::<f64>("pressure")?.iter().collect::<Vec<_>>(), [Some(1000.0), None]);
    Ok(())
}

#[test]
fn a_day_without_lines_is_empty_and_one_of_bad_lines_is_an_error() -> Tested {
    assert_eq!(parsed(HEADER)?.rows(), 0);
    assert_eq!(featured(&cleaned(&parsed("")?)?)?.rows(), 0);
    let error = parsed("nonsense\n2024-13-01T00:00:00,s1,1,2,3").expect_err("no readings").to_string();
    let expected = "none of 2 lines is a reading; the first is line 1, \"nonsense\": its first field is no time";
    assert_eq!(error, expected);
    Ok(())
}

#[test]
fn times_that_no_clock_shows_are_bad() {
    for time in ["2024-01-31T24:00:00", "2024-01-31T00:60:00", "2024-02-30T00:00:00", "2024-01-31 00:00:00", "", "2024"]
    {
        assert!(parsed(&format!("{time},s1,1,2,3")).is_err(), "{time}");
    }
}

#[test]
fn a_clean_day_is_in_order_and_within_limits() -> Tested {
    for (_, raw) in generated(settings(10, DIRT))? {
        let readings = parsed(&raw)?;
        let cleaned = cleaned(&readings)?;
        let (sensors, times) = (cleaned.text("sensor")?, cleaned.column::<Timestamp>("time")?);
        let keys: Vec<_> = sensors.iter().zip(times).collect();
        assert!(keys.is_sorted_by(|one, next| one < next), "in order, and none of them twice");
        for measure in &ALL {
            let before: Vec<_> = readings.nullable::<f64>(measure.name)?.iter().flatten().collect();
            for value in cleaned.nullable::<f64>(measure.name)?.iter().flatten() {
                assert!(measure.range.contains(&value) && before.contains(&value), "{} {value}", measure.name);
            }
        }
        assert!(temperatures(&cleaned)?.iter().flatten().all(|value| (LIMITS.low..=LIMITS.high).contains(value)));
    }
    Ok(())
}

#[test]
fn of_duplicates_the_first_value_counts() -> Tested {
    let readings = readings(&[("b", 5, None), ("a", 0, Some(1.0)), ("b", 5, Some(2.0)), ("b", 5, Some(3.0))])?;
    let cleaned = cleaned(&readings)?;
    assert_eq!(cleaned.text("sensor")?.iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(temperatures(&cleaned)?, [Some(1.0), Some(2.0)]);
    Ok(())
}

#[test]
fn a_clock_may_be_off_by_an_hour_and_not_by_years() -> Tested {
    let day = 24 * 60;
    let off = [("a", 10, Some(1.0)), ("a", -59, Some(1.0)), ("a", day + 59, Some(1.0)), ("a", 20, Some(1.0))];
    assert_eq!(cleaned(&readings(&off)?)?.rows(), 4);
    let far =
        [("a", 10, Some(1.0)), ("a", -61, Some(1.0)), ("a", day + 60, Some(1.0)), ("a", -54 * 365 * day, Some(1.0))];
    assert_eq!(cleaned(&readings(&far)?)?.rows(), 1);
    Ok(())
}

#[test]
fn limits_are_for_the_temperature() -> Tested {
    let readings = readings(&[("a", 0, Some(-41.0)), ("a", 1, Some(-40.0)), ("a", 2, Some(50.1))])?;
    assert_eq!(temperatures(&cleaned(&readings)?)?, [None, Some(-40.0), None]);
    let upside_down = Limits { low: 1.0, high: 0.0 };
    let error = table(|output| clean(&readings, upside_down, 60, output)).expect_err("a mistake").to_string();
    assert_eq!(error, "`limits` are from 1 to 0: `low` is above `high`");
    Ok(())
}

#[test]
fn a_spike_is_missing_and_a_step_is_not() {
    let level = |from: usize, to: usize, value: f64| (from..to).map(move |at| Some(value + 0.1 * (at % 3) as f64));
    let mut spike: Vec<_> = level(0, 30, 10.0).collect();
    spike[12] = Some(15.0);
    spike[29] = Some(5.0);
    assert_eq!(spikes(&spike, 2.0), [12, 29]);
    assert_eq!(spikes(&spike, 6.0), [0; 0], "not by more than the step");
    spike.insert(3, None);
    assert_eq!(spikes(&spike, 2.0), [13, 30], "missing values are passed over");
    let step: Vec<_> = level(0, 15, 10.0).chain(level(15, 30, 20.0)).collect();
    assert_eq!(spikes(&step, 2.0), [0; 0]);
    assert_eq!(spikes(&[Some(1.0), Some(9.0)], 2.0), [0; 0], "two values do not say which of them is wrong");
    assert_eq!(spikes(&[], 2.0), [0; 0]);
}

#[test]
fn medians_and_quantiles_are_those_of_the_textbook() {
    assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(median(&mut []), None);
    let sorted = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(
        [0.0, 0.25, 0.5, 1.0].map(|share| quantile(&sorted, share)),
        [Some(1.0), Some(1.75), Some(2.5), Some(4.0)]
    );
    assert_eq!((quantile(&[], 0.5), quantile(&[7.0], 0.9)), (None, Some(7.0)));
    let [mean, min, max, std, .., p95] = statistics(&mut [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
    assert_eq!([mean, min, max, std], [Some(5.0), Some(2.0), Some(9.0), Some(2.0)]);
    assert!(p95.is_some_and(|p95| (p95 - 8.3).abs() < 1e-9));
    assert_eq!(statistics(&mut []), [None; 7]);
}

#[test]
fn gaps_are_at_the_ends_of_a_day_as_well() -> Tested {
    let readings = readings(&[("a", 61, Some(1.0)), ("a", 121, Some(2.0)), ("b", 0, None), ("b", 1439, None)])?;
    let features = featured(&cleaned(&readings)?)?;
    assert_eq!(features.column::<i64>("readings")?, [2, 2]);
    assert_eq!(features.column::<i64>("gaps")?, [2, 1]);
    assert_eq!(features.column::<f64>("longest_gap_minutes")?, [1319.0, 1439.0]);
    assert_eq!(features.column::<i64>("temperature_count")?, [2, 0]);
    assert_eq!(features.nullable::<f64>("temperature_mean")?.iter().collect::<Vec<_>>(), [Some(1.5), None]);
    assert_eq!(features.nullable::<f64>("humidity_mean")?.get(1), Some(50.0));
    assert_eq!(features.column::<Date>("date")?[0].to_string(), "2024-01-31");
    Ok(())
}

#[test]
fn readings_that_are_in_no_order_are_refused() -> Tested {
    let readings = readings(&[("b", 0, Some(1.0)), ("a", 1, Some(1.0))])?;
    assert_eq!(
        featured(&readings).expect_err("no order").to_string(),
        "the readings are not in the order of their sensors: `clean` them first"
    );
    Ok(())
}

fn reported(days: &[(String, Table<'static>)]) -> Result<String, Box<dyn Error>> {
    let partitions = Partitions::in_memory(days.iter().map(|(id, table)| (id.as_str(), table)))?;
    let settings = Report { title: "Weather".to_owned(), least_days: 3 };
    report(partitions, settings).map_err(|error| error.to_string().into())
}

#[test]
fn a_month_is_what_its_days_are_together() -> Tested {
    let day = |values: &[f64]| -> Result<Table<'static>, Box<dyn Error>> {
        let rows: Vec<_> = (0..).zip(values).map(|(hour, value)| ("a", hour * 60, Some(*value))).collect();
        featured(&cleaned(&readings(&rows)?)?)
    };
    let days = [("1".to_owned(), day(&[1.0])?), ("2".to_owned(), day(&[4.0, 4.0, 4.0])?)];
    let report = reported(&days)?;
    // (1 + 3 × 4) / 4, however the readings are spread over days.
    let expected = "2024-01  a           2*         4     2   1440 m |        3.25     1.0     4.0 |";
    assert!(report.contains(expected), "{report}");
    Ok(())
}

#[test]
fn the_report_has_a_line_for_each_sensor_in_each_month() -> Tested {
    let mut days = Vec::new();
    for (id, raw) in generated(settings(5, DIRT))? {
        days.push((id, featured(&cleaned(&parsed(&raw)?)?)?));
    }
    insta::assert_snapshot!(reported(&days)?);
    Ok(())
}

#[test]
fn features_that_are_none_are_named() -> Tested {
    let table = Table::from_columns([("date", vec![Date(0)].into())])?;
    let error = reported(&[("2024/x".to_owned(), table)]).expect_err("no features").to_string();
    let place = "the partition `2024/x` of the input `input`";
    assert_eq!(error, format!("features cannot be read: {place}: no column `sensor`: the table has `date`"));
    assert_eq!(reported(&[])?.lines().nth(2), Some("0 days of 0 sensors"));
    Ok(())
}
