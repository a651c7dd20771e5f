//! Amounts with units: sizes, times and rates, as the manifest writes them.

use std::time::Duration;

use super::fields::{Fields, wrong_type};
use super::tree::Data;
use crate::problem::Problem;
use wpipe_text::did_you_mean;

/// The units of size and their bytes.
const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// The units of throughput and their bytes a second.
const RATES: [(&str, u64); 7] = [
    ("B/s", 1),
    ("kB/s", 1_000),
    ("MB/s", 1_000_000),
    ("GB/s", 1_000_000_000),
    ("KiB/s", 1 << 10),
    ("MiB/s", 1 << 20),
    ("GiB/s", 1 << 30),
];

/// The units of time and their milliseconds.
const TIMES: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Reads a size, in bytes.
pub(crate) fn size(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Option<u64> {
    amount(fields, key, "a size such as `512MiB`", &SIZES, out)
}

/// Reads a size above zero, in bytes: with zero nothing could be done.
pub(crate) fn size_needed(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Option<u64> {
    above_zero(fields, key, "a size such as `512MiB`", &SIZES, out)
}

pub(crate) fn time(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Option<Duration> {
    amount(fields, key, "a time such as `10s`", &TIMES, out).map(Duration::from_millis)
}

/// Reads a time limit.
pub(crate) fn time_limit(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Option<Duration> {
    above_zero(fields, key, "a time such as `10s`", &TIMES, out).map(Duration::from_millis)
}

/// Reads a rate, in bytes a second.
pub(crate) fn rate(fields: &mut Fields<'_>, key: &'static str, out: &mut Vec<Problem>) -> Option<u64> {
    above_zero(fields, key, "a rate such as `100MiB/s`", &RATES, out)
}

/// Reads an amount above zero: with zero nothing could ever be done.
fn above_zero(
    fields: &mut Fields<'_>,
    key: &'static str,
    expected: &str,
    units: &[(&str, u64)],
    out: &mut Vec<Problem>,
) -> Option<u64> {
    let amount = amount(fields, key, expected, units, out)?;
    if amount > 0 {
        return Some(amount);
    }
    let message = format!("`{key}` of {} is 0", fields.owner());
    let at = fields.optional(key).map_or(fields.at(), |entry| &entry.value.span);
    let problem = Problem::new("wpipe::manifest::bad_value", message).label(at, "nothing could ever be done with that");
    out.push(problem.help("write more, or leave it out".to_owned()));
    None
}

fn amount(
    fields: &mut Fields<'_>,
    key: &'static str,
    expected: &str,
    units: &[(&str, u64)],
    out: &mut Vec<Problem>,
) -> Option<u64> {
    let entry = fields.optional(key)?;
    let what = format!("`{key}` of {}", fields.owner());
    let Data::String(text) = &entry.value.data else {
        out.push(wrong_type(&what, &entry.value, expected));
        return None;
    };
    match count(text, units) {
        Ok(amount) => Some(amount),
        Err(fault) => {
            let names: Vec<_> = units.iter().map(|(name, _)| *name).collect();
            let (label, help) = fault.explain(&names);
            out.push(
                Problem::new("wpipe::manifest::bad_value", format!("{what} is not {expected}"))
                    .label(&entry.value.span, label)
                    .help(help),
            );
            None
        }
    }
}

/// Parses a size such as `512MiB`, as manifests and command lines have it, into bytes.
///
/// # Errors
///
/// Returns the fault of the text, and what to write instead.
pub fn parse_size(text: &str) -> Result<u64, String> {
    count(text, &SIZES).map_err(|fault| {
        let (label, help) = fault.explain(&SIZES.map(|(name, _)| name));
        format!("{label}: {help}")
    })
}

/// The reason why a text is not an amount.
#[derive(Debug, PartialEq, Eq)]
enum Fault<'a> {
    NoNumber,
    Unit(&'a str),
    TooLarge,
}

impl Fault<'_> {
    /// Returns the label of the place, and the help.
    fn explain(&self, units: &[&str]) -> (String, String) {
        let usual = format!("write a whole number and one of the units {}", units.join(", "));
        match self {
            Self::NoNumber => ("expected a whole number first".to_owned(), usual),
            Self::Unit("") => ("expected a unit after the number".to_owned(), usual),
            Self::Unit(unit) => {
                (format!("unknown unit `{unit}`"), did_you_mean(unit, units.iter().copied()).unwrap_or(usual))
            }
            Self::TooLarge => ("this does not fit into 64 bits".to_owned(), usual),
        }
    }
}

/// Parses `text`, a whole number and one of `units`, as a multiple of the smallest.
fn count<'a>(text: &'a str, units: &[(&str, u64)]) -> Result<u64, Fault<'a>> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim_start();
    if digits.is_empty() {
        return Err(Fault::NoNumber);
    }
    let (_, factor) = units.iter().find(|(name, _)| *name == unit).ok_or(Fault::Unit(unit))?;
    let number: u64 = digits.parse().map_err(|_| Fault::TooLarge)?;
    number.checked_mul(*factor).ok_or(Fault::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        let bytes = |text| count(text, &SIZES);
        assert_eq!(bytes("7B"), Ok(7));
        assert_eq!(bytes("1KiB"), Ok(1024));
        assert_eq!(bytes("3MiB"), Ok(3 << 20));
        assert_eq!(bytes("2 GiB"), Ok(2 << 30));
        assert_eq!(bytes("1kB"), Ok(1000));
        assert_eq!(bytes("1MB"), Ok(1_000_000));
        assert_eq!(bytes("1GB"), Ok(1_000_000_000));
    }

    #[test]
    fn times_run_from_milliseconds_to_hours() {
        let milliseconds = |text| count(text, &TIMES);
        assert_eq!(milliseconds("500ms"), Ok(500));
        assert_eq!(milliseconds("10s"), Ok(10_000));
        assert_eq!(milliseconds("5m"), Ok(300_000));
        assert_eq!(milliseconds("1h"), Ok(3_600_000));
    }

    #[test]
    fn what_is_not_an_amount_is_told_apart() {
        assert_eq!(count("", &SIZES), Err(Fault::NoNumber));
        assert_eq!(count("-1B", &SIZES), Err(Fault::NoNumber));
        assert_eq!(count("10", &SIZES), Err(Fault::Unit("")));
        assert_eq!(count("1.5GiB", &SIZES), Err(Fault::Unit(".5GiB")));
        assert_eq!(count("99999999999999999999B", &SIZES), Err(Fault::TooLarge));
        assert_eq!(count("18446744073709551615KiB", &SIZES), Err(Fault::TooLarge));
    }

    #[test]
    fn rates_are_sizes_a_second() {
        assert_eq!(count("100MiB/s", &RATES), Ok(100 << 20));
        assert_eq!(count("100MiB", &RATES), Err(Fault::Unit("MiB")));
    }
}
