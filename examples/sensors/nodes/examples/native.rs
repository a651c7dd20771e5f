//! The nodes of the multipipeline natively, in a process of its own: `bench sensors` builds it as components are built.
//!
//! Takes the files of days. For each line of standard input it goes through all of them, and answers with the nanoseconds of
//! `parse`, `clean` and `features`, and a digest of all features.
#![expect(clippy::print_stdout, reason = "this is its answer")]

use std::error::Error;
use std::hash::{DefaultHasher, Hasher};
use std::io::{Write as _, stdin, stdout};
use std::time::Instant;

use wpipe_sdk::{Output, Table};

// A component is no library: its files are taken in one by one.
#[path = "../src/clean.rs"]
mod clean;
#[path = "../src/day.rs"]
mod day;
#[path = "../src/features.rs"]
mod features;
#[path = "../src/measures.rs"]
mod measures;
#[path = "../src/parse.rs"]
mod parse;
#[path = "../src/statistics.rs"]
mod statistics;

fn main() -> Result<(), Box<dyn Error>> {
    let days = std::env::args().skip(1).map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    for _ in stdin().lines() {
        let (mut times, mut digest) = ([0; 3], DefaultHasher::new());
        for day in &days {
            let started = Instant::now();
            let (output, readings) = Output::in_memory();
            parse::parse(day, output)?;
            let readings = readings.archive().ok_or("no readings")?;
            times[0] += started.elapsed().as_nanos();

            let started = Instant::now();
            let (output, cleaned) = Output::in_memory();
            clean::clean(&Table::view(&readings)?, clean::Limits { low: -25.0, high: 45.0 }, 60, output)?;
            let cleaned = cleaned.archive().ok_or("nothing is clean")?;
            times[1] += started.elapsed().as_nanos();

            let started = Instant::now();
            let (output, features) = Output::in_memory();
            features::features(&Table::view(&cleaned)?, 150, output)?;
            let features = features.archive().ok_or("no features")?;
            times[2] += started.elapsed().as_nanos();
            digest.write(&features);
        }
        println!("{} {} {} {}", times[0], times[1], times[2], digest.finish());
        stdout().flush()?;
    }
    Ok(())
}
