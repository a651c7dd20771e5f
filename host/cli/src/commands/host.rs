//! The host as the command configures it.

use wpipe::{Compiler, Host, HostBuilder};

/// Returns a host that lets other processes of this command compile components.
pub(super) fn host() -> HostBuilder {
    Host::builder().compiler(Compiler::this_program())
}
