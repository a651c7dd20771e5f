//! One process of a hand-over: it runs a pipeline of one node or of both, and tells its times as JSON.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wpipe::{Event, Host, Project, Record, Store};
use wpipe_tests::guest;

/// The argument by which this program is a child: the part, the bytes and the store follow.
const ASKED: &str = "--child";

/// The times that a child has taken.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Times {
    pub(crate) produce: Duration,
    pub(crate) publish: Duration,
    pub(crate) attach: Duration,
    pub(crate) read: Duration,
}

/// Asks a process of its own for its times.
pub(crate) fn ask(part: &str, bytes: usize, store: &Path) -> Result<Times, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    let output = command.args([ASKED, part, &bytes.to_string()]).arg(store).output()?;
    if !output.status.success() {
        return Err(format!("{part}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Plays the child's part, if this process is one.
pub(crate) fn run_if_asked() -> Result<Option<()>, Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip_while(|argument| argument != ASKED).skip(1).collect();
    let [part, bytes, store] = arguments.as_slice() else { return Ok(None) };
    let times = times(part, bytes.parse()?, Path::new(store))?;
    serde_json::to_writer(std::io::stdout(), &times)?;
    Ok(Some(()))
}

fn times(part: &str, bytes: usize, store: &Path) -> Result<Times, Box<dyn Error>> {
    let numbers = bytes / size_of::<f64>();
    let produce =
        format!("[params]\nn = {numbers}\n[nodes.produce]\ninputs = [\"params:n\"]\noutputs = [\"numbers\"]\n");
    let total = "[nodes.total]\ninputs = [\"numbers\"]\noutputs = [\"sum\"]\n";
    let shared = format!("[store]\npath = {store:?}\nlimit = \"8GiB\"\n");
    let nodes = match part {
        "write" => produce + &shared,
        "read" => total.to_owned() + &shared,
        _ => produce + total,
    };
    let manifest = format!(
        "[pipeline]\nname = \"bench\"\n[components.good]\npath = {:?}\n[limits]\nmemory = \"4GiB\"\noutput = \"2GiB\"\n{nodes}",
        guest("well_behaved")
    );
    let host = Host::builder().build()?;
    let mut times = Times::default();
    if part == "read" {
        let store = Store::open(store)?;
        let started = Instant::now();
        drop(store.get::<[f64]>("bench/numbers")?);
        times.attach = started.elapsed();
    }
    let pipeline = host.load_project(Project::parse("pipeline.toml", &manifest, ".")?)?;
    let seen = Arc::new(Mutex::new(times));
    let seeing = seen.clone();
    let observer = move |record: &Record| {
        let mut times = seeing.lock().unwrap_or_else(PoisonError::into_inner);
        match &record.event {
            Event::NodeCompleted { node, duration, .. } if node == "produce" => times.produce = *duration,
            Event::NodeCompleted { node, duration, .. } if node == "total" => times.read = *duration,
            Event::DatasetShared { dataset, duration, .. } if dataset == "numbers" => times.publish = *duration,
            _ => {}
        }
    };
    let result = pipeline.run().observe(observer).execute()?;
    if part != "write" {
        let expected = numbers as f64 * (numbers as f64 - 1.0) / 2.0;
        let sum = result.output::<f64>("sum")?;
        assert!((sum - expected).abs() <= expected * 1e-9, "{sum} is not {expected}");
    }
    let times = *seen.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(times)
}
