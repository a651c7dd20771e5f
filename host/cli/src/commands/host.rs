//! The host as the command configures it.

use std::sync::OnceLock;

use wpipe::{Compiler, Host, HostBuilder};

/// What compiles components: the program that runs, of which there is one in a process.
static COMPILER: OnceLock<Compiler> = OnceLock::new();

/// Lets `compiler` compile components for all commands of this process.
pub(crate) fn compile_by(compiler: Compiler) {
    COMPILER.get_or_init(|| compiler);
}

/// Returns a host that lets other processes of this command compile components.
pub(super) fn host() -> HostBuilder {
    Host::builder().compiler(COMPILER.get().cloned().unwrap_or_default())
}
