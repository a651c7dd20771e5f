//! Handing a dataset from process to process: `cargo xtask bench store [-- --quick]`.
//!
//! Each figure is of processes of their own. One produces numbers in a sandbox and publishes them in a store; another one
//! attaches them, and adds them up in a sandbox. Beside it, the same two nodes in one process, and Ray's and vineyard's put
//! and get of the same bytes, where there is a Python that has them: `cargo xtask setup --peers` makes one for each, and
//! `WPIPE_RAY_PYTHON` and `WPIPE_VINEYARD_PYTHON` name others.

mod child;
#[path = "../common/figures.rs"]
mod figures;
mod peers;
#[path = "../common/python.rs"]
mod python;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figures::{is_quick, median, ratio};

/// The directory of the store: a file system in memory, if there is one.
const MEMORY: &str = "/dev/shm";

/// The times of one hand-over.
#[derive(Debug, Default, Clone)]
struct Handover {
    produce: Vec<Duration>,
    publish: Vec<Duration>,
    attach: Vec<Duration>,
    read: Vec<Duration>,
}

impl Handover {
    fn total(&self) -> Duration {
        [&self.produce, &self.publish, &self.attach, &self.read]
            .into_iter()
            .filter(|all| !all.is_empty())
            .map(|all| median(all.clone()))
            .sum()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(done) = child::run_if_asked()? {
        return Ok(done);
    }
    let (sizes, rounds): (&[usize], usize) =
        if is_quick() { (&[1 << 20], 1) } else { (&[1 << 20, 16 << 20, 128 << 20, 1 << 30], 5) };
    let mut out = std::io::stdout().lock();
    writeln!(out, "medians of {rounds}; in ms\n")?;
    writeln!(out, "| bytes | produce | publish | attach | read | two processes | one process | ratio |")?;
    writeln!(out, "|---|---|---|---|---|---|---|---|")?;
    for &bytes in sizes {
        let (mut two, mut one) = (Handover::default(), Handover::default());
        for _ in 0..rounds {
            let folder = directory()?;
            let store = folder.path().join("store");
            let written = child::ask("write", bytes, &store)?;
            let read = child::ask("read", bytes, &store)?;
            let whole = child::ask("whole", bytes, &store)?;
            two.produce.push(written.produce);
            two.publish.push(written.publish);
            two.attach.push(read.attach);
            two.read.push(read.read);
            one.produce.push(whole.produce);
            one.read.push(whole.read);
        }
        writeln!(
            out,
            "| {bytes} | {} | {} | {} | {} | {} | {} | {:.2} |",
            millis(median(two.produce.clone())),
            millis(median(two.publish.clone())),
            millis(median(two.attach.clone())),
            millis(median(two.read.clone())),
            millis(two.total()),
            millis(one.total()),
            ratio(two.total(), one.total())
        )?;
        out.flush()?;
    }
    writeln!(
        out,
        "\nput in one process, get and read in another; in ms\n\n| by | bytes | put | get | read |\n|---|---|---|---|---|"
    )?;
    for (name, result) in peers::all() {
        match result {
            Err(reason) => writeln!(out, "| {name} | not measured: {reason} | | | |")?,
            Ok(peer) => {
                for &bytes in sizes {
                    let times = peer.measure(bytes, rounds)?;
                    let cells = times.map(millis);
                    writeln!(out, "| {name} | {bytes} | {} |", cells.join(" | "))?;
                }
            }
        }
    }
    Ok(())
}

fn directory() -> Result<tempfile::TempDir, Box<dyn Error>> {
    let memory = PathBuf::from(MEMORY);
    let folder = if Path::new(MEMORY).is_dir() { memory } else { std::env::temp_dir() };
    Ok(tempfile::TempDir::new_in(folder)?)
}

fn millis(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}
