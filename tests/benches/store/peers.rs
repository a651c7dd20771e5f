//! The same hand-over by other object stores, in Python, where they are installed.

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::python::python;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/store/peers.py");

/// Another object store.
pub(crate) struct Peer {
    python: String,
    name: &'static str,
}

/// Returns the other object stores, or the reasons why they cannot be measured.
pub(crate) fn all() -> Vec<(&'static str, Result<Peer, String>)> {
    let peer = |name: &'static str, variable: &str| {
        let own = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-{}/bin/python3"), name);
        let missing = |python| format!("`{python}` has no `{name}` (`{variable}` names another Python)");
        let found = python(variable, &own, &format!("numpy, {name}"));
        (name, found.map(|python| Peer { python, name }).map_err(missing))
    };
    vec![peer("ray", "WPIPE_RAY_PYTHON"), peer("vineyard", "WPIPE_VINEYARD_PYTHON")]
}

impl Peer {
    /// Returns the medians of put, get and read.
    pub(crate) fn measure(&self, bytes: usize, rounds: usize) -> Result<[Duration; 3], Box<dyn Error>> {
        let mut command = Command::new(&self.python);
        let output = command.args([SCRIPT, self.name, &bytes.to_string(), &rounds.to_string()]).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().last().filter(|_| output.status.success());
        let last = last.ok_or_else(|| format!("{}: {}", self.name, String::from_utf8_lossy(&output.stderr)))?;
        let told: Value = serde_json::from_str(last)?;
        let time = |what: &str| Duration::from_secs_f64(told[what].as_f64().unwrap_or_default());
        Ok([time("put"), time("get"), time("read")])
    }
}
