//! The same job in Python, where it is installed with pandas and Polars.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::summary::Summary;

/// What one library did.
pub(crate) struct Measured {
    pub(crate) name: String,
    /// The median of all rounds, for all days.
    pub(crate) time: Duration,
    pub(crate) summary: Summary,
}

/// Returns a Python that has both.
pub(crate) fn python() -> Option<String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-formats/bin/python3");
    let python = env::var("WPIPE_BENCH_PYTHON").unwrap_or_else(|_| own.to_owned());
    let mut command = Command::new(&python);
    command.args(["-c", "import numpy, pandas, polars"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success()).then_some(python)
}

/// Does the job on the files of days, by each library in a process of its own, on one processor.
pub(crate) fn measure(python: &str, files: &[PathBuf], rounds: usize) -> Result<Vec<Measured>, Box<dyn Error>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sensors/job.py");
    let measure = |library: &str| {
        let mut command = Command::new(python);
        command.arg(script).arg(library).arg(rounds.to_string()).args(files);
        for threads in ["POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"] {
            command.env(threads, "1");
        }
        let output = command.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            return Err(format!("job.py {library}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let answer: Value = serde_json::from_slice(&output.stdout)?;
        let sums = answer["sums"].as_object().into_iter().flatten();
        let sums = sums.map(|(column, sum)| (column.clone(), sum.as_f64().unwrap_or(f64::NAN))).collect();
        let time = Duration::from_secs_f64(answer["seconds"].as_f64().unwrap_or_default());
        Ok(Measured { name: answer["name"].as_str().unwrap_or(library).to_owned(), time, summary: Summary(sums) })
    };
    ["pandas", "polars"].into_iter().map(measure).collect()
}
