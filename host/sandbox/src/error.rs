//! The errors of components and calls, as a person should read them.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use wpipe_buffer::ArtifactError;
use wpipe_text::GuestText;

use crate::compile::Excess;

/// The reason why a component cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("failed to read the component `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Not WebAssembly at all.
    #[error("`{name}` is not a WebAssembly component: it does not begin with the WebAssembly magic number")]
    NotWasm {
        /// The component.
        name: String,
    },
    /// A core module, not a component.
    #[error("`{name}` is a core WebAssembly module, not a component")]
    CoreModule {
        /// The component.
        name: String,
    },
    /// It is truncated, damaged or unknown to the engine.
    #[error("`{name}` is not a valid component: {reason}")]
    Invalid {
        /// The component.
        name: String,
        /// The validator's message.
        reason: GuestText,
    },
    /// It is larger than it may be, or takes more to compile than it may.
    #[error("`{name}` is not compiled: {source}")]
    Compile {
        /// The component.
        name: String,
        /// The limit that it exceeds.
        source: CompileError,
    },
    /// A component for another host.
    #[error("`{name}` is no component of wpipe nodes: {reason}")]
    OtherWorld {
        /// The component.
        name: String,
        /// The missing or superfluous part.
        reason: GuestText,
    },
    /// The description of its nodes makes no sense.
    #[error("`{name}` describes its nodes wrongly: {reason}")]
    Signatures {
        /// The component.
        name: String,
        /// All faults, as people may read them.
        reason: String,
    },
    /// It describes more, or longer, than any component needs to.
    #[error("`{name}` describes its nodes at too great length: {what} {found}, and the limit is {limit}")]
    Lengthy {
        /// The component.
        name: String,
        /// The thing that there is too much of, and its place.
        what: String,
        /// The amount found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// `describe` did not succeed.
    #[error("`{name}` does not describe its nodes: {source}")]
    Describe {
        /// The component.
        name: String,
        /// The end of its call.
        source: CallError,
    },
}

impl LoadError {
    /// Returns the remedy.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Read { .. } => Some("check the path, which is relative to the manifest"),
            Self::NotWasm { .. } => Some("give the `.wasm` file that `wpipe build` made"),
            Self::CoreModule { .. } => Some(
                "build it with `wpipe build`, which makes a component of it: use `crate = …` instead of `path = …`",
            ),
            Self::Invalid { .. } => Some("build it again: the file may be truncated or damaged"),
            Self::OtherWorld { .. } => {
                Some("it must export the interface `wpipe:node/nodes@0.1.0`; write nodes with the crate `wpipe-sdk`")
            }
            Self::Compile { source, .. } => source.help(),
            Self::Signatures { .. } => Some("mend what the component describes; the crate `wpipe-sdk` does it rightly"),
            Self::Describe { .. } | Self::Lengthy { .. } => None,
        }
    }
}

