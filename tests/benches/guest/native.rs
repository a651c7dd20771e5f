//! The kernels natively: a program that calls what standard input names, and says how long that took.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::program::{Processor, Program};

/// A native program with the kernels.
pub(crate) struct Native(Program);

impl Native {
    /// Builds the program, and starts it on the files of a text, of numbers and of a table.
    pub(crate) fn start(processor: Processor, files: &[PathBuf; 3], rounds: usize) -> Result<Self, Box<dyn Error>> {
        let kernels = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/kernels");
        let files = files.iter().map(|file| file.display().to_string()).chain([rounds.to_string()]);
        Ok(Self(Program::start("kernels", &kernels, processor, files)?))
    }

    /// Calls a kernel. Returns what it returned, and the time that it took.
    pub(crate) fn call(&mut self, kernel: &str) -> Result<(u64, Duration), Box<dyn Error>> {
        let answer = self.0.ask(kernel)?;
        let numbers = answer.trim_end().split_once(' ');
        let (returned, nanos) = numbers.ok_or_else(|| format!("the native program does not know `{kernel}`"))?;
        Ok((returned.parse()?, Duration::from_nanos(nanos.parse()?)))
    }
}
