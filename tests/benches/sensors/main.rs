//! The nodes of `examples/sensors`, and the same job by other tools: `cargo xtask bench sensors [-- --quick]`.
//!
//! Days of raw text in memory become the features of each sensor: `parse`, `clean` and `features`, one day after the other on
//! one processor. In sandboxes, a fresh one for each call; natively, compiled with the settings of components; and in Python,
//! by pandas and by Polars with NumPy, as somebody would write it who knows them (`job.py`). All of them have to find the same.
//!
//! `cargo xtask setup --peers` gets the libraries, or `WPIPE_BENCH_PYTHON` names a Python that has them. Without one wpipe is
//! measured alone, and that is said.

#[path = "../common/figures.rs"]
mod figures;
#[path = "../common/program.rs"]
mod program;
mod python;
mod sandboxed;
mod summary;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use figures::{is_quick, median};
use program::{Processor, Program};
use sandboxed::Nodes;

/// The nodes of a day.
const NODES: [&str; 3] = ["parse", "clean", "features"];

/// The time of each node, for all days.
type Times = [Duration; NODES.len()];

/// The rate to reach in the sandbox, in MB/s.
const TARGET: f64 = 150.0;

fn main() -> Result<(), Box<dyn Error>> {
    let (days, rounds) = if is_quick() { (2, 1) } else { (10, 9) };
    let nodes = Nodes::new()?;
    let days = nodes.generate(days)?;
    let folder = tempfile::tempdir()?;
    let files: Vec<_> = (0..days.len()).map(|day| folder.path().join(format!("{day:03}.csv"))).collect();
    for (file, day) in files.iter().zip(&days) {
        std::fs::write(file, day)?;
    }
    let bytes: usize = days.iter().map(String::len).sum();

    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sensors/nodes");
    let mut native = Program::start("sensors", &example, Processor::Any, &files)?;
    let mut tuned = Program::start("sensors", &example, Processor::This, &files)?;
    let (mut of_native, mut of_tuned, mut of_sandbox) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = None;
    for _ in 0..rounds {
        let (natively, digest) = times(&native.ask("go")?)?;
        let (with_all, other) = times(&tuned.ask("go")?)?;
        let sandboxed = nodes.run(&days)?;
        assert!(digest == sandboxed.digest && digest == other, "natively and in the sandbox there are other features");
        found = Some(sandboxed.summary);
        of_native.push(natively);
        of_tuned.push(with_all);
        of_sandbox.push(sandboxed.times);
    }
    let found = found.ok_or("nothing was measured")?;

    let mut out =
        format!("{} days, {:.1} MB; medians, of the least round in brackets\n\n", days.len(), bytes as f64 / 1e6);
    writeln!(out, "| | {} | sum | MB/s |\n|---|---|---|---|---|---|", NODES.join(" | "))?;
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    for (name, times) in
        [("natively", &of_native), ("natively, for this processor", &of_tuned), ("in sandboxes", &of_sandbox)]
    {
        let sums: Vec<Duration> = times.iter().map(|times| times.iter().sum()).collect();
        let least = sums.iter().min().copied().unwrap_or_default();
        let of_node = |node: usize| millis(median(times.iter().map(|times| times[node]).collect()));
        let cells: Vec<String> = (0..NODES.len()).map(of_node).collect();
        let sum = median(sums);
        writeln!(
            out,
            "| {name} | {} | {} ({}) | {:.0} ({:.0}) |",
            cells.join(" | "),
            millis(sum),
            millis(least),
            rate(sum),
            rate(least)
        )?;
        if name == "in sandboxes" && rate(sum) < TARGET {
            writeln!(out, "| missed: {TARGET} MB/s | | | | | |")?;
        }
    }
    match python::python() {
        Some(python) => {
            for measured in python::measure(&python, &files, rounds.min(3))? {
                measured.summary.compare(&found, &measured.name)?;
                let sum = measured.time;
                writeln!(out, "| {} | | | | {} | {:.1} |", measured.name, millis(sum), rate(sum))?;
            }
        }
        None => writeln!(out, "\nwpipe alone: no Python with pandas and Polars (`cargo xtask setup --peers`)")?,
    }
    std::io::stdout().lock().write_all(out.as_bytes())?;
    Ok(())
}

/// Reads the answer of the native program: the times of the nodes, and a digest.
fn times(answer: &str) -> Result<(Times, u64), Box<dyn Error>> {
    let numbers = answer.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    let [parse, clean, features, digest] = numbers[..] else { return Err(format!("not understood: {answer}").into()) };
    Ok(([parse, clean, features].map(Duration::from_nanos), digest))
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
