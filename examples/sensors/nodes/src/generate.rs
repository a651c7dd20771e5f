//! `generate`: days of readings, with what goes wrong in the field.

use std::fmt::Write;

use serde::Deserialize;
use wpipe_sdk::{Date, PartitionedOutput, Timestamp, info, node, progress};

use crate::measures::{DAY, HEADER, MINUTE, SECOND};
use crate::random::Random;

/// How much to make, and how dirty.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    /// The same days for the same seed.
    pub(crate) seed: u64,
    /// `YYYY-MM-DD`.
    pub(crate) first_day: String,
    pub(crate) days: u32,
    pub(crate) sensors: u32,
    /// Of each sensor.
    pub(crate) readings_per_day: u32,
    pub(crate) dirt: Dirt,
}

/// Shares from 0 to 1.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dirt {
    /// Of values: not there.
    pub(crate) missing: f64,
    /// Of values: an error code, or a spike.
    pub(crate) wrong: f64,
    /// Of lines: sent twice.
    pub(crate) duplicate: f64,
    /// Of lines: no readings at all.
    pub(crate) bad: f64,
    /// Of the days of a sensor: its clock is up to half an hour off.
    pub(crate) skewed: f64,
    /// Of lines: the clock was reset.
    pub(crate) reset: f64,
}

/// Makes days of readings, each a CSV text `<year>/<date>`, in which a seed decides everything.
#[node]
pub(crate) fn generate(generate: Generate, raw: PartitionedOutput<str>) -> Result<(), String> {
    let first = parse_day(&generate.first_day)?;
    check(&generate.dirt)?;
    let mut bytes = 0;
    let mut text = String::new();
    for day in 0..generate.days {
        let date = Date(first.0 + day as i32);
        text.clear();
        write_day(&generate, date, &mut text);
        raw.put(&format!("{:04}/{date}", date.ymd().0), &text)?;
        bytes += text.len();
        progress(u64::from(day) + 1, u64::from(generate.days));
    }
    info!("made {} days of {} sensors: {:.1} MB", generate.days, generate.sensors, bytes as f64 / 1e6);
    Ok(())
}

fn parse_day(text: &str) -> Result<Date, String> {
    let mut parts = text.splitn(3, '-');
    let date = (|| {
        let (year, month, day) =
            (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Date::from_ymd(year, month, day)
    })();
    date.ok_or_else(|| format!("`first_day` is `{text}`, which is no day: write it as 2024-01-31"))
}

fn check(dirt: &Dirt) -> Result<(), String> {
    let Dirt { missing, wrong, duplicate, bad, skewed, reset } = *dirt;
    let shares = [
        ("missing", missing),
        ("wrong", wrong),
        ("duplicate", duplicate),
        ("bad", bad),
        ("skewed", skewed),
        ("reset", reset),
    ];
    match shares.iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
        Some((name, share)) => Err(format!("`dirt.{name}` is {share}, not a share from 0 to 1")),
        None => Ok(()),
    }
}

/// One day, tick by tick, each with a line of every sensor.
fn write_day(generate: &Generate, date: Date, text: &mut String) {
    let Generate { seed, sensors, readings_per_day, dirt, .. } = generate;
    let mut random = Random::seeded(*seed, date.0 as u64);
    let weather = random.around_zero(6.0);
    let clock = |random: &mut Random| {
        let is_skewed = random.happens(dirt.skewed);
        let offset = random.around_zero(30.0 * 60.0) as i64 * SECOND;
        if is_skewed { offset } else { 0 }
    };
    let clocks: Vec<i64> = (0..*sensors).map(|_| clock(&mut random)).collect();
    let midnight = i64::from(date.0) * DAY;
    text.push_str(HEADER);
    text.push('\n');
    for tick in 0..*readings_per_day {
        let within = DAY / i64::from(*readings_per_day) * i64::from(tick);
        for (sensor, clock) in clocks.iter().enumerate() {
            let jitter = (random.unit() * 5.0) as i64 * SECOND;
            let is_reset = random.happens(dirt.reset);
            let time = if is_reset { within } else { midnight + within + jitter + clock };
            let start = text.len();
            write_line(Timestamp(time), sensor, &climate(date, within, sensor, weather), dirt, &mut random, text);
            if random.happens(dirt.duplicate) {
                text.extend_from_within(start..);
            }
        }
    }
}

/// Temperature, humidity and pressure of a moment: the season, the time of day, the place, the weather.
fn climate(date: Date, within: i64, sensor: usize, weather: f64) -> [f64; 3] {
    // The coldest day is the 20th of January, the coldest hour three in the morning.
    let season = wave((f64::from(date.0) - 20.0) / 365.25 - 0.25);
    let hour = wave((within - 180 * MINUTE) as f64 / DAY as f64 - 0.25);
    let place = wave(sensor as f64 * 0.11) * 3.0;
    let temperature = 10.0 + 11.0 * season + 5.0 * hour + place + weather;
    [temperature, 65.0 - 8.0 * season - 12.0 * hour + 2.0 * place, 1013.0 - 1.5 * weather]
}

/// Much like a sine, of as many turns: a parabola for each half, because arithmetic alone is the same on every machine.
fn wave(turns: f64) -> f64 {
    let turn = turns - turns.floor();
    let half = turn % 0.5;
    let hill = 16.0 * half * (0.5 - half);
    if turn < 0.5 { hill } else { -hill }
}

/// What loggers write instead of a value that they do not have.
const ERROR_CODES: [&str; 3] = ["-999.9", "9999.0", "NaN"];

fn write_line(time: Timestamp, sensor: usize, climate: &[f64; 3], dirt: &Dirt, random: &mut Random, text: &mut String) {
    // Writing to a string cannot fail.
    if random.happens(dirt.bad) {
        let _ = match random.below(3) {
            0 => writeln!(text, "{time},s{sensor:03},12."),
            1 => writeln!(text, "#### reboot s{sensor:03} ####"),
            _ => writeln!(text, "yesterday,s{sensor:03},1.0,2.0,3.0"),
        };
        return;
    }
    let _ = write!(text, "{time},s{sensor:03}");
    for (value, noise) in climate.iter().zip([0.4, 1.5, 0.3]) {
        let value = value + random.around_zero(noise);
        text.push(',');
        if random.happens(dirt.missing) {
            continue;
        }
        if random.happens(dirt.wrong) {
            match ERROR_CODES.get(random.below(ERROR_CODES.len() + 1)) {
                Some(code) => text.push_str(code),
                None => _ = write!(text, "{:.1}", value * 1.5),
            }
            continue;
        }
        let _ = write!(text, "{value:.1}");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_much_like_a_sine() {
        for step in -200..200 {
            let turns = f64::from(step) / 40.0;
            let sine = (turns * core::f64::consts::TAU).sin();
            assert!((wave(turns) - sine).abs() < 0.06, "{turns}: {} {sine}", wave(turns));
        }
    }

    #[test]
    fn winters_and_nights_are_cold() {
        let temperature = |month: u8, hour: i64| {
            let date = Date::from_ymd(2024, month, 20).expect("a day");
            climate(date, hour * 60 * MINUTE, 0, 0.0)[0]
        };
        assert!(temperature(1, 3) < temperature(1, 15) && temperature(1, 15) < temperature(7, 15));
        assert!((-10.0..0.0).contains(&temperature(1, 3)), "{}", temperature(1, 3));
    }
}
