//! The functions that generated code calls. Nothing here is for people: it changes without notice.

pub use crate::call::{Argument, Call};
#[cfg(target_arch = "wasm32")]
pub use crate::contract::bindings;
#[cfg(not(target_arch = "wasm32"))]
pub use crate::contract::{Buffer, OutputPort};
pub use crate::failure::{ByDeref, ByDisplay, ByError, Failed, failed};
#[cfg(target_arch = "wasm32")]
pub use crate::guest::{Component, Guest};
pub use crate::node::{Node, input, output, parameter, partitioned_output, partitions, run};
pub use crate::succeeded;
