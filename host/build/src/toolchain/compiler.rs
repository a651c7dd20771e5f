//! A rustc and its description of itself.

use std::path::PathBuf;

use super::machine::Machine;

/// One rustc.
#[derive(Clone, Debug)]
pub(super) struct Compiler {
    pub(super) program: PathBuf,
    /// For example `1.95.0`.
    pub(super) release: String,
    /// The triple it runs on.
    pub(super) host: String,
    pub(super) sysroot: PathBuf,
}

impl Compiler {
    /// Asks `program` for its description, if there is such a rustc.
    pub(super) fn ask(machine: &dyn Machine, program: PathBuf) -> Option<Self> {
        let version = machine.output(&program, &["-vV"])?;
        let field = |name: &str| version.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let sysroot = machine.output(&program, &["--print", "sysroot"])?;
        Some(Self {
            release: field("release: ")?,
            host: field("host: ")?,
            sysroot: PathBuf::from(sysroot.trim_end()),
            program,
        })
    }

    /// Returns the place of the files of a target, or of `src`.
    pub(super) fn rustlib(&self, name: &str) -> PathBuf {
        self.sysroot.join("lib/rustlib").join(name)
    }

    /// Returns the file whose change means another compiler: rustup puts a proxy in front of it.
    pub(super) fn executable(&self) -> PathBuf {
        self.sysroot.join("bin/rustc")
    }

    /// Returns true if it is of `minimum` ("1.95") or a later release.
    pub(super) fn is_at_least(&self, minimum: &str) -> bool {
        numbers(&self.release) >= numbers(minimum)
    }
}

/// Returns major and minor number of a release.
fn numbers(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// Returns the directory that holds the linker of wasm: rustup keeps it out of `PATH`.
pub(super) fn directory_of_linker(machine: &dyn Machine, compiler: &Compiler) -> Option<PathBuf> {
    const LINKER: &str = "rust-lld";
    let path = machine.variable("PATH").unwrap_or_default();
    std::iter::once(compiler.rustlib(&compiler.host).join("bin"))
        .chain(std::env::split_paths(&path))
        .find(|directory| machine.exists(&directory.join(LINKER)))
}
