//! A native program that a benchmark asks in lines: built with the settings of components, for any processor or for this
//! one.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use wpipe_build::SETTINGS;

/// The processors that a program is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Processor {
    /// All of this kind, as programs are that people pass on.
    Any,
    /// This one.
    This,
}

/// A program. It ends with its input.
pub(crate) struct Program {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Program {
    /// Builds the example `native` of a crate, and starts it with arguments.
    pub(crate) fn start(
        name: &str,
        crate_dir: &Path,
        processor: Processor,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(build(name, crate_dir, processor)?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (asked, answers) = (child.stdin.take(), child.stdout.take().map(BufReader::new));
        let no_pipe = "the native program has no pipe";
        Ok(Self { child, asked: asked.ok_or(no_pipe)?, answers: answers.ok_or(no_pipe)? })
    }

    /// Returns the answer to a line.
    pub(crate) fn ask(&mut self, line: &str) -> Result<String, Box<dyn Error>> {
        writeln!(self.asked, "{line}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        if answer.is_empty() {
            return Err(format!("the native program has no answer to `{line}`").into());
        }
        Ok(answer)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Builds the program with the settings of components, and returns its path.
fn build(name: &str, crate_dir: &Path, processor: Processor) -> Result<PathBuf, Box<dyn Error>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/wpipe/native");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(crate_dir)
        .args(["rustc", "--quiet", "--example", "native", "--profile", "wpipe-node"])
        .args(SETTINGS.iter().flat_map(|setting| ["--config", setting]))
        .arg("--target-dir")
        .arg(&target);
    if processor == Processor::This {
        cargo.args(["--", "-C", "target-cpu=native"]);
    }
    let status = cargo.status()?;
    if !status.success() {
        return Err(format!("the native program of `{name}` cannot be built: {status}").into());
    }
    let built = target.join("wpipe-node/examples/native");
    let program = target.join(format!("{name}-{processor:?}"));
    // The next one takes its place.
    std::fs::copy(built, &program)?;
    Ok(program)
}
