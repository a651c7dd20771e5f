//! The same tasks by Kedro in Python, where it is installed with vineyard.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::Value;
use tempfile::TempDir;

use crate::NODES;
use crate::arm::{Arm, Measured, Task};

/// How long vineyard may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// The memory that vineyard gets for so many houses of the file, and the least.
const BYTES_PER_MULTIPLIER: u64 = 6 << 20;
const LEAST_BYTES: u64 = 1 << 30;

/// A Python that has vineyard's plugin for Kedro: `WPIPE_VINEYARD_PYTHON`, or that of `target/bench-vineyard`.
pub(crate) fn python() -> Option<String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench-vineyard/bin/python3");
    let modules = "vineyard.contrib.kedro, kedro.extras.datasets.pandas, sklearn";
    crate::python::python("WPIPE_VINEYARD_PYTHON", own, modules).ok()
}

/// Runs all tasks, and then looks at the last tables.
pub(crate) fn measure(python: &str, arm: Arm, houses: &Path, multiplier: usize) -> Result<Measured, Box<dyn Error>> {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
    fs::create_dir(folder.path().join("data"))?;
    fs::copy(houses, folder.path().join("data/house_prices.csv"))?;
    let socket = folder.path().join("vineyard.sock");
    let server = match arm {
        Arm::Vineyard => Some(Server::start(python, &socket, multiplier)?),
        _ => None,
    };
    let kind = if server.is_some() { "vineyard" } else { "csv" };
    let run = |task: &str| -> Result<Value, Box<dyn Error>> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/benches/house_prices/peer.py");
        let mut command = Command::new(python);
        command.arg(script).arg(kind).arg(folder.path()).args([&multiplier.to_string(), task]);
        let output = command.env("VINEYARD_IPC_SOCKET", &socket).stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().last().filter(|_| output.status.success());
        let last = last.ok_or_else(|| format!("peer.py {task}: {}", String::from_utf8_lossy(&output.stderr)))?;
        // Kedro logs on standard output first.
        Ok(serde_json::from_str(last)?)
    };
    let started = Instant::now();
    let tasks = NODES.iter().map(|node| {
        let seconds = run(node)?;
        let time = |what: &str| Duration::from_secs_f64(seconds[what].as_f64().unwrap_or_default());
        Ok(Task { load: time("load"), compute: time("compute"), save: time("save") })
    });
    let tasks = tasks.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let wall = started.elapsed();
    let digests = run("digest")?;
    let digests = digests.as_object().into_iter().flatten();
    let digests = digests.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().to_owned())).collect();
    drop(server);
    Ok(Measured { arm, tasks, wall, digests })
}

/// A server of vineyard's, which ends with this.
struct Server(Child);

impl Server {
    fn start(python: &str, socket: &PathBuf, multiplier: usize) -> Result<Self, Box<dyn Error>> {
        let bytes = LEAST_BYTES.max(BYTES_PER_MULTIPLIER * multiplier as u64);
        let mut command = Command::new(python);
        command.args(["-m", "vineyard", "--meta", "local", "--size", &bytes.to_string(), "--socket"]).arg(socket);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Self(command.spawn()?);
        let deadline = Instant::now() + PATIENCE;
        while !socket.exists() {
            if server.0.try_wait()?.is_some() || Instant::now() > deadline {
                return Err("vineyard did not start".into());
            }
            thread::yield_now();
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