/// The reason why a component is not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// It has more of something than its limit; found before it is compiled.
    #[error("it has {found} {what}, and the limit is {limit}")]
    Exceeds {
        /// The thing that there is too much of.
        what: &'static str,
        /// The amount found; counting ends beyond the limit.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The compiler refused it.
    #[error("{reason}")]
    Invalid {
        /// The validator's message.
        reason: String,
    },
    /// Compiling took too long.
    #[error("compiling it takes more than its limit of {} of processor time", humane(*limit))]
    Time {
        /// The limit.
        limit: Duration,
    },
    /// Compiling took too much memory.
    #[error("compiling it takes more memory than its limit of {}", size(*limit))]
    Memory {
        /// The limit in bytes.
        limit: u64,
    },
    /// The compiling process ended otherwise.
    #[error("it crashes the compiler, which ended with {status}")]
    Crashed {
        /// The way it ended.
        status: String,
    },
    /// The engine's `cancel` was set.
    #[error("interrupted")]
    Interrupted,
    /// The compiling process could not be started.
    #[error("failed to start the compiler `{}`: {source}", program.display())]
    Start {
        /// The compiler.
        program: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// There is no place for the compiler's output.
    #[error("failed to create a temporary file: {0}")]
    Stage(#[source] io::Error),
    /// The compiler's output is for another engine.
    #[error("what the compiler made is not for this program, of whose version it must be: {0}")]
    Foreign(#[source] ArtifactError),
}

impl CompileError {
    pub(crate) fn invalid(error: wasmtime::Error) -> Self {
        Self::Invalid { reason: format!("{error:#}") }
    }

    /// Returns the remedy.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Exceeds { what: "bytes", .. } => Some("if you trust it, raise `component_size` under `[limits]`"),
            Self::Exceeds { what: "functions", .. } => {
                Some("if you trust it, raise `component_functions` under `[limits]`")
            }
            Self::Exceeds { .. } => {
                Some("no toolchain is known to make such a component; split the function if it is your own")
            }
            Self::Time { .. } => Some("if you trust it, raise `compile_time` under `[limits]`"),
            Self::Memory { .. } => Some("if you trust it, raise `compile_memory` under `[limits]`"),
            Self::Invalid { .. }
            | Self::Crashed { .. }
            | Self::Interrupted
            | Self::Start { .. }
            | Self::Stage(_)
            | Self::Foreign(_) => None,
        }
    }
}

impl From<Excess> for CompileError {
    fn from(Excess { what, found, limit }: Excess) -> Self {
        Self::Exceeds { what, found, limit }
    }
}

/// The way in which a call without outputs ended. The host and all other data are unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The node reported it itself.
    #[error("{0}")]
    Failed(GuestText),
    /// The node's code panicked.
    #[error("panicked at {file}:{line}:{column}: {message}")]
    Panicked {
        /// The panic's message.
        message: GuestText,
        /// The source file, as its compiler saw it.
        file: GuestText,
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
    },
    /// The time limit was reached.
    #[error("ran longer than its time limit of {}", humane(*limit))]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The memory limit was reached.
    #[error("needs more memory than its limit of {}: it asked for {}", size(*limit), size(*wanted))]
    OutOfMemory {
        /// The limit in bytes.
        limit: u64,
        /// The wanted amount in bytes, without the windows of inputs.
        wanted: u64,
    },
    /// Too much was logged.
    #[error("logged more than its limit of {}", size(*limit))]
    LogLimit {
        /// The limit in bytes.
        limit: u64,
    },
    /// An output was not written.
    #[error("ended without writing its output `{port}`")]
    OutputMissing {
        /// The output port.
        port: String,
    },
    /// An output was larger than allowed.
    #[error("its output `{port}` is larger than its limit of {}", size(*limit))]
    OutputTooLarge {
        /// The output port.
        port: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// It passed too much to the host in one call of the contract, or as its result.
    #[error("passes more than {} to the host at once", size(*limit))]
    TooMuchAtOnce {
        /// The limit in bytes.
        limit: u64,
    },
    /// A partition of an input could not be read.
    #[error("cannot read a partition of its inputs: {0}")]
    Unavailable(String),
    /// The code did what WebAssembly forbids.
    #[error("trapped: {reason}")]
    Trapped {
        /// The forbidden action.
        reason: GuestText,
    },
    /// The component exports no such node, or was called with other arguments than it describes.
    #[error("was called wrongly: {0}")]
    Misuse(String),
    /// The host could not do its part.
    #[error("the host failed: {0}")]
    Host(String),
}

impl CallError {
    /// Returns the remedy.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::TimedOut { .. } => Some("raise `time` under `[limits]` or in the node's `limits`"),
            Self::OutOfMemory { .. } => Some("raise `memory` under `[limits]` or in the node's `limits`, at most 4GiB"),
            Self::LogLimit { .. } => Some("log less, or raise `log` under `[limits]` or in the node's `limits`"),
            Self::OutputTooLarge { .. } => {
                Some("raise `output` under `[limits]` or in the node's `limits`, at most 2GiB, or partition the data")
            }
            // The words of `ViewError::NewerFormat`, from within a component.
            Self::Failed(message) if message.to_string().contains("of `table` is newer than") => Some(
                "the component was built before tables had lists and dictionaries: build it again, or read its inputs \
                 without them, by the options `dictionary = false` and `columns`",
            ),
            Self::OutputMissing { .. } => Some("every output of a node's signature must be written in each call"),
            Self::Failed(_)
            | Self::Panicked { .. }
            | Self::Cancelled
            | Self::TooMuchAtOnce { .. }
            | Self::Unavailable(_)
            | Self::Trapped { .. }
            | Self::Misuse(_)
            | Self::Host(_) => None,
        }
    }
}

/// Returns a duration in the largest unit that fits exactly.
fn humane(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.as_millis());
    match seconds {
        _ if duration.subsec_millis() != 0 => format!("{millis} ms"),
        s if s > 0 && s % 3600 == 0 => format!("{} h", s / 3600),
        s if s > 0 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// Returns a size in the largest unit that fits exactly, or else in MiB.
fn size(bytes: u64) -> String {
    match bytes {
        b if b > 0 && b % (1 << 30) == 0 => format!("{} GiB", b >> 30),
        b if b > 0 && b % (1 << 20) == 0 => format!("{} MiB", b >> 20),
        b if b > 0 && b % (1 << 10) == 0 && b < 1 << 20 => format!("{} KiB", b >> 10),
        b if b < 1 << 20 => format!("{b} bytes"),
        b => format!("{:.1} MiB", b as f64 / f64::from(1 << 20)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_as_they_are_written() {
        assert_eq!(
            [0, 1000, 65_536, 8 << 20, 2 << 30].map(size),
            ["0 bytes", "1000 bytes", "64 KiB", "8 MiB", "2 GiB"]
        );
        assert_eq!(size((1 << 20) + (1 << 19) + 1), "1.5 MiB");
        let times = [Duration::from_millis(300), Duration::from_secs(90), Duration::from_secs(600)].map(humane);
        assert_eq!(times, ["300 ms", "90 s", "10 min"]);
    }

    #[test]
    fn a_component_of_before_is_told_what_reads_newer_tables() {
        // As `wpipe-sdk` says it since there was a second format.
        let message = "failed to read the input `table`: format 3 of `table` is newer than 2, the newest known here: update wpipe";
        let help = CallError::Failed(GuestText::new(message)).help().unwrap_or_default();
        assert!(help.contains("build it again") && help.contains("`dictionary = false`"), "{help}");
        assert_eq!(CallError::Failed(GuestText::new("no column `x`")).help(), None);
    }
}
