//! The kernels natively: a program that calls what standard input names, and says how long that took.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use wpipe_build::SETTINGS;

/// The processors that a program is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Processor {
    /// All of this kind, as programs are that people pass on.
    Any,
    /// This one.
    This,
}

/// A native program with the kernels. It ends with its input.
pub(crate) struct Native {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Native {
    /// Builds the program, and starts it on the files of a text and of numbers.
    pub(crate) fn start(processor: Processor, files: &[PathBuf; 2], rounds: usize) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(build(processor)?)
            .args(files)
            .arg(rounds.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (asked, answers) = (child.stdin.take(), child.stdout.take().map(BufReader::new));
        let no_pipe = "the native program has no pipe";
        Ok(Self { child, asked: asked.ok_or(no_pipe)?, answers: answers.ok_or(no_pipe)? })
    }

    /// Calls a kernel. Returns what it returned, and the time that it took.
    pub(crate) fn call(&mut self, kernel: &str) -> Result<(u64, Duration), Box<dyn Error>> {
        writeln!(self.asked, "{kernel}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let numbers = answer.trim_end().split_once(' ');
        let (returned, nanos) = numbers.ok_or_else(|| format!("the native program does not know `{kernel}`"))?;
        Ok((returned.parse()?, Duration::from_nanos(nanos.parse()?)))
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Builds the program with the settings of components, and returns its path.
fn build(processor: Processor) -> Result<PathBuf, Box<dyn Error>> {
    let kernels = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/kernels");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/wpipe/native");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(kernels)
        .args(["rustc", "--quiet", "--example", "native", "--profile", "wpipe-node"])
        .args(SETTINGS.iter().flat_map(|setting| ["--config", setting]))
        .arg("--target-dir")
        .arg(&target);
    if processor == Processor::This {
        cargo.args(["--", "-C", "target-cpu=native"]);
    }
    let status = cargo.status()?;
    if !status.success() {
        return Err(format!("the native program cannot be built: {status}").into());
    }
    let built = target.join("wpipe-node/examples/native");
    let program = target.join(format!("native-{processor:?}"));
    // The next processor's program takes its place.
    std::fs::copy(built, &program)?;
    Ok(program)
}
