//! The contract with the host: generated on WebAssembly, imitated in memory everywhere else, under the same names.

#[cfg(target_arch = "wasm32")]
pub mod bindings;
mod explain;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub(crate) use explain::explain;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{AccessError, Window, Writer, telemetry};
#[cfg(not(target_arch = "wasm32"))]
pub use native::{Buffer, OutputPort};
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::{AccessError, Buffer, OutputPort, Window, Writer, telemetry};
