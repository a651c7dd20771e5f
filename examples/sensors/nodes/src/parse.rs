//! `parse`: the lines of a raw day as a table.

use std::error::Error;

use wpipe_sdk::{Date, Output, TableSpec, Timestamp, metric, node, warn};

use crate::measures::{ALL, DAY, HEADER, MEASURES, SECOND, Values};

/// The lines that are readings, by column.
#[derive(Default)]
struct Readings<'t> {
    times: Vec<Timestamp>,
    sensors: Vec<&'t str>,
    values: [Vec<Option<f64>>; MEASURES],
}

/// Reads the lines of a day: `time`, `sensor` and a column for each measure, in the order of the lines.
///
/// Lines that are no readings are left out, counted and told. A day of which no line can be read is an error.
#[node]
pub(crate) fn parse(raw: &str, readings: Output<wpipe_sdk::Table>) -> Result<(), Box<dyn Error>> {
    let mut parsed = Readings::with_room(raw.len() / HEADER.len());
    let mut dates = Dates::new();
    let mut bad = None::<Bad<'_>>;
    for (line, text) in
        (1..).zip(raw.lines()).filter(|(line, text)| !(text.is_empty() || *line == 1 && *text == HEADER))
    {
        match parse_line(text, &mut dates) {
            Ok((time, sensor, values)) => parsed.push(time, sensor, values),
            Err(reason) => bad.get_or_insert(Bad { count: 0, line, text, reason }).count += 1,
        }
    }
    metric("bad_lines", bad.as_ref().map_or(0, |bad| bad.count) as f64);
    if let Some(Bad { count, line, text, reason }) = bad {
        let text: String = text.chars().take(60).collect();
        let first = format!("the first is line {line}, {text:?}: {reason}");
        if parsed.times.is_empty() {
            return Err(format!("none of {count} lines is a reading; {first}").into());
        }
        warn!("left out {count} of {} lines; {first}", parsed.times.len() + count);
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

impl<'t> Readings<'t> {
    fn with_room(lines: usize) -> Self {
        let values = [(); MEASURES].map(|()| Vec::with_capacity(lines));
        Self { times: Vec::with_capacity(lines), sensors: Vec::with_capacity(lines), values }
    }

    fn push(&mut self, time: Timestamp, sensor: &'t str, values: Values) {
        self.times.push(time);
        self.sensors.push(sensor);
        self.values.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
}

fn build(parsed: &Readings<'_>, readings: Output<wpipe_sdk::Table>) -> Result<(), wpipe_sdk::OutputError> {
    let names = parsed.sensors.iter().map(|sensor| sensor.len()).sum();
    let spec = TableSpec::new(parsed.times.len()).timestamp("time").text("sensor", names);
    let spec = ALL.iter().fold(spec, |spec, measure| spec.f64(measure.name).nullable());
    readings.build(&spec, |table| {
        table.column_mut::<Timestamp>("time")?.copy_from_slice(&parsed.times);
        let mut sensors = table.text_mut("sensor")?;
        parsed.sensors.iter().try_for_each(|sensor| sensors.push(sensor))?;
        for (measure, values) in ALL.iter().zip(&parsed.values) {
            let mut column = table.nullable_mut::<f64>(measure.name)?;
            (0..).zip(values).for_each(|(row, value)| column.set(row, *value));
        }
        Ok(())
    })
}

fn parse_line<'t>(line: &'t str, dates: &mut Dates) -> Result<(Timestamp, &'t str, Values), &'static str> {
    let mut fields = Fields(Some(line));
    let time = fields.next_likely(TIME).unwrap_or_default();
    let time = parse_time(time, dates).ok_or("its first field is no time")?;
    let mut next = || fields.next().ok_or("it has too few fields");
    let sensor = next()?;
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
    Ok((time, sensor, values))
}

/// The length of `2024-01-31T12:00:00`.
const TIME: usize = 19;

/// The fields of a line. They are short, so that looking at byte after byte is the fastest.
struct Fields<'t>(Option<&'t str>);

impl<'t> Fields<'t> {
    /// The next one, or more than that, if something that is likely to be its end is behind so many bytes.
    fn next_likely(&mut self, length: usize) -> Option<&'t str> {
        match self.0 {
            Some(rest) if rest.as_bytes().get(length) == Some(&b',') => {
                self.0 = Some(&rest[length + 1..]);
                Some(&rest[..length])
            }
            _ => self.next(),
        }
    }
}

impl<'t> Iterator for Fields<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.0?;
        match rest.bytes().position(|byte| byte == b',') {
            Some(end) => {
                self.0 = Some(&rest[end + 1..]);
                Some(&rest[..end])
            }
            None => self.0.take(),
        }
    }
}

