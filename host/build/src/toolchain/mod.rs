//! Finds a compiler that makes wasm.
//!
//! There are two ways. The toolchain in use may have the target's standard library (`rustup target add`). Where rustup
//! can add none, a distribution's compiler with its library source replaces it: cargo then compiles the standard
//! library too, once.

mod command;
mod compiler;
mod error;
mod find;
mod machine;
#[cfg(test)]
mod tests;

pub use error::{ToolchainError, Unusable};
pub use find::{Library, Toolchain};
