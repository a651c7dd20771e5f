//! `parse`: the lines of a raw day as a table.

use std::error::Error;

use wpipe_sdk::{Date, Output, TableSpec, Timestamp, metric, node, warn};

use crate::measures::{ALL, DAY, HEADER, SECOND, Values};

/// One line.
struct Reading<'t> {
    time: Timestamp,
    sensor: &'t str,
    values: Values,
}

/// Reads the lines of a day: `time`, `sensor` and a column for each measure, in the order of the lines.
///
/// Lines that are no readings are left out, counted and told. A day of which no line can be read is an error.
#[node]
pub(crate) fn parse(raw: &str, readings: Output<wpipe_sdk::Table>) -> Result<(), Box<dyn Error>> {
    let mut parsed = Vec::with_capacity(raw.len() / HEADER.len());
    let mut bad = None::<Bad<'_>>;
    for (line, text) in
        (1..).zip(raw.lines()).filter(|(line, text)| !(text.is_empty() || *line == 1 && *text == HEADER))
    {
        match parse_line(text) {
            Ok(reading) => parsed.push(reading),
            Err(reason) => bad.get_or_insert(Bad { count: 0, line, text, reason }).count += 1,
        }
    }
    metric("bad_lines", bad.as_ref().map_or(0, |bad| bad.count) as f64);
    if let Some(Bad { count, line, text, reason }) = bad {
        let text: String = text.chars().take(60).collect();
        let first = format!("the first is line {line}, {text:?}: {reason}");
        if parsed.is_empty() {
            return Err(format!("none of {count} lines is a reading; {first}").into());
        }
        warn!("left out {count} of {} lines; {first}", parsed.len() + count);
    }
    Ok(build(&parsed, readings)?)
}

/// Lines that are no readings, and the first of them.
struct Bad<'t> {
    count: usize,
    line: usize,
    text: &'t str,
    reason: &'static str,
}

fn build(parsed: &[Reading<'_>], readings: Output<wpipe_sdk::Table>) -> Result<(), wpipe_sdk::OutputError> {
    let names = parsed.iter().map(|reading| reading.sensor.len()).sum();
    let spec = TableSpec::new(parsed.len()).timestamp("time").text("sensor", names);
    let spec = ALL.iter().fold(spec, |spec, measure| spec.f64(measure.name).nullable());
    readings.build(&spec, |table| {
        let times = table.column_mut::<Timestamp>("time")?.iter_mut();
        times.zip(parsed).for_each(|(time, reading)| *time = reading.time);
        let mut sensors = table.text_mut("sensor")?;
        parsed.iter().try_for_each(|reading| sensors.push(reading.sensor))?;
        for (position, measure) in ALL.iter().enumerate() {
            let mut values = table.nullable_mut::<f64>(measure.name)?;
            for (row, reading) in parsed.iter().enumerate() {
                values.set(row, reading.values[position]);
            }
        }
        Ok(())
    })
}

fn parse_line(line: &str) -> Result<Reading<'_>, &'static str> {
    let mut fields = line.split(',');
    let mut next = || fields.next().ok_or("it has too few fields");
    let (time, sensor) = (parse_time(next()?).ok_or("its first field is no time")?, next()?);
    if sensor.is_empty() {
        return Err("it names no sensor");
    }
    let mut values = Values::default();
    for value in &mut values {
        *value = parse_value(next()?)?;
    }
    if fields.next().is_some() {
        return Err("it has too many fields");
    }
    Ok(Reading { time, sensor, values })
}

/// A number; none where nothing stands, or that there is none.
fn parse_value(text: &str) -> Result<Option<f64>, &'static str> {
    match text {
        "" | "NA" | "NaN" => Ok(None),
        text => match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err("a field is no number"),
        },
    }
}

/// `2024-01-31T12:00:00`, with or without a `Z`.
fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z').unwrap_or(text).as_bytes();
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', i0, i1, b':', s0, s1] = text else {
        return None;
    };
    let pair = |tens: &u8, ones: &u8| {
        let digit = |digit: &u8| digit.is_ascii_digit().then(|| digit - b'0');
        Some(digit(tens)? * 10 + digit(ones)?)
    };
    let year = i32::from(pair(y0, y1)?) * 100 + i32::from(pair(y2, y3)?);
    let date = Date::from_ymd(year, pair(m0, m1)?, pair(d0, d1)?)?;
    let (hour, minute, second) = (pair(h0, h1)?, pair(i0, i1)?, pair(s0, s1)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    Some(Timestamp(i64::from(date.0) * DAY + seconds * SECOND))
}