/// A number; none where nothing stands, or that there is none.
fn parse_value(text: &str) -> Result<Option<f64>, &'static str> {
    if let Some(value) = parse_short(text.as_bytes()) {
        return Ok(Some(value));
    }
    match text {
        "" | "NA" | "NaN" => Ok(None),
        text => match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err("a field is no number"),
        },
    }
}

/// Powers of ten that are exact.
const TENS: [f64; 16] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A number of few digits, as sensors send: its digits and the power of ten are exact, so that their quotient is the nearest
/// number to what is written (Clinger, "How to read floating point numbers accurately", 1990). `None` of anything else.
fn parse_short(text: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > TENS.len() {
        return None;
    }
    let (mut number, mut behind) = (0_u64, None);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number * 10 + u64::from(digit);
            behind = behind.map(|behind: usize| behind + 1);
        } else if *byte == b'.' && behind.is_none() {
            behind = Some(0);
        } else {
            return None;
        }
    }
    // Neither all digits of the longest number nor a point alone.
    if digits.len() == TENS.len() && behind.is_none() || digits == b"." {
        return None;
    }
    let value = number as f64 / TENS[behind.unwrap_or(0)];
    Some(if is_negative { -value } else { value })
}

/// The date that was read last: most lines are of one day.
struct Dates {
    text: [u8; 10],
    midnight: i64,
}

impl Dates {
    /// The epoch.
    fn new() -> Self {
        Self { text: *b"1970-01-01", midnight: 0 }
    }

    /// Microseconds from 1970-01-01 to the beginning of a date.
    fn midnight(&mut self, text: &[u8; 10]) -> Option<i64> {
        if self.text != *text {
            let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text else { return None };
            let year = i32::from(pair(y0, y1)?) * 100 + i32::from(pair(y2, y3)?);
            let date = Date::from_ymd(year, pair(m0, m1)?, pair(d0, d1)?)?;
            (self.text, self.midnight) = (*text, i64::from(date.0) * DAY);
        }
        Some(self.midnight)
    }
}

/// `2024-01-31T12:00:00`, with or without a `Z`.
fn parse_time(text: &str, dates: &mut Dates) -> Option<Timestamp> {
    let text = text.strip_suffix('Z').unwrap_or(text).as_bytes();
    let (date, clock) = text.split_first_chunk::<10>()?;
    let [b'T', h0, h1, b':', i0, i1, b':', s0, s1] = clock else {
        return None;
    };
    let (hour, minute, second) = (pair(h0, h1)?, pair(i0, i1)?, pair(s0, s1)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    Some(Timestamp(dates.midnight(date)? + seconds * SECOND))
}

/// A number of two digits.
fn pair(tens: &u8, ones: &u8) -> Option<u8> {
    let digit = |digit: &u8| digit.is_ascii_digit().then(|| digit - b'0');
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_what_the_standard_library_reads() {
        let short = ["0", "-0", "-0.0", "7.", ".5", "-12.3", "999.9", "0.1", "123456789012345", "0.00000000000001"];
        for text in short {
            let expected = text.parse::<f64>().expect("a number");
            assert_eq!(parse_short(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
        let mut random = crate::random::Random::seeded(7, 0);
        for _ in 0..10_000 {
            let (whole, fraction) = (random.below(1_000_000), random.below(10_000_000));
            let text = format!("{whole}.{fraction}");
            let expected = text.parse::<f64>().expect("a number");
            assert_eq!(parse_short(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
    }

    #[test]
    fn what_is_no_short_number_is_left() {
        for text in ["", "-", ".", "-.", "1.2.3", "1e5", "+1", "NaN", "1234567890123456", "12345678901234567"] {
            assert_eq!(parse_short(text.as_bytes()), None, "{text}");
        }
    }
}
