//! Kedro's runners on the same shapes, where Kedro is installed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::chain::Shape;

/// A Python that has Kedro 1.x: `WPIPE_KEDRO_PYTHON`, or `python3`.
pub(crate) fn python() -> Option<String> {
    crate::python::python("WPIPE_KEDRO_PYTHON", "python3", "kedro.runner").ok()
}

/// The time per node of one run.
pub(crate) fn time_per_node(python: &str, parallel: bool, shape: Shape, nodes: usize) -> Result<Duration, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/schedule/kedro_runner.py");
    let runner = if parallel { "parallel" } else { "sequential" };
    let shape = if shape == Shape::Chain { "chain" } else { "wide" };
    let output = Command::new(python)
        .arg(script)
        .args([runner, shape, &nodes.to_string()])
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("failed to start `{python}`: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    // Kedro greets on standard output first.
    let seconds = text.lines().last().and_then(|line| line.parse::<f64>().ok()).filter(|_| output.status.success());
    let seconds = seconds.ok_or_else(|| format!("Kedro's {runner} runner failed: {text}"))?;
    Ok(Duration::from_secs_f64(seconds) / nodes as u32)
}
