//! The host as the command sets it up.

use wpipe::{Compiler, Host, HostBuilder};

/// A host that has components compiled by other processes of this command.
pub(super) fn host() -> HostBuilder {
    Host::builder().compiler(Compiler::this_program())
}
