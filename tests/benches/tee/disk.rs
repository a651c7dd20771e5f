//! A gibibyte of datasets between nodes, on whatever disk the target directory is on.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use wpipe::{Host, Persist, Pipeline, Project, Runner};
use wpipe_tests::guest;

use crate::report::Row;

/// Datasets; each is read by a node that sums it.
const DATASETS: usize = 8;
/// Numbers in each.
const NUMBERS: u64 = 16 << 20;
const QUICK_NUMBERS: u64 = 1 << 18;

fn load(host: &Host, numbers: u64, directory: &Path) -> Result<Pipeline, Box<dyn Error>> {
    let mut manifest = format!(
        "[pipeline]\nname = \"disk\"\n[components.c]\npath = {:?}\n[params]\nn = {numbers}\n[limits]\nmemory = \"2GiB\"\n\
         [datasets.\"d{{index}}\"]\ntype = \"archive\"\npath = \"d{{index}}\"\n",
        guest("well_behaved")
    );
    for index in 0..DATASETS {
        manifest.push_str(&format!(
            "[nodes.make{index}]\nuses = \"c/produce\"\ninputs = [\"params:n\"]\noutputs = [\"d{index}\"]\n\
             [nodes.total{index}]\nuses = \"c/busy_total\"\ninputs = [\"d{index}\"]\noutputs = [\"sum{index}\"]\n"
        ));
    }
    Ok(host.load_project(Project::parse("pipeline.toml", &manifest, directory)?)?)
}

fn run(pipeline: &Pipeline, numbers: u64, runner: Runner, persist: Persist) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let result = pipeline.run().runner(runner).persist(persist).execute()?;
    let time = started.elapsed();
    let expected = if persist == Persist::Off { 0 } else { DATASETS };
    let persisted = result.report().persisted.len();
    if persisted != expected {
        return Err(format!("{persisted} of {expected} datasets were saved").into());
    }
    for index in 0..DATASETS {
        let sum = result.output::<f64>(&format!("sum{index}"))?;
        let numbers = numbers as f64;
        if (sum - numbers * (numbers - 1.0) / 2.0).abs() > 1e-6 * sum {
            return Err(format!("the sum of dataset {index} is {sum}").into());
        }
    }
    Ok(time)
}

/// The same bytes by plain writes, each file synchronised, one after the other.
fn write(numbers: u64, directory: &Path) -> Result<Duration, Box<dyn Error>> {
    let bytes: Vec<u8> = (0..numbers * 8).map(|index| index as u8).collect();
    let started = Instant::now();
    for index in 0..DATASETS {
        let mut file = File::create(directory.join(format!("w{index}")))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
    }
    Ok(started.elapsed())
}

fn clear(directory: &Path) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(directory)? {
        fs::remove_file(entry?.path())?;
    }
    Ok(())
}

/// Computing alone, writing alone, and both with tee, in turns: with one worker, which leaves a processor for the saves,
/// and with one for each processor, where saves and nodes share them.
pub(crate) fn measure(host: &Host, quick: bool) -> Result<Vec<Row>, Box<dyn Error>> {
    let (numbers, rounds) = if quick { (QUICK_NUMBERS, 1) } else { (NUMBERS, 5) };
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let pipeline = load(host, numbers, directory.path())?;
    let mut rows = Vec::new();
    for (name, runner) in [("one worker", Runner::Sequential), ("a worker for each processor", Runner::default())] {
        let mut times = Vec::new();
        for _ in 0..rounds {
            let compute = run(&pipeline, numbers, runner, Persist::Off)?;
            let written = write(numbers, directory.path())?;
            clear(directory.path())?;
            let tee = run(&pipeline, numbers, runner, Persist::Tee)?;
            clear(directory.path())?;
            times.push([compute, written, tee]);
        }
        let median = |which: usize| {
            let mut times: Vec<_> = times.iter().map(|round| round[which]).collect();
            times.sort_unstable();
            times[times.len() / 2]
        };
        let [compute, written, tee] = [0, 1, 2].map(median);
        let slower = compute.max(written);
        let mebibytes = (DATASETS as u64 * numbers * 8) >> 20;
        let alone = |what: String, time: Duration| Row {
            what,
            measured: time,
            expected: time,
            form: "baseline".to_owned(),
            most: time,
        };
        rows.push(alone(format!("{mebibytes} MiB, {name}: compute alone (--persist off)"), compute));
        rows.push(alone("plain writes and fsync alone".to_owned(), written));
        rows.push(Row {
            what: format!("tee, {name}"),
            measured: tee,
            expected: slower,
            form: "the slower of both".to_owned(),
            most: slower.mul_f64(1.05),
        });
    }
    Ok(rows)
}
