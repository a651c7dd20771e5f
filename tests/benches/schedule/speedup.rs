//! Eight nodes of half a second of work each, by one worker and by two.

use std::error::Error;
use std::num::NonZero;
use std::time::{Duration, Instant};

use wpipe::{Host, Pipeline, Project, Runner};
use wpipe_tests::guest;

const NODES: usize = 8;

fn load(host: &Host, rounds: u64) -> Result<Pipeline, Box<dyn Error>> {
    let mut manifest = format!(
        "[pipeline]\nname = \"work\"\n[components.c]\npath = {:?}\n[params]\nrounds = {rounds}\n",
        guest("well_behaved")
    );
    for node in 0..NODES {
        manifest.push_str(&format!(
            "[nodes.n{node}]\nuses = \"c/works\"\ninputs = [\"params:rounds\"]\noutputs = [\"d{node}\"]\n"
        ));
    }
    Ok(host.load_project(Project::parse("pipeline.toml", &manifest, ".")?)?)
}

fn run(pipeline: &Pipeline, runner: Runner) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let result = pipeline.run().runner(runner).execute()?;
    let time = started.elapsed();
    let first = result.output::<u64>("d0")?;
    for node in 1..NODES {
        if result.output::<u64>(&format!("d{node}"))? != first {
            return Err("the nodes do not agree".into());
        }
    }
    Ok(time)
}

pub(crate) fn measure(host: &Host, quick: bool) -> Result<String, Box<dyn Error>> {
    let two = Runner::Parallel { workers: const { NonZero::new(2).unwrap() } };
    // As many rounds as take half a second here.
    let sample = 1_000_000;
    let time = run(&load(host, sample)?, Runner::Sequential)? / NODES as u32;
    let wanted = if quick { Duration::from_millis(10) } else { Duration::from_millis(500) };
    let rounds = (sample as f64 * wanted.as_secs_f64() / time.as_secs_f64()) as u64;
    let pipeline = load(host, rounds)?;
    let mut times = Vec::new();
    for _ in 0..if quick { 1 } else { 3 } {
        times.push((run(&pipeline, Runner::Sequential)?, run(&pipeline, two)?));
    }
    times.sort_by(|a, b| (a.1.as_secs_f64() / a.0.as_secs_f64()).total_cmp(&(b.1.as_secs_f64() / b.0.as_secs_f64())));
    let (one, two) = times[times.len() / 2];
    let (one, two) = (one.as_secs_f64(), two.as_secs_f64());
    Ok(format!("{NODES} nodes of work: sequential {one:.2} s, 2 workers {two:.2} s: {:.2}x (target 0.55x)", two / one))
}
