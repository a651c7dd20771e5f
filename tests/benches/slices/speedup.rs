//! A gigabyte of text in 200 partitions, with one worker and with two.

use std::error::Error;
use std::fs;
use std::num::NonZero;
use std::time::Instant;

use tempfile::TempDir;
use wpipe::{Host, Pipeline, Project, Runner};
use wpipe_tests::guest;

const PARTITIONS: usize = 200;
const LEN: usize = 5_000_000;
/// What is computed for each partition, so that computing is what the run is bound by: some 40 ms.
const ROUNDS: u64 = 200_000_000;

fn load(host: &Host, folder: &TempDir, rounds: u64) -> Result<Pipeline, Box<dyn Error>> {
    let manifest = format!(
        "[pipeline]\nname = \"bench\"\n[components.good]\npath = {:?}\n[params]\nrounds = {rounds}\n\
         [nodes.n]\nuses = \"good/spin_and_count\"\ninputs = [\"raw\", \"params:rounds\"]\noutputs = [\"made\"]\n\
         [multinodes.n]\nover = [\"raw\"]\nslices = 8\n\
         [datasets.raw]\ntype = \"text\"\npath = \"raw\"\npartitioned = true\n\
         [datasets.made]\ntype = \"text\"\npath = \"made\"\npartitioned = true\n",
        guest("well_behaved")
    );
    Ok(host.load_project(Project::parse("pipeline.toml", &manifest, folder.path())?)?)
}

/// Seconds of a run, and all that it made.
fn run(pipeline: &Pipeline, folder: &TempDir, runner: Runner) -> Result<(f64, Vec<String>), Box<dyn Error>> {
    let started = Instant::now();
    pipeline.run().runner(runner).execute()?;
    let time = started.elapsed().as_secs_f64();
    let made = fs::read_dir(folder.path().join("made"))?.flatten().map(|entry| entry.path());
    let made = made.filter(|path| path.is_file()).map(fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    Ok((time, made))
}

pub(crate) fn measure(quick: bool) -> Result<String, Box<dyn Error>> {
    let (partitions, len, rounds) = if quick { (4, 1000, 1000) } else { (PARTITIONS, LEN, ROUNDS) };
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
    fs::create_dir(folder.path().join("raw"))?;
    for partition in 0..partitions {
        fs::write(folder.path().join(format!("raw/{partition:03}")), "x".repeat(len))?;
    }
    let host = Host::builder().build()?;
    let pipeline = load(&host, &folder, rounds)?;
    let two = Runner::Parallel { workers: const { NonZero::new(2).unwrap() } };
    let mut times = Vec::new();
    for _ in 0..if quick { 1 } else { 3 } {
        let (one, expected) = run(&pipeline, &folder, Runner::Sequential)?;
        let (two, made) = run(&pipeline, &folder, two)?;
        if made.len() != partitions || made != expected {
            return Err("one worker and two do not make the same".into());
        }
        times.push((one, two));
    }
    times.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (one, two) = times[times.len() / 2];
    let bytes = partitions * len;
    Ok(format!(
        "{:.2} GB in {partitions} partitions: one worker {one:.2} s, two {two:.2} s: {:.2}x (target 0.6x)",
        bytes as f64 / 1e9,
        two / one
    ))
}
