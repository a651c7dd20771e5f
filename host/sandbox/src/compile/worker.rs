//! The compiling process: its arguments, and its work.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{self, ExitCode};
use std::thread;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::polls::with_polls;
use crate::engine::wasmtime_engine;

/// The compiler of components.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Compiler {
    /// This process. Counts are limited; time and memory are not, and nothing can interrupt it.
    #[default]
    InProcess,
    /// A process for each component, which ends at the limits on time and memory and when this process ends. It runs
    /// the program at this path, whose `main` begins with [`compile_if_asked`], such as the `wpipe` command of the same
    /// version.
    Program(PathBuf),
}

impl Compiler {
    /// Returns a compiler that runs this program again. Its `main` must begin with [`compile_if_asked`].
    pub fn this_program() -> Self {
        // On Linux this is the file that runs, even if another one has taken its name.
        let running = PathBuf::from("/proc/self/exe");
        let program = if running.exists() { Ok(running) } else { env::current_exe() };
        program.map_or(Self::InProcess, Self::Program)
    }
}

/// The first argument of a compiling process; the seconds of processor time and the bytes of memory follow.
pub(super) const ASKED: &str = "__wpipe-compile";

/// The exit code of a process that could not compile, and has said why.
pub(super) const REFUSED: u8 = 3;

/// Compiles a component if this process was started for that, and then returns the exit code.
///
/// A program that names itself as the [compiler](Compiler::this_program) calls this first in its `main`:
///
/// ```
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     if let Some(code) = wpipe_sandbox::compile_if_asked() {
///         return code;
///     }
///     // … the program itself
///     ExitCode::SUCCESS
/// }
/// ```
#[must_use]
pub fn compile_if_asked() -> Option<ExitCode> {
    compile_if_asked_by(env::args_os())
}

/// Does what [`compile_if_asked`] does for a program whose arguments are not those of its process, such as a script, whose
/// interpreter has them. They begin with the program's name.
#[must_use]
pub fn compile_if_asked_by(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next()? != ASKED {
        return None;
    }
    Some(match compile(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = write!(io::stderr(), "{reason}");
            REFUSED.into()
        }
    })
}

fn compile(mut arguments: impl Iterator<Item = OsString>) -> Result<(), String> {
    let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
    let (Some(seconds), Some(memory)) = (number(), number()) else {
        return Err("this process is started by wpipe alone: it compiles a component for it".to_owned());
    };
    let told = |error: io::Error| format!("failed to talk to wpipe: {error}");
    confine(seconds, memory).map_err(told)?;
    let wasm = receive().map_err(told)?;
    end_with_parent().map_err(told)?;
    let engine = wasmtime_engine().map_err(|error| format!("{error:#}"))?;
    let compiled = with_polls(&wasm, |wasm| engine.precompile_component(wasm)).map_err(|error| format!("{error:#}"))?;
    let mut stdout = io::stdout().lock();
    stdout.write_all(&compiled).and_then(|()| stdout.flush()).map_err(told)
}

/// Ends this process at `seconds` of processor time, and refuses it more than `memory` bytes beyond what it has now.
fn confine(seconds: u64, memory: u64) -> io::Result<()> {
    lower(Resource::Core, 0, 0)?;
    // The lower limit sends the signal that says why, the higher one ends the process.
    lower(Resource::Cpu, seconds, seconds.saturating_add(1))?;
    #[cfg(target_os = "linux")]
    {
        let pages = std::fs::read_to_string("/proc/self/statm")?;
        let mut pages = pages.split(' ').map(|count| count.parse::<u64>().unwrap_or(0));
        let page = rustix::param::page_size() as u64;
        let (all, data) = (pages.next().unwrap_or(0) * page, pages.nth(4).unwrap_or(0) * page);
        // Reserved space is no memory: allocators reserve for each thread, and none of it counts as data.
        let (data, all) = (data.saturating_add(memory), all.saturating_add(memory).saturating_add(RESERVED));
        lower(Resource::Data, data, data)?;
        lower(Resource::As, all, all)?;
    }
    #[cfg(not(target_os = "linux"))]
    lower(Resource::As, memory.saturating_add(RESERVED), memory.saturating_add(RESERVED))?;
    Ok(())
}

/// The bytes of address space that threads and their allocators may reserve and not use.
const RESERVED: u64 = 1 << 30;

/// Lowers a limit of this process for good.
fn lower(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let allowed = getrlimit(resource);
    let least = |limit: Option<u64>, to: u64| Some(limit.map_or(to, |limit| limit.min(to)));
    let (current, maximum) = (least(allowed.maximum, current), least(allowed.maximum, maximum));
    Ok(setrlimit(resource, Rlimit { current, maximum })?)
}

/// Receives the component: its length in 8 bytes, and its bytes.
fn receive() -> io::Result<Vec<u8>> {
    let mut stdin = io::stdin().lock();
    let mut len = [0; 8];
    stdin.read_exact(&mut len)?;
    let len = usize::try_from(u64::from_le_bytes(len)).map_err(io::Error::other)?;
    let mut wasm = vec![0; len];
    stdin.read_exact(&mut wasm)?;
    Ok(wasm)
}

/// Ends this process with the one that started it, which holds the other end of its input open until then.
fn end_with_parent() -> io::Result<()> {
    let watch = || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        process::exit(REFUSED.into());
    };
    thread::Builder::new().name("wpipe-parent".into()).spawn(watch).map(drop)
}
