//! Somebody who reads and writes tables: a process that is asked in lines of JSON, wpipe's own or one of Python.

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// The name of wpipe among readers.
pub(crate) const WPIPE: &str = "wpipe";

/// The libraries of Python.
const LIBRARIES: [&str; 4] = ["polars", "pyarrow", "duckdb", "pandas"];

/// Returns a Python that has all of them.
pub(crate) fn python() -> Option<String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-formats/bin/python3");
    crate::python::python("WPIPE_BENCH_PYTHON", own, "duckdb, pandas, polars, pyarrow").ok()
}

/// A process that reads and writes. It ends when it is dropped.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    /// Starts wpipe, and the libraries if there is a Python.
    pub(crate) fn all(python: Option<&str>) -> Result<Vec<Self>, Box<dyn Error>> {
        let mut own = Command::new(env::current_exe()?);
        own.arg(super::SERVE);
        let mut readers = vec![Self::start(WPIPE, own)?];
        for library in python.iter().flat_map(|_| LIBRARIES) {
            let mut command = Command::new(python.unwrap_or_default());
            command.arg(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/formats/others.py"))).arg(library);
            readers.push(Self::start(library, command)?);
        }
        Ok(readers)
    }

    fn start(name: &'static str, mut command: Command) -> Result<Self, Box<dyn Error>> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a process without pipes".into());
        };
        let mut reader = Self { name, process, requests, answers: BufReader::new(answers) };
        reader.answer()?;
        Ok(reader)
    }

    /// Asks for something, and waits for the answer.
    pub(crate) fn ask(&mut self, request: &Value) -> Result<Value, Box<dyn Error>> {
        writeln!(self.requests, "{request}")?;
        self.requests.flush()?;
        self.answer()
    }

    /// Forgets what was loaded last, so that its memory is nobody's.
    pub(crate) fn forget(&mut self) -> Result<(), Box<dyn Error>> {
        self.ask(&json!({ "do": "drop" })).map(drop)
    }

    fn answer(&mut self) -> Result<Value, Box<dyn Error>> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|_| format!("{} has ended", self.name).into())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
