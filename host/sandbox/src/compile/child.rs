//! Starts a compiling process, waits for it, and reports how it ended.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::worker::{ASKED, REFUSED};
use crate::error::CompileError;

/// The most threads of one compilation: each has memory of its own.
const THREADS: usize = 8;

/// The longest time that an interruption may go unnoticed.
const POLL: Duration = Duration::from_millis(10);

/// The wait as a multiple of the limit on processor time: other programs want processors as well.
const PATIENCE: u32 = 10;

/// The most bytes that are read of a process's last words.
const WORDS: u64 = 64 << 10;

/// Lets `program` compile `wasm` into `artefact`, an empty file, within these limits on processor time and bytes.
pub(crate) fn compile_in_child(
    program: &Path,
    wasm: &[u8],
    (time, memory): (Duration, u64),
    artefact: &File,
    cancelled: impl Fn() -> bool,
) -> Result<(), CompileError> {
    let cannot = |source: io::Error| CompileError::Start { program: program.to_owned(), source };
    let mut child = Running::start(program, time, memory, artefact).map_err(cannot)?;
    let words = child.listen().map_err(cannot)?;
    // A process that is gone does not read to the end; its exit status says why.
    let open = child.give(wasm);
    let deadline = Instant::now() + time * PATIENCE;
    let words = loop {
        match words.recv_timeout(POLL) {
            Ok(words) => break words,
            Err(RecvTimeoutError::Disconnected) => break String::new(),
            Err(RecvTimeoutError::Timeout) if cancelled() => return Err(CompileError::Interrupted),
            Err(RecvTimeoutError::Timeout) if Instant::now() > deadline => {
                return Err(CompileError::Time { limit: time });
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    let status = child.0.wait().map_err(cannot)?;
    drop(open);
    judge(status, words, time, memory)
}

fn judge(status: ExitStatus, words: String, time: Duration, memory: u64) -> Result<(), CompileError> {
    // Rust and the C++ parts of a linked program print these when they are refused memory.
    let out_of_memory = ["memory allocation of", "out of memory", "Cannot allocate memory", "bad_alloc"];
    let is_signal = |signal: Signal| status.signal() == Some(signal.as_raw());
    if status.success() {
        Ok(())
    } else if is_signal(Signal::XCPU) {
        Err(CompileError::Time { limit: time })
    } else if out_of_memory.iter().any(|sign| words.contains(sign)) || is_signal(Signal::KILL) {
        Err(CompileError::Memory { limit: memory })
    } else if status.code() == Some(REFUSED.into()) {
        Err(CompileError::Invalid { reason: words })
    } else {
        Err(CompileError::Crashed { status: status.to_string() })
    }
}

/// A compiling process, which the drop ends.
struct Running(Child);

impl Running {
    fn start(program: &Path, time: Duration, memory: u64, artefact: &File) -> io::Result<Self> {
        let threads = available_parallelism().map_or(1, usize::from).min(THREADS);
        let child = Command::new(program)
            .args([ASKED, &time.as_secs().to_string(), &memory.to_string()])
            .env("RAYON_NUM_THREADS", threads.to_string())
            // glibc reserves address space for each thread's allocations.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(artefact.try_clone()?)
            .stderr(Stdio::piped())
            // A terminal's interrupt goes to this process, which ends the child.
            .process_group(0)
            .spawn()?;
        Ok(Self(child))
    }

    /// Receives the process's messages once it has ended.
    fn listen(&mut self) -> io::Result<mpsc::Receiver<String>> {
        let Some(stderr) = self.0.stderr.take() else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let (sender, words) = mpsc::channel();
        let read = move || {
            let mut words = Vec::new();
            let mut stderr = stderr;
            let _ = stderr.by_ref().take(WORDS).read_to_end(&mut words);
            let _ = io::copy(&mut stderr, &mut io::sink());
            let _ = sender.send(String::from_utf8_lossy(&words).into_owned());
        };
        thread::Builder::new().name("wpipe-compiling".into()).spawn(read)?;
        Ok(words)
    }

    /// Sends the component, and keeps the input open: its end would end the process.
    fn give(&mut self, wasm: &[u8]) -> Option<ChildStdin> {
        let mut stdin = self.0.stdin.take()?;
        let given = stdin.write_all(&(wasm.len() as u64).to_le_bytes()).and_then(|()| stdin.write_all(wasm));
        given.is_ok().then_some(stdin)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that has ended can neither be killed nor waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
